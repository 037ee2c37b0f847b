import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite struct PlainResponseTests {
  struct Reading: Encodable {
    var url = "https://example.org/a/b"
    var celsius = 21.5
    var at: String?
    var umlaut = "ü"
  }

  @Test("text, page, JSON and bytes: type, length, date, body; HEAD has the same head without the body")
  func kinds() async throws {
    var router = Router()
    router.get("/text") { _ in .text("héllo") }
    router.get("/page") { _ in .html("<p>héllo</p>", status: .created) }
    router.get("/json") { _ in try .json(Reading()) }
    router.get("/bytes") { _ in Response(headers: ["Content-Type": "image/x-none"], bytes: [65, 0, 66]) }
    router.get("/empty") { _ in Response() }
    let rows = [
      ("/text", 200, "text/plain; charset=utf-8", "héllo"),
      ("/page", 201, "text/html; charset=utf-8", "<p>héllo</p>"),
      ("/json", 200, "application/json", #"{"celsius":21.5,"umlaut":"ü","url":"https://example.org/a/b"}"#),
      ("/bytes", 200, "image/x-none", "A\0B"),
      ("/empty", 200, nil, ""),
    ]
    try await withEventServer(router) { baseURL in
      for (path, status, type, body) in rows {
        let response = try await exchange(baseURL, request("GET", path))
        #expect(response.status == status)
        #expect(response["Content-Type"] == type)
        #expect(response["Content-Length"] == "\(body.utf8.count)")
        #expect(response.body == body)

        let connection = try await RawConnection.connect(to: baseURL)
        try await connection.write(request("HEAD", path, "Connection: close\r\n"))
        let head = try await connection.nextResponse(to: "HEAD")
        #expect(head.status == status)
        #expect(head["Content-Type"] == type)
        #expect(head["Content-Length"] == "\(body.utf8.count)")
        #expect(try await connection.readToEnd() == "")
      }
    }
  }

  @Test("Date is this moment in the form of RFC 9110, once in each response, errors among them")
  func date() async throws {
    var configuration = EventServerConfiguration()
    configuration.log = { _ in }
    var router = Router()
    router.get("/hello") { _ in Response(headers: ["Date": "never", "X": "y"], bytes: []) }
    router.get("/broken") { _ in throw CocoaError(.coderInvalidValue) }
    router.events("/stream") { _, _ in }
    let requests =
      [
        "/hello", "/broken", "/none", "/%zz", "/stream",
      ].map { request("GET", $0) } + [request("PUT", "/hello"), request("BREW", "/hello"), "nonsense\r\n\r\n"]
    try await withEventServer(router, configuration: configuration) { baseURL in
      for text in requests {
        let response = try await exchange(baseURL, text)
        let form = DateFormatter()
        form.locale = Locale(identifier: "en_US_POSIX")
        form.timeZone = TimeZone(secondsFromGMT: 0)
        form.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        let date = try #require(response["Date"].flatMap { form.date(from: $0) })
        #expect(abs(date.timeIntervalSinceNow) < 60)
      }
    }
  }

  @Test("what the server answers for itself is the server's: length, framing and connection cannot be set")
  func serversFields() async throws {
    var router = Router()
    router.get("/hello") { _ in
      var response = Response.text("hello")
      response.headers.append("content-length", "50000")
      response.headers.append("Transfer-Encoding", "chunked")
      response.headers.append("Connection", "close")
      response.headers.append("Set-Cookie", "a=b")
      response.headers.append("Set-Cookie", "c=d")
      return response
    }
    try await withEventServer(router) { baseURL in
      let response = try await exchange(baseURL, request("GET", "/hello"))
      #expect(response["Content-Length"] == "5")
      #expect(response["Transfer-Encoding"] == nil)
      #expect(response["Connection"] == "keep-alive")
      #expect(response.values(of: "Set-Cookie") == ["a=b", "c=d"])
    }
  }

  /// A field that would begin another line, or none.
  struct Injection: Sendable, CustomTestStringConvertible {
    var name: String
    var value: String
    var testDescription: String { "\(name): \(value)".debugDescription }

    static let all = [
      Self(name: "X", value: "a\r\nSet-Cookie: b"), Self(name: "X", value: "a\nSet-Cookie: b"),
      Self(name: "X", value: "a\rSet-Cookie: b"), Self(name: "X", value: "a\0b"),
      Self(name: "X", value: "a\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"), Self(name: "X\r\nSet-Cookie", value: "b"),
      Self(name: "X:", value: "b"), Self(name: "", value: "b"), Self(name: "X Y", value: "b"),
    ]
  }

  @Test(
    "a field that would begin another line is refused: 500, logged in one line, nothing injected",
    arguments: Injection.all)
  func injection(_ row: Injection) async throws {
    let log = Recorder<EventServerLogEntry>()
    var configuration = EventServerConfiguration()
    configuration.log = { log.note($0) }
    var router = Router()
    router.get("/plain") { _ in Response(headers: [row.name: row.value], bytes: []) }
    router.get("/stream") { _ in
      var response = Response.events { events in try await events.send("one") }
      response.headers.append(row.name, row.value)
      return response
    }
    try await withEventServer(router, configuration: configuration) { baseURL in
      for path in ["/plain", "/stream"] {
        let connection = try await RawConnection.connect(to: baseURL)
        try await connection.write(request("GET", path, "Connection: close\r\n"))
        let all = try await connection.readToEnd()
        #expect(all.hasPrefix("HTTP/1.1 500 Internal Server Error\r\n"))
        #expect(!all.contains("Set-Cookie"))
        #expect(!all.contains("200 OK"))
      }
    }
    #expect(log.faults.count == 2)
    #expect(log.faults.allSatisfy { $0.description.utf8.allSatisfy { $0 >= 0x20 } })
  }

  @Test(
    "a status without content has none, whatever the handler gave; the next answer is not mistaken for it",
    arguments: [204, 205, 304])
  func withoutContent(_ code: Int) async throws {
    var router = Router()
    router.use { request, next in
      var response = try await next(request)
      if request.path != "/hello" { response.status = HTTPStatus(code: code) }
      return response
    }
    router.get("/plain") { _ in .text("HTTP/1.1 200 OK\r\n\r\n") }
    router.events("/stream") { _, events in try await events.send("one") }
    router.get("/hello") { _ in .text("hello") }
    try await withEventServer(router) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      for path in ["/plain", "/stream"] {
        try await connection.write(request("GET", path))
        let response = try await connection.nextResponse()
        #expect(response.status == code)
        #expect(response.body == "")
        #expect(response["Transfer-Encoding"] == nil)
        if code == 204 { #expect(response["Content-Length"] == nil) }
      }
      try await connection.write(request("GET", "/hello"))
      #expect(try await connection.nextResponse().body == "hello")
    }
  }

  @Test("a status that ends no response is a fault of the handler: 500, logged", arguments: [100, 101, 103, 199])
  func interimStatus(_ code: Int) async throws {
    let log = Recorder<EventServerLogEntry>()
    var configuration = EventServerConfiguration()
    configuration.log = { log.note($0) }
    var router = Router()
    router.get("/returned") { _ in .text("hello", status: HTTPStatus(code: code)) }
    router.get("/thrown") { _ in throw HTTPStatus(code: code) }
    router.events("/stream") { _, _ in throw HTTPStatus(code: code) }
    try await withEventServer(router, configuration: configuration) { baseURL in
      for path in ["/returned", "/thrown", "/stream"] {
        let response = try await exchange(baseURL, request("GET", path))
        #expect(response.status == 500)
      }
    }
    #expect(log.faults.count == 3)
  }

  @Test("a thrown status is the answer, in JSON; another error is 500, its text in the log alone")
  func thrown() async throws {
    struct Secret: Error, CustomStringConvertible { let description = "the password\nis swordfish" }
    let log = Recorder<EventServerLogEntry>()
    var configuration = EventServerConfiguration()
    configuration.log = { log.note($0) }
    var router = Router()
    router.get("/gone") { _ in throw HTTPStatus.gone }
    router.get("/odd") { _ in throw HTTPStatus(code: 599) }
    router.get("/none") { _ in throw HTTPStatus.noContent }
    router.get("/secret") { _ in throw Secret() }
    try await withEventServer(router, configuration: configuration) { baseURL in
      let gone = try await exchange(baseURL, request("GET", "/gone"))
      #expect(gone.status == 410)
      #expect(gone.body == #"{"error":"Gone"}"#)
      #expect(gone["Connection"] == "keep-alive")
      #expect(try await exchange(baseURL, request("GET", "/odd")).status == 599)
      #expect(try await exchange(baseURL, request("GET", "/none")).status == 204)
      #expect(log.faults.isEmpty)
      let secret = try await exchange(baseURL, request("GET", "/secret"))
      #expect(secret.status == 500)
      #expect(secret.body == #"{"error":"Internal Server Error"}"#)
    }
    #expect(log.faults.count == 1)
    let line = log.faults.first?.description ?? ""
    #expect(line.contains("GET /secret"))
    #expect(line.contains("is swordfish"))
    #expect(!line.contains("\n"))
  }
}
