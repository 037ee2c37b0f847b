import SSEServer
import SSETestSupport
import SSETesting
import Testing

/// A request that must not be served, and what it is answered with. After it the connection closes: where its next
/// request would begin is unknown.
struct RefusedRequest: Sendable, CustomTestStringConvertible {
  var row: String
  var name: String
  var text: String
  var statuses: Set<Int>

  init(_ row: String, _ name: String, _ text: String, _ statuses: Set<Int> = [400]) {
    self.row = row
    self.name = name
    self.text = text
    self.statuses = statuses
  }

  /// A request whose head is right but for these field lines.
  static func fields(_ row: String, _ name: String, _ fields: String, _ statuses: Set<Int> = [400]) -> Self {
    Self(row, name, request("POST", "/echo", fields, body: "5\r\nhello\r\n0\r\n\r\n"), statuses)
  }

  /// A chunked body.
  static func chunks(_ name: String, _ body: String) -> Self {
    Self("S26", name, request("POST", "/echo", "Transfer-Encoding: chunked\r\n", body: body))
  }

  var testDescription: String { "\(row): \(name)" }

  static let all: [RefusedRequest] = [
    Self("S20", "a request line over 8 KB", request("/\(String(repeating: "a", count: 8_200))"), [414]),
    Self("S20", "a request line over 8 KB that has no end", "GET /\(String(repeating: "a", count: 8_200))", [414]),
    fields("S20", "headers over 16 KB", "X: \(String(repeating: "a", count: 16_400))\r\n", [431]),
    fields("S20", "over 100 headers", String(repeating: "X: y\r\n", count: 100), [431]),

    fields("S22", "a length and chunks", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
    fields("S22", "chunks and a length", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
    fields("S22", "two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n"),
    fields("S22", "a length with a sign", "Content-Length: +5\r\n"),
    fields("S22", "a negative length", "Content-Length: -5\r\n"),
    fields("S22", "a list of lengths", "Content-Length: 5, 5\r\n"),
    fields("S22", "a hexadecimal length", "Content-Length: 0x5\r\n"),
    fields("S22", "a length of two numbers", "Content-Length:  5 5\r\n"),
    fields("S22", "a length with a vertical tab", "Content-Length: \u{B}5\r\n"),
    fields("S22", "an empty length", "Content-Length:\r\n"),
    fields("S22", "a length of 2^64 + 5", "Content-Length: 18446744073709551621\r\n"),

    Self(
      "S23", "chunks in HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      [400, 501]),
    fields("S23", "identity", "Transfer-Encoding: identity\r\n", [400, 501]),
    fields("S23", "gzip, chunked", "Transfer-Encoding: gzip, chunked\r\n", [400, 501]),
    fields("S23", "chunked twice", "Transfer-Encoding: chunked, chunked\r\n", [400, 501]),
    fields(
      "S23", "chunked twice, in two lines", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", [400, 501]),
    fields("S23", "xchunked", "Transfer-Encoding: xchunked\r\n", [400, 501]),
    fields("S23", "chunked with a vertical tab", "Transfer-Encoding: \u{B}chunked\r\n", [400, 501]),
    fields("S23", "nothing", "Transfer-Encoding:\r\n", [400, 501]),

    Self("S24", "bare LF", "GET /echo HTTP/1.1\nHost: test\n\n"),
    Self("S24", "bare LF after a field", "GET /echo HTTP/1.1\r\nHost: test\nX: y\r\n\r\n"),
    Self("S24", "a bare CR in a field", request("/echo", "X: a\rY: b\r\n")),
    Self("S24", "a bare CR in the request line", "GET /echo\r HTTP/1.1\r\nHost: test\r\n\r\n"),
    Self("S24", "a bare CR after the version", "GET /echo HTTP/1.1\r\r\nHost: test\r\n\r\n"),
    fields("S24", "a folded field", "X: a\r\n b\r\n"),
    Self("S24", "a folded first field", "GET /echo HTTP/1.1\r\n Host: test\r\n\r\n"),
    fields("S24", "a space before the colon", "Content-Length : 5\r\n"),
    fields("S24", "an empty name", ": y\r\n"),
    fields("S24", "no colon", "nonsense\r\n"),
    fields("S24", "NUL in a value", "X: a\0b\r\n"),
    Self("S24", "a tab between method and target", "GET\t/echo HTTP/1.1\r\nHost: test\r\n\r\n"),
    Self("S24", "two spaces before the target", "GET  /echo HTTP/1.1\r\nHost: test\r\n\r\n"),
    Self("S24", "HTTP/0.9", "GET /echo\r\n\r\n"),
    Self("S24", "no such version", "GET /echo HTTP/1.1x\r\nHost: test\r\n\r\n", [400, 505]),
    Self("S24", "a later version", "GET /echo HTTP/3.0\r\nHost: test\r\n\r\n", [505]),

    Self("S25", "no Host", "GET /echo HTTP/1.1\r\n\r\n"),
    Self("S25", "two Hosts", request("/echo", "Host: test\r\n")),
    Self("S25", "a Host with a path", "GET /echo HTTP/1.1\r\nHost: test/echo\r\n\r\n"),
    Self("S25", "a Host with a user", "GET /echo HTTP/1.1\r\nHost: me@test\r\n\r\n"),
    Self("S25", "two Hosts in HTTP/1.0", "GET /echo HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),

    chunks("a negative size", "-1\r\n"),
    chunks("a size with 0x", "0x10\r\n"),
    chunks("a size with a sign", "+5\r\nhello\r\n0\r\n\r\n"),
    chunks("no size", "\r\nhello\r\n0\r\n\r\n"),
    chunks("a size of 17 digits", "00000000000000005\r\nhello\r\n0\r\n\r\n"),
    chunks("a size of 2^63", "8000000000000000\r\n"),
    chunks("a space that no extension follows", "5 5\r\nhello\r\n0\r\n\r\n"),
    chunks("an extension of 20 KB", "5;x=\(String(repeating: "a", count: 20_000))\r\nhello\r\n0\r\n\r\n"),
    chunks("data without CRLF", "5\r\nhello0\r\n\r\n"),
    chunks("data that is too long", "5\r\nhello!\r\n0\r\n\r\n"),
    chunks("a bare LF after the size", "5\nhello\r\n0\r\n\r\n"),
    chunks("trailers of 20 KB", "0\r\nX: \(String(repeating: "a", count: 20_000))\r\n\r\n"),
    chunks(
      "extensions of 4 KB on each byte",
      String(repeating: "1;\(String(repeating: "a", count: 4_000))\r\nx\r\n", count: 40) + "0\r\n\r\n"),

    Self("S27", "CONNECT", "CONNECT test:80 HTTP/1.1\r\nHost: test\r\n\r\n", [405]),
    Self("S27", "a target that is no path", "GET echo HTTP/1.1\r\nHost: test\r\n\r\n"),
    Self("S27", "an asterisk that is not for OPTIONS", "GET * HTTP/1.1\r\nHost: test\r\n\r\n"),
    Self("S27", "a target that is not percent-encoded", "GET /é HTTP/1.1\r\nHost: test\r\n\r\n"),
    Self("S27", "another scheme", "GET ftp://test/echo HTTP/1.1\r\nHost: test\r\n\r\n"),
    fields("S29", "another expectation", "Expect: a-miracle\r\nContent-Length: 5\r\n", [417]),
    fields("S29", "two expectations", "Expect: 100-continue, a-miracle\r\nContent-Length: 5\r\n", [417]),
  ]

  private static func request(_ target: String, _ fields: String = "") -> String {
    SSEServerTests.request("GET", target, fields)
  }

  private static func request(_ method: String, _ target: String, _ fields: String, body: String) -> String {
    SSEServerTests.request(method, target, fields, body: body)
  }
}

@Suite struct RefusedRequestTests {
  @Test(
    "S20, S22, S23, S24, S25, S26, S27, S29: what is ambiguous or too large is refused once, and the connection closes",
    arguments: RefusedRequest.all)
  func isRefused(_ refused: RefusedRequest) async throws {
    let log = Recorder<EventServerLogEntry>()
    var configuration = EventServerConfiguration()
    configuration.log = { log.note($0) }
    var router = Router()
    let served = Recorder<String>()
    router.on(.get, "/echo") { _ in
      served.note("GET")
      return .text("hello")
    }
    router.post("/echo") { request in .text(try await request.text()) }
    router.get("/smuggled") { _ in
      served.note("smuggled")
      return .text("smuggled")
    }
    try await withEventServer(router, configuration: configuration) { baseURL in
      let (response, rest) = try await exchangeUntilClosed(
        baseURL, refused.text + request("GET", "/smuggled"))
      #expect(refused.statuses.contains(response.status))
      #expect(response["Connection"] == "close")
      #expect(response["Date"] != nil)
      #expect(response["Content-Type"] == "application/json")
      #expect(rest == "")
      #expect(served.values == [])
    }
  }

  @Test("S27: CONNECT's refusal says what is allowed: nothing")
  func connectSaysWhatIsAllowed() async throws {
    try await withEventServer(Router()) { baseURL in
      let response = try await exchange(baseURL, "CONNECT test:80 HTTP/1.1\r\nHost: test\r\n\r\n")
      #expect(response.status == 405)
      #expect(response.fields.contains { $0.name == "Allow" })
    }
  }

  @Test("S27: the absolute form's path and OPTIONS * are served")
  func otherTargetForms() async throws {
    var router = Router()
    router.get("/path") { request in .text("\(request.path) \(request.queryString ?? "none")") }
    router.get("/") { _ in .text("root") }
    let targets = [
      "http://other/path?a=b": "/path a=b", "HTTP://other/path": "/path none", "https://other:8/path": "/path none",
      "http://other": "root", "http://other?a": "root",
    ]
    try await withEventServer(router) { baseURL in
      for (target, body) in targets {
        let response = try await exchange(baseURL, request("GET", target))
        #expect(response.body == body)
      }
      let options = try await exchange(baseURL, request("OPTIONS", "*"))
      #expect([200, 204].contains(options.status))
    }
  }

  @Test("S20: what is just within the limits is served")
  func withinTheLimits() async throws {
    var router = Router()
    router.get("/*rest") { request in .text("\(request.parameters["rest"]?.utf8.count ?? 0) \(request.headers.count)") }
    try await withEventServer(router) { baseURL in
      // "GET /" and " HTTP/1.1" are 14 bytes of the line's 8,192.
      let line = request("GET", "/\(String(repeating: "a", count: 8_178))")
      let longLine = try await exchange(baseURL, line)
      #expect(longLine.body == "8178 1")
      let fields = request("GET", "/", String(repeating: "X: y\r\n", count: 99))
      let manyFields = try await exchange(baseURL, fields)
      #expect(manyFields.body == "0 100")
    }
  }
}
