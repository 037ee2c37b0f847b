import SSEServer
import SSETestSupport
import SSETesting
import Testing

/// A page of another origin reads why it was refused only where the refusal says that it may.
@Suite("S55: what is refused before any route is looked for")
struct RefusalFieldsTests {
  static let app = "https://app.example"

  static func router() -> Router {
    var router = Router()
    router.cors = .origins(app, credentials: true)
    router.defaultHeaders = ["Strict-Transport-Security": "max-age=1"]
    router.events("/topic", from: Topic())
    router.post("/echo") { request in .text(try await request.text()) }
    return router
  }

  static func check(_ response: RawResponse, status: Int, origin: String?) {
    #expect(response.status == status)
    #expect(response["Strict-Transport-Security"] == "max-age=1")
    #expect(response["Access-Control-Allow-Origin"] == origin)
    #expect(response["Access-Control-Allow-Credentials"] == origin.map { _ in "true" })
  }

  /// A request line, its further fields, and what is answered.
  static let rows: [(name: String, text: String, status: Int, isHeadReadable: Bool)] = [
    ("a body that is too long", request("POST", "/echo", "Origin: \(app)\r\nContent-Length: 2000000\r\n"), 413, true),
    ("an expectation", request("POST", "/echo", "Origin: \(app)\r\nContent-Length: 1\r\nExpect: x\r\n"), 417, true),
    (
      "two lengths", request("POST", "/echo", "Origin: \(app)\r\nContent-Length: 1\r\nContent-Length: 2\r\n"), 400, true
    ),
    ("no Host", "GET /topic HTTP/1.1\r\nOrigin: \(app)\r\n\r\n", 400, true),
    ("a long line", request("GET", "/\(String(repeating: "a", count: 8_200))"), 414, false),
    (
      "many fields", request("GET", "/topic", "Origin: \(app)\r\n" + String(repeating: "X: y\r\n", count: 100)), 431,
      false
    ),
    ("no field", request("GET", "/topic", "Origin: \(app)\r\nnonsense\r\n"), 400, false),
  ]

  @Test("S55: a request that cannot be served says what every answer says", arguments: rows)
  func unreadable(name: String, text: String, status: Int, isHeadReadable: Bool) async throws {
    var configuration = EventServerConfiguration()
    configuration.log = { _ in }
    try await withEventServer(Self.router(), configuration: configuration) { baseURL in
      Self.check(try await exchange(baseURL, text), status: status, origin: isHeadReadable ? Self.app : nil)
    }
  }

  @Test("S55: so does a head that takes too long")
  func late() async throws {
    var configuration = EventServerConfiguration()
    configuration.log = { _ in }
    configuration.limits.requestTime = .seconds(1)
    try await withEventServer(Self.router(), configuration: configuration) { baseURL in
      let response = try await exchange(baseURL, "GET /topic HTTP/1.1\r\nOrigin: \(Self.app)\r\n")
      Self.check(response, status: 408, origin: nil)
    }
  }

  @Test("S55: so does a request over the limit of the address that a proxy names")
  func overTheLimitBehindProxy() async throws {
    var configuration = EventServerConfiguration()
    configuration.limits.connectionsPerAddress = 1
    configuration.trustedProxies = try TrustedProxies(["127.0.0.1"])
    try await withEventServer(Self.router(), configuration: configuration) { baseURL in
      let fields = "Origin: \(Self.app)\r\nX-Forwarded-For: 203.0.113.7\r\n"
      let reader = try await RawConnection.get("/topic", at: baseURL, headers: fields)
      _ = try await reader.readHead()
      Self.check(try await exchange(baseURL, request("GET", "/topic", fields)), status: 429, origin: Self.app)
      reader.close()
    }
  }
}

/// The server waits for the head of a request that it refuses for 1 s only.
@Suite("S55: what is refused since there are too many connections", .serialized)
struct RefusalFieldsTimingTests {
  private let app = RefusalFieldsTests.app

  @Test("S55: so does a connection over a limit", arguments: [503, 429])
  func overTheLimit(status: Int) async throws {
    var configuration = EventServerConfiguration()
    if status == 503 { configuration.limits.connections = 1 } else { configuration.limits.connectionsPerAddress = 1 }
    try await withEventServer(RefusalFieldsTests.router(), configuration: configuration) { baseURL in
      let reader = try await RawConnection.get("/topic", at: baseURL)
      _ = try await reader.readHead()
      for origin in [app, "https://evil.example"] {
        let response = try await exchange(baseURL, request("GET", "/topic", "Origin: \(origin)\r\n"))
        RefusalFieldsTests.check(response, status: status, origin: origin == app ? origin : nil)
        #expect(response["Vary"] == "Origin")
        #expect(response["Retry-After"] == "5")
      }
      // Who says nothing is refused all the same.
      let silent = try await RawConnection.connect(to: baseURL)
      RefusalFieldsTests.check(try await silent.nextResponse(), status: status, origin: nil)
      reader.close()
    }
  }
}
