import SSEServer
import SSETestSupport
import SSETesting
import Testing

/// Requests that share a connection, and when it ends.
@Suite struct ConnectionTests {
  private var router: Router {
    var router = Router()
    router.get("/hello") { _ in .text("hello") }
    router.get("/number/:n") { request in .text(request.parameters["n"] ?? "") }
    router.post("/echo") { request in .text(try await request.text()) }
    router.get("/fail") { _ in throw HTTPStatus.unauthorized }
    router.events("/stream") { request, events in
      try await events.send("one")
      try await events.send("two")
    }
    return router
  }

  @Test("S28: pipelined requests are answered in their order, streams among them")
  func pipelined() async throws {
    try await withEventServer(router) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      try await connection.write(
        request("GET", "/number/1") + request("POST", "/echo", "Content-Length: 1\r\n", body: "2")
          + request("HEAD", "/number/3") + request("GET", "/stream") + request("HEAD", "/stream")
          + request("GET", "/fail") + request("GET", "/number/7"))
      #expect(try await connection.nextResponse().body == "1")
      #expect(try await connection.nextResponse().body == "2")
      #expect(try await connection.nextResponse(to: "HEAD")["Content-Length"] == "1")
      #expect(try await connection.nextResponse().body == "data: one\n\ndata: two\n\n")
      #expect(try await connection.nextResponse(to: "HEAD")["Content-Type"] == "text/event-stream")
      #expect(try await connection.nextResponse().status == 401)
      #expect(try await connection.nextResponse().body == "7")
      #expect(try await connection.received(within: 50) == "")
    }
  }

  @Test("S28: a request that comes a byte at a time, after an empty line, is one request")
  func byteByByte() async throws {
    try await withEventServer(router) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      for _ in 0..<2 {
        for byte in ("\r\n" + request("GET", "/hello")).utf8 { try await connection.write([byte]) }
        #expect(try await connection.nextResponse().body == "hello")
      }
    }
  }

  @Test("S28: requests sent during a stream are answered after it, however many bytes they are")
  func pipelinedDuringStream() async throws {
    let (steps, go) = AsyncStream.makeStream(of: Void.self)
    var router = router
    router.events("/wait") { _, events in
      try await events.send("one")
      for await _ in steps { break }
    }
    try await withEventServer(router) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      try await connection.write(request("GET", "/wait"))
      try await connection.read(through: "data: one\n\n\r\n")
      // More than the 16 KiB that are kept while the stream goes out; the rest waits in the kernel.
      let bodies = (0..<20).map { String(repeating: "\($0) ", count: 3_000) }
      for body in bodies {
        try await connection.write(request("POST", "/echo", "Content-Length: \(body.utf8.count)\r\n", body: body))
      }
      go.yield()
      try await connection.read(through: "0\r\n\r\n")
      for body in bodies { #expect(try await connection.nextResponse().body == body) }
    }
  }

  /// What a request asks of its connection, and whether it is kept.
  struct Persistence: Sendable, CustomTestStringConvertible {
    var version: String
    var connection: String
    var isKept: Bool
    var testDescription: String { "HTTP/\(version) with '\(connection)'" }

    static let all = [
      Self(version: "1.1", connection: "", isKept: true),
      Self(version: "1.1", connection: "Connection: keep-alive\r\n", isKept: true),
      Self(version: "1.1", connection: "Connection: close\r\n", isKept: false),
      Self(version: "1.1", connection: "Connection: Upgrade, Close\r\n", isKept: false),
      Self(version: "1.1", connection: "Connection: keep-alive\r\nConnection: close\r\n", isKept: false),
      Self(version: "1.0", connection: "", isKept: false),
      Self(version: "1.0", connection: "Connection: Keep-Alive\r\n", isKept: true),
      Self(version: "1.0", connection: "Connection: keep-alive, close\r\n", isKept: false),
    ]
  }

  @Test("S35: a connection is kept as version and Connection ask", arguments: Persistence.all)
  func persistence(_ row: Persistence) async throws {
    try await withEventServer(router) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      for path in ["/hello", "/fail", "/none"] {
        try await connection.write("GET \(path) HTTP/\(row.version)\r\nHost: test\r\n\(row.connection)\r\n")
        let response = try await connection.nextResponse()
        #expect(response["Connection"] == (row.isKept ? "keep-alive" : "close"))
        #expect(response["Date"] != nil)
        guard !row.isKept else { continue }
        #expect(try await connection.readToEnd() == "")
        return
      }
    }
  }

  @Test("S35: a stream keeps its connection in HTTP/1.1 unless asked not to, and never in HTTP/1.0")
  func persistenceAfterStreams() async throws {
    try await withEventServer(router) { baseURL in
      let kept = try await RawConnection.connect(to: baseURL)
      try await kept.write(request("GET", "/stream") + request("GET", "/hello"))
      #expect(try await kept.nextResponse()["Connection"] == "keep-alive")
      #expect(try await kept.nextResponse().body == "hello")

      let (closed, rest) = try await exchangeUntilClosed(baseURL, request("GET", "/stream", "Connection: close\r\n"))
      #expect(closed["Connection"] == "close")
      #expect(closed.body == "data: one\n\ndata: two\n\n")
      #expect(rest == "")

      let old = "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
      let (response, more) = try await exchangeUntilClosed(baseURL, old)
      #expect(response["Connection"] == "close")
      #expect(response["Transfer-Encoding"] == nil)
      #expect(response["Content-Length"] == nil)
      #expect(response.body == "data: one\n\ndata: two\n\n")
      #expect(more == "")
    }
  }

  @Test("S9c: a reader that half-closes after two pipelined requests gets both answers, then the close")
  func halfClosed() async throws {
    try await withEventServer(router) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      try await connection.write(request("GET", "/number/1") + request("GET", "/number/2"))
      connection.shutDownWriting()
      #expect(try await connection.nextResponse().body == "1")
      #expect(try await connection.nextResponse().body == "2")
      #expect(try await connection.readToEnd() == "")
    }
  }

  @Test("a head that is cut off by the end of file gets no answer")
  func cutHead() async throws {
    try await withEventServer(router) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      try await connection.write(request("GET", "/hello") + "GET /hel")
      connection.shutDownWriting()
      #expect(try await connection.nextResponse().body == "hello")
      #expect(try await connection.readToEnd() == "")
    }
  }

  @Test("a reader that takes its time gets the end of an answer, although the server has closed long before")
  func slowLastBytes() async throws {
    let records = Recorder<EventServerAccessRecord>()
    var configuration = EventServerConfiguration()
    configuration.accessLog = { records.note($0) }
    var router = Router()
    let text = String(repeating: "0123456789abcdef", count: 20_000)
    router.get("/long") { _ in .text(text) }
    try await withEventServer(router, configuration: configuration) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL, receiveBuffer: 8_192)
      try await connection.write(request("GET", "/long", "Connection: close\r\n"))
      try await records.first { $0.ending == .complete }
      try await Task.sleep(for: .milliseconds(1_300))  // Longer than the server waits for the reader to close.
      #expect(try await connection.nextResponse().body == text)
    }
  }

  @Test("a head that is cut off by a reset gets no answer, and is not logged as a slow one")
  func resetInsideHead() async throws {
    let log = Recorder<EventServerLogEntry>()
    var configuration = EventServerConfiguration()
    configuration.log = { log.note($0) }
    let server = EventServer(router, port: 0, configuration: configuration)
    try await withEventServer(server) { address in
      let connection = try await RawConnection.connect(port: address.port)
      try await connection.write(request("GET", "/hello") + "GET /hel")
      #expect(try await connection.nextResponse().body == "hello")
      connection.reset()
      try await eventually("the connection has ended") { await server.connections().isEmpty }
    }
    #expect(log.values.isEmpty)
  }

  @Test("a peer that does not read the answers to its requests for heads is not answered without end")
  func unreadHeads() async throws {
    var configuration = EventServerConfiguration()
    configuration.limits.requestsPerConnection = 1_000_000
    let served = Recorder<Int>()
    configuration.accessLog = { _ in served.note(1) }
    try await withEventServer(router, timeLimit: .seconds(20), configuration: configuration) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL, receiveBuffer: 4_096)
      let batch = String(repeating: request("HEAD", "/stream"), count: 500)
      // The writes stop when the server reads no more: the kernel's buffers are full on both ways.
      async let written: Void = { for _ in 0..<200 { try await connection.write(batch) } }()
      var before = -1
      try await eventually("no more heads are answered") {
        defer { before = served.values.count }
        try await Task.sleep(for: .milliseconds(200))  // Between two looks.
        return before == served.values.count
      }
      #expect(served.values.count < 100_000)
      connection.shutDownWriting()
      try? await written  // It fails: that is how it ends.
    }
  }
}
