import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite("S8: an error before the first event")
struct ErrorResponseTests {
  enum ShopError: Error {
    case outOfStock(String)
    case databaseDown(password: String)
    case mapsToStream
    case mapsToInterim
    case unknown
  }

  private func router() -> Router {
    var router = Router()
    router.defaultHeaders = ["Strict-Transport-Security": "max-age=1", "X-Own": "default"]
    router.errorResponse = { error in
      switch error {
      case ShopError.outOfStock(let item): .error(.conflict, "\(item) is out of stock")
      case ShopError.databaseDown: .error(.serviceUnavailable, "try later")
      case ShopError.mapsToStream: .events { _ in }
      case ShopError.mapsToInterim: Response(status: HTTPStatus(code: 103))
      case let status as HTTPStatus where [.notFound, .methodNotAllowed].contains(status):
        .text("here is nothing", status: .notFound)
      default: nil
      }
    }
    router.use { request, next in
      var response = try await next(request)
      response.headers.append("Set-Cookie", "a=1")
      response.headers.append("Set-Cookie", "b=2")
      response.headers["X-Own"] = "middleware"
      return response
    }
    router.events("/stream/:error") { request, _ in throw try Self.error(request) }
    router.events("/sequence/:error") { request -> AsyncStream<ServerSentEvent> in throw try Self.error(request) }
    router.get("/plain/:error") { request in throw try Self.error(request) }
    return router
  }

  private static func error(_ request: Request) throws -> any Error {
    switch request.parameters["error"] {
    case "stock": ShopError.outOfStock("tea")
    case "database": ShopError.databaseDown(password: "hunter2")
    case "stream": ShopError.mapsToStream
    case "interim": ShopError.mapsToInterim
    case "status": HTTPStatus(code: 402)
    case "missing": HTTPStatus.notFound
    default: ShopError.unknown
    }
  }

  static let rows: [(error: String, status: Int, body: String, logged: String?)] = [
    ("stock", 409, #"{"error":"tea is out of stock"}"#, nil),
    ("database", 503, #"{"error":"try later"}"#, #"databaseDown(password: "hunter2")"#),
    ("status", 402, #"{"error":"Payment Required"}"#, nil),
    ("missing", 404, "here is nothing", nil),
    // Nothing of it to the client.
    ("unknown", 500, #"{"error":"Internal Server Error"}"#, "unknown"),
    ("stream", 500, #"{"error":"Internal Server Error"}"#, "a response whose body is a stream was thrown"),
    ("interim", 500, #"{"error":"Internal Server Error"}"#, "announces another response"),
  ]

  @Test(
    "becomes the application's answer, else its status, else 500; what is the server's fault is logged", arguments: rows
  )
  func answer(error: String, status: Int, body: String, logged: String?) async throws {
    for route in ["stream", "sequence", "plain"] {
      let log = Recorder<EventServerLogEntry>()
      var configuration = EventServerConfiguration()
      configuration.log = { log.note($0) }
      try await withEventServer(router(), configuration: configuration) { baseURL in
        let response = try await exchange(baseURL, request("GET", "/\(route)/\(error)"))
        #expect(response.status == status)
        #expect(response.body == body)
        #expect(response["Strict-Transport-Security"] == "max-age=1")
        // A stream's head had gone through middleware when its handler threw; what is thrown past it, it does not see.
        #expect(response.values(of: "Set-Cookie") == (route == "plain" ? [] : ["a=1", "b=2"]))
        #expect(response["X-Own"] == (route == "plain" ? "default" : "middleware"))
        #expect(response["X-Accel-Buffering"] == nil)
      }
      #expect(log.faults.count == (logged == nil ? 0 : 1), "\(route)")
      if let logged {
        let line = log.faults.first?.description ?? ""
        #expect(line.hasPrefix("the handler of GET /\(route)/:error failed: ") || route == "plain", "\(line)")
        #expect(line.contains(logged), "\(line)")
      }
    }
  }

  @Test("the router's own refusals go the same way, and keep their Allow")
  func routersOwn() async throws {
    try await withEventServer(router()) { baseURL in
      let missing = try await exchange(baseURL, request("GET", "/none"))
      #expect(missing.status == 404)
      #expect(missing.body == "here is nothing")
      #expect(missing["X-Own"] == "default")
      let method = try await exchange(baseURL, request("PUT", "/plain/x"))
      #expect(method.body == "here is nothing")
      #expect(method["Allow"] == "GET, HEAD, OPTIONS")
    }
  }

  @Test("a default field that cannot be sent is a fault, not a response that is split")
  func badDefault() async throws {
    let log = Recorder<EventServerLogEntry>()
    var configuration = EventServerConfiguration()
    configuration.log = { log.note($0) }
    var router = Router()
    router.defaultHeaders = ["X-Split": "a\r\nSet-Cookie: x=y"]
    router.get("/") { _ in .text("hello") }
    try await withEventServer(router, configuration: configuration) { baseURL in
      let response = try await exchange(baseURL, request("GET", "/"))
      #expect(response.status == 500)
      #expect(response["Set-Cookie"] == nil)
    }
    #expect(log.faults.count == 1)
  }
}
