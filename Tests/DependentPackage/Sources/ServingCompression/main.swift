import SSEServer

let prices = Topic()
let messages = Topic()
var router = Router()
router.events("/prices", from: prices)
router.group("/account") { account in
  account.use { request, next in
    var response = try await next(request)
    response.allowsCompression = false
    return response
  }
  account.events("/messages", from: messages)
}

var configuration = EventServerConfiguration()
configuration.compression = .gzip
try await EventServer(router, port: 8080, configuration: configuration).run()
