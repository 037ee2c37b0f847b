import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite struct RequestBodyTests {
  struct Order: Codable, Equatable { var item: String }

  private var router: Router {
    var router = Router()
    router.post("/text") { request in .text(try await request.text()) }
    router.post("/bytes") { request in .text("\(try await request.body())") }
    router.post("/json") { request in .text(try await request.json(Order.self).item) }
    router.post("/ten") { request in .text(try await request.text(upTo: 10)) }
    router.post("/twice") { request in .text(try await request.text() + (try await request.text())) }
    router.post("/ignore") { _ in .text("ignored") }
    router.post("/forgive") { request in .text((try? await request.text(upTo: 10)) ?? "forgiven") }
    router.get("/hello") { _ in .text("hello") }
    return router
  }

  private func chunked(_ path: String, _ chunks: String...) -> String {
    let body = chunks.map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" }.joined() + "0\r\n\r\n"
    return request("POST", path, "Transfer-Encoding: chunked\r\n", body: body)
  }

  private func sized(_ path: String, _ body: String, _ fields: String = "") -> String {
    request("POST", path, "Content-Length: \(body.utf8.count)\r\n\(fields)", body: body)
  }

  @Test("a body is read by its length and by its chunks, extensions and trailers left out")
  func framings() async throws {
    let extended = "005;a=b\r\nhello\r\n2 ; c=\"d\"\r\n, \r\n0;e\r\nTrailer: x\r\n\r\n"
    let rows = [
      (sized("/text", "héllo"), "héllo"),
      (sized("/text", ""), ""),
      (request("POST", "/text"), ""),
      (chunked("/text", "hel", "lo"), "hello"),
      (chunked("/text"), ""),
      (request("POST", "/text", "Transfer-Encoding: Chunked\r\n", body: extended), "hello, "),
      (sized("/bytes", "\0\n"), "[0, 10]"),
      (sized("/twice", "ab"), "abab"),
    ]
    try await withEventServer(router) { baseURL in
      for (text, body) in rows {
        let response = try await exchange(baseURL, text)
        #expect(response.status == 200)
        #expect(response.body == body)
      }
    }
  }

  @Test("a body arrives in any pieces")
  func pieces() async throws {
    try await withEventServer(router, timeLimit: .seconds(30)) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      for byte in chunked("/text", "hello", " ", "world").utf8 { try await connection.write([byte]) }
      #expect(try await connection.nextResponse().body == "hello world")
    }
  }

  @Test("what is not UTF-8, or not such JSON, is answered with 400")
  func undecodable() async throws {
    try await withEventServer(router) { baseURL in
      #expect(try await exchange(baseURL, sized("/json", #"{"item":"tea"}"#)).body == "tea")
      for body in ["", "{", "[]", #"{"item":1}"#, #"{"other":"tea"}"#, String(repeating: "[", count: 100_000)] {
        let response = try await exchange(baseURL, sized("/json", body))
        #expect(response.status == 400)
        #expect(response["Connection"] == "keep-alive")
      }
      let connection = try await RawConnection.connect(to: baseURL)
      try await connection.write(Array(request("POST", "/text", "Content-Length: 2\r\n").utf8) + [0xC3, 0x28])
      #expect(try await connection.nextResponse().status == 400)
    }
  }

  @Test(
    "S21: a body over the limit is refused with 413, by its length before it comes and by its chunks while it comes")
  func overTheLimit() async throws {
    var configuration = EventServerConfiguration()
    configuration.log = { _ in }
    configuration.limits.requestBody = 100
    let long = String(repeating: "a", count: 101)
    let requests = [
      request("POST", "/text", "Content-Length: 101\r\n"), sized("/text", long), sized("/ignore", long),
      request("POST", "/text", "Content-Length: 101\r\nExpect: 100-continue\r\n"),
      chunked("/text", long), chunked("/text", String(long.prefix(60)), String(long.prefix(41))),
      request("POST", "/text", "Transfer-Encoding: chunked\r\n", body: "65\r\n\(long)"),
    ]
    try await withEventServer(router, configuration: configuration) { baseURL in
      for text in requests {
        let (response, rest) = try await exchangeUntilClosed(baseURL, text)
        #expect(response.status == 413)
        #expect(response["Connection"] == "close")
        #expect(rest == "")
      }
      let allowed = String(long.prefix(100))
      #expect(try await exchange(baseURL, sized("/text", allowed)).body == allowed)
      #expect(try await exchange(baseURL, chunked("/text", allowed)).body == allowed)
    }
  }

  @Test("S21: a handler's own limit is kept to, and a requester that waits is not asked for what is too long")
  func handlersLimit() async throws {
    try await withEventServer(router) { baseURL in
      #expect(try await exchange(baseURL, sized("/ten", "0123456789")).body == "0123456789")
      // What is left of it can be told from the next request by its length.
      let connection = try await RawConnection.connect(to: baseURL)
      try await connection.write(sized("/ten", "0123456789a") + request("GET", "/hello"))
      #expect(try await connection.nextResponse().status == 413)
      #expect(try await connection.nextResponse().body == "hello")
      for text in [
        chunked("/ten", "0123456789", "a"), chunked("/forgive", "0123456789", "a"),
        request("POST", "/ten", "Content-Length: 11\r\nExpect: 100-continue\r\n"),
      ] {
        let (response, rest) = try await exchangeUntilClosed(baseURL, text + request("GET", "/hello"))
        #expect(response.status == (text.contains("forgive") ? 200 : 413))
        #expect(response["Connection"] == "close")
        #expect(rest == "")
      }
    }
  }

  @Test("S29: 100 is sent once the handler wants the body, and only then")
  func expectContinue() async throws {
    try await withEventServer(router) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      let fields = "Content-Length: 5\r\nExpect: 100-Continue\r\n"
      try await connection.write(request("POST", "/text", fields))
      #expect(try await connection.read(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
      try await connection.write("hello")
      let response = try await connection.nextResponse()
      #expect(response.body == "hello")
      #expect(response["Connection"] == "keep-alive")

      // It did not wait: the body is there with the head.
      try await connection.write(request("POST", "/text", fields, body: "hello"))
      #expect(try await connection.read(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
      #expect(try await connection.nextResponse().body == "hello")

      // Without a body there is nothing to wait for, and HTTP/1.0 knows no 100.
      try await connection.write(request("GET", "/hello", "Expect: 100-continue\r\n"))
      #expect(try await connection.nextResponse().body == "hello")
      let old = "POST /text HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello"
      #expect(try await exchange(baseURL, old).body == "hello")
    }
  }

  @Test("S29: a handler that does not want the body answers at once, and the connection closes")
  func expectContinueInVain() async throws {
    try await withEventServer(router) { baseURL in
      for body in ["", "GET /hello HTTP/1.1\r\nHost: test\r\n\r\n"] {
        let fields = "Content-Length: 36\r\nExpect: 100-continue\r\n"
        let (response, rest) = try await exchangeUntilClosed(baseURL, request("POST", "/ignore", fields, body: body))
        #expect(response.status == 200)
        #expect(response["Connection"] == "close")
        #expect(rest == "")
      }
    }
  }

  @Test(
    "S28: a body that nobody reads is never taken for a request",
    arguments: ["GET /hello", "POST /ignore", "POST /none"])
  func unreadBodies(_ line: String) async throws {
    try await withEventServer(router) { baseURL in
      let hidden = request("GET", "/smuggled")
      let parts = line.split(separator: " ").map { String($0) }
      let connection = try await RawConnection.connect(to: baseURL)
      let bodies = [
        request(parts[0], parts[1], "Content-Length: \(hidden.utf8.count)\r\n", body: hidden),
        request(
          parts[0], parts[1], "Transfer-Encoding: chunked\r\n",
          body: "\(String(hidden.utf8.count, radix: 16))\r\n\(hidden)\r\n0\r\n\r\n"),
      ]
      try await connection.write(bodies.joined() + request("GET", "/hello", "Connection: close\r\n"))
      for _ in bodies {
        let response = try await connection.nextResponse()
        #expect(response.status == (parts[1] == "/none" ? 404 : 200))
        #expect(response.body != "smuggled")
        #expect(response["Connection"] == "keep-alive")
      }
      #expect(try await connection.nextResponse().body == "hello")
      #expect(try await connection.readToEnd() == "")
    }
  }

  @Test("a body that ends early is a bad request; the connection closes")
  func cutShort() async throws {
    try await withEventServer(router) { baseURL in
      for text in [
        request("POST", "/text", "Content-Length: 10\r\n", body: "hello"),
        request("POST", "/text", "Transfer-Encoding: chunked\r\n", body: "5\r\nhel"),
        request("POST", "/text", "Transfer-Encoding: chunked\r\n", body: "5\r\nhello\r\n"),
      ] {
        let connection = try await RawConnection.connect(to: baseURL)
        try await connection.write(text)
        connection.shutDownWriting()
        #expect(try await connection.nextResponse().status == 400)
        #expect(try await connection.readToEnd() == "")
      }
    }
  }

  @Test("the body is read in the handler's own isolation", .timeLimit(.minutes(1)))
  func fromOtherIsolations() async throws {
    var router = Router()
    router.post("/main") { @MainActor request in .text(try await request.text()) }
    router.post("/child") { request in
      async let text = request.text()
      return .text(try await text)
    }
    try await withEventServer(router) { baseURL in
      for path in ["/main", "/child"] {
        let response = try await exchange(baseURL, sized(path, "hello"))
        #expect(response.body == "hello")
      }
    }
  }

  @Test("a request kept beyond its answer reads nothing of the next one")
  func keptRequest() async throws {
    var router = Router()
    let kept = Recorder<Request>()
    router.events("/stream", method: .post) { request, events in
      kept.note(request)
      try await events.send("first")
    }
    router.get("/late") { _ in .text("\((try? await kept.values.first?.text()) ?? "nothing")") }
    try await withEventServer(router) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      try await connection.write(request("POST", "/stream", "Content-Length: 5\r\n"))
      try await connection.read(through: "data: first\n\n\r\n")
      try await connection.write("hello" + request("GET", "/late"))
      try await connection.read(through: "0\r\n\r\n")
      #expect(["", "nothing"].contains(try await connection.nextResponse().body))
    }
  }
}
