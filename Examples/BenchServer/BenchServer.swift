// The server that the project is measured with: `sse-bench-server PORT [--gzip] [--middleware N] [--connections N]
// [CHAIN KEY]`. Its routes are described in README.md.
import Foundation
import SSEServer
import Synchronization

@main
struct BenchServer {
  static func main() async {
    var arguments = CommandLine.arguments
    var middleware: Int? = 0
    var isUnderstood = true
    var configuration = EventServerConfiguration()
    while arguments.count > 2, arguments[2].hasPrefix("--") {
      switch arguments.remove(at: 2) {
      case "--gzip": configuration.compression = .gzip
      case "--middleware" where arguments.count > 2: middleware = Int(arguments.remove(at: 2))
      case "--connections" where arguments.count > 2:
        configuration.limits.connections = Int(arguments.remove(at: 2))
        isUnderstood = isUnderstood && configuration.limits.connections.map { $0 > 0 } ?? false
      default: isUnderstood = false
      }
    }
    guard [2, 4].contains(arguments.count), let port = Int(arguments[1]), (0...65_535).contains(port),
      isUnderstood, let middleware, middleware >= 0
    else {
      return fail(
        """
        usage: sse-bench-server PORT [--gzip] [--middleware N] [--connections N] [CHAIN KEY]
               PORT is a number from 0 to 65535; 0 lets the system choose. With --gzip readers get it that ask for it.
               Each request goes through N closures of middleware, default 0. So many connections are held at once,
               default nine tenths of the descriptors. CHAIN and KEY are the PEM files for TLS.
        """)
    }
    if arguments.count == 4 {
      configuration.tls = EventServerTLS(chainFile: arguments[2], privateKeyFile: arguments[3])
    }
    do {
      let server = EventServer(router(middleware: middleware), port: port, configuration: configuration)
      try await server.run(drainingOn: [.terminate, .interrupt], reloadingOn: [.hangUp]) { address in
        // At once, also where the output is a pipe that another program waits for.
        try? FileHandle.standardOutput.write(contentsOf: Data("listening on \(address.url)\n".utf8))
      }
    } catch {
      fail("sse-bench-server: \(error)")
    }
  }

  static func fail(_ message: String) {
    try? FileHandle.standardError.write(contentsOf: Data("\(message)\n".utf8))
    exit(1)
  }

  static func router(middleware count: Int) -> Router {
    var router = Router()
    for number in 0..<count {
      router.use { request, next in
        var response = try await next(request)
        response.headers["X-Middleware-\(number)"] = "yes"
        return response
      }
    }
    if count > 0 { router.cors = .origins("https://app.example", credentials: true) }
    let topic = Topic(history: 100)
    router.events("/events", from: topic)
    router.post("/publish") { request in
      try await topic.publish(ServerSentEvent(data: try await request.text()))
      return Response(status: .accepted)
    }
    router.get("/metrics") { request in await .metrics(request.server.metrics(topics: ["events": topic])) }
    router.events("/stream") { request, events in
      for index in 0..<(try number("n", in: request)) {
        try await events.send(token(index))
      }
    }
    router.events("/sequence") { request in
      let rest = Mutex((0..<(try number("n", in: request))).makeIterator())
      return AsyncStream { rest.withLock { $0.next() }.map { ServerSentEvent(data: token($0)) } }
    }
    router.events("/buffered") { request in
      let count = try number("n", in: request)
      return AsyncStream<ServerSentEvent> { continuation in
        for index in 0..<count { continuation.yield(ServerSentEvent(data: token(index))) }
        continuation.finish()
      }
    }
    router.events("/sleep") { _, events in
      try await events.flush()
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    router.events("/clock") { request, events in
      let interval = Duration.milliseconds(try number("ms", in: request))
      let format = Date.ISO8601FormatStyle().year().month().day().dateTimeSeparator(.space)
        .time(includingFractionalSeconds: false)
      for _ in 0..<(try number("n", in: request)) {
        try await events.send(json: ["time": Date.now.formatted(format)])
        try await Task.sleep(for: interval, clock: .eventLoop)
      }
      try await events.send(json: ["finished": true])
    }
    return router
  }

  /// What a model's answer is sent in, some 60 bytes of it.
  static func token(_ index: Int) -> String { #"{"i":\#(index),"token":"hello world this is a token"}"# }

  /// A number of the query, or 400.
  static func number(_ name: String, in request: Request) throws -> Int {
    guard let text = request.query(name), let number = Int(text), number >= 0 else { throw HTTPStatus.badRequest }
    return number
  }
}
