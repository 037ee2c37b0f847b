import SSEServer

let news = Topic()
var router = Router()
router.events("/news", from: news)

var configuration = EventServerConfiguration()
configuration.tls = EventServerTLS(chainFile: "/etc/tls/chain.pem", privateKeyFile: "/etc/tls/key.pem")
configuration.trustedProxies = try TrustedProxies(["10.0.0.0/8"])
configuration.limits.connectionsPerAddress = 100
configuration.limits.streamAge = .seconds(3_600)
configuration.farewell = ServerSentEvent(data: "back in a minute", type: "maintenance")
let server = EventServer(router, host: "0.0.0.0", port: 443, configuration: configuration)
try await server.run(drainingOn: [.terminate, .interrupt], reloadingOn: [.hangUp])
