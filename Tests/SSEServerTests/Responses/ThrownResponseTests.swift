import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite("A response that a handler throws")
struct ThrownResponseTests {
  private static let refusal = Response(
    status: .tooManyRequests, headers: ["Content-Type": "application/json", "Retry-After": "7"],
    bytes: Array(#"{"error":{"message":"slow down"}}"#.utf8))

  @Test("is the answer, body and all, of a stream that had sent nothing and of any other route")
  func answer() async throws {
    var router = Router()
    router.use { request, next in
      var response = try await next(request)
      response.headers["X-Middleware"] = "yes"
      return response
    }
    router.events("/stream") { _, _ in throw Self.refusal }
    router.get("/plain") { _ in throw Self.refusal }
    try await withEventServer(router) { baseURL in
      for path in ["/stream", "/plain"] {
        let response = try await exchange(baseURL, request("GET", path))
        #expect(response.status == 429)
        #expect(response["Content-Type"] == "application/json")
        #expect(response["Retry-After"] == "7")
        #expect(response["Cache-Control"] == nil)
        #expect(response["Connection"] == "keep-alive")
        #expect(response.body == #"{"error":{"message":"slow down"}}"#)
        // What is thrown past middleware it does not see; what the stream throws later keeps its fields.
        #expect(response["X-Middleware"] == (path == "/stream" ? "yes" : nil))
      }
    }
  }

  @Test("cuts a stream that has begun, and is logged")
  func tooLate() async throws {
    let log = Recorder<EventServerLogEntry>()
    var configuration = EventServerConfiguration()
    configuration.log = { log.note($0) }
    var router = Router()
    router.events("/stream") { _, events in
      try await events.send("one")
      throw Self.refusal
    }
    try await withEventServer(router, configuration: configuration) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      try await connection.write(request("GET", "/stream"))
      let answer = try await connection.readToEnd()
      #expect(answer.hasPrefix("HTTP/1.1 200"))
      #expect(answer.hasSuffix("data: one\n\n\r\n"))
    }
    #expect(log.faults.map(\.description) == ["the handler of GET /stream failed: 429 Too Many Requests"])
  }

  @Test("is a fault of the handler where it cannot be sent: 500, logged", arguments: ["stream", "interim", "field"])
  func unsendable(kind: String) async throws {
    let log = Recorder<EventServerLogEntry>()
    var configuration = EventServerConfiguration()
    configuration.log = { log.note($0) }
    var router = Router()
    router.events("/") { _, _ in
      switch kind {
      case "stream": throw Response.events { _ in }
      case "interim": throw Response(status: HTTPStatus(code: 103))
      default: throw Response(headers: ["X-Split": "a\r\nb"])
      }
    }
    try await withEventServer(router, configuration: configuration) { baseURL in
      let response = try await exchange(baseURL, request("GET", "/"))
      #expect(response.status == 500)
    }
    #expect(log.faults.count == 1)
  }

  @Test("has no body where its status forbids one")
  func noContent() async throws {
    var router = Router()
    router.events("/") { _, _ in throw Response(status: .noContent, bytes: [1, 2, 3]) }
    router.get("/next") { _ in .text("next") }
    try await withEventServer(router) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      try await connection.write(request("GET", "/") + request("GET", "/next"))
      #expect(try await connection.nextResponse().status == 204)
      #expect(try await connection.nextResponse().body == "next")
    }
  }
}
