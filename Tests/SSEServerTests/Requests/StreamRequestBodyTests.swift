import SSEServer
import SSETestSupport
import SSETesting
import Testing

/// What the bodies of requests for event streams do to those, and to the connection afterwards.
@Suite struct StreamRequestBodyTests {
  @Test("a POST stream reads its body before, between and after its events")
  func postStream() async throws {
    var router = Router()
    router.events("/before", method: .post) { request, events in
      try await events.send(try await request.text())
    }
    router.events("/after", method: .post) { request, events in
      try await events.send("first")
      try await events.send(try await request.text())
      try await events.send("last")
    }
    try await withEventServer(router) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      let fields = "Content-Length: 5\r\n"
      try await connection.write(
        request("POST", "/before", fields, body: "hello") + request("POST", "/after", fields, body: "there"))
      #expect(try await connection.nextResponse().body == "data: hello\n\n")
      #expect(try await connection.nextResponse().body == "data: first\n\ndata: there\n\ndata: last\n\n")
    }
  }

  @Test("a large body is whole although the handler reads it late")
  func lateLargeBody() async throws {
    let (steps, go) = AsyncStream.makeStream(of: Void.self)
    var router = Router()
    router.events("/late", method: .post) { request, events in
      try await events.send("first")
      for await _ in steps { break }
      let text = try await request.text()
      try await events.send("\(text.utf8.count) \(text.suffix(3))")
    }
    try await withEventServer(router) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      let body = String(repeating: "a", count: 299_997) + "end"
      try await connection.write(request("POST", "/late", "Content-Length: 300000\r\n"))
      try await connection.read(through: "data: first\n\n\r\n")
      async let written: Void = connection.write(body)
      #expect(try await connection.received(within: 50) == "")
      go.yield()
      try await connection.read(through: "data: 300000 end\n\n\r\n")
      try await written
    }
  }

  @Test("a body that the handler ignores is skipped when its stream has ended, and the next request served")
  func ignoredBody() async throws {
    var router = Router()
    router.events("/ignore", method: .post) { _, events in try await events.send("one") }
    router.get("/hello") { _ in .text("hello") }
    try await withEventServer(router) { baseURL in
      let body = String(repeating: request("GET", "/smuggled"), count: 1_000)
      let connection = try await RawConnection.connect(to: baseURL)
      let fields = "Content-Length: \(body.utf8.count)\r\n"
      try await connection.write(request("POST", "/ignore", fields, body: body) + request("GET", "/hello"))
      #expect(try await connection.nextResponse().body == "data: one\n\n")
      #expect(try await connection.nextResponse().body == "hello")
    }
  }

  @Test("one answer a request: a broken body behind an answered stream only closes the connection")
  func brokenBodyBehindStream() async throws {
    var configuration = EventServerConfiguration()
    configuration.log = { _ in }
    configuration.limits.requestTime = .seconds(3)
    var router = Router()
    router.events("/ignore", method: .post) { _, events in try await events.send("one") }
    try await withEventServer(router, configuration: configuration) { baseURL in
      for body in ["nonsense\r\n", "5\r\nhel"] {
        let (response, rest) = try await exchangeUntilClosed(
          baseURL, request("POST", "/ignore", "Transfer-Encoding: chunked\r\n", body: body))
        #expect(response.body == "data: one\n\n")
        #expect(rest == "")
      }
    }
  }

  @Test("one answer a request: a stream handler that fails on a broken body answers 400 and closes")
  func brokenBodyOfStream() async throws {
    var configuration = EventServerConfiguration()
    configuration.log = { _ in }
    var router = Router()
    router.events("/read", method: .post) { request, events in try await events.send(try await request.text()) }
    router.events("/small", method: .post) { request, events in
      try await events.send(try await request.text(upTo: 3))
    }
    try await withEventServer(router, configuration: configuration) { baseURL in
      for (path, status) in [("/read", 400), ("/small", 413)] {
        let body = path == "/read" ? "nonsense\r\n" : "5\r\nhello\r\n0\r\n\r\n"
        let (response, rest) = try await exchangeUntilClosed(
          baseURL, request("POST", path, "Transfer-Encoding: chunked\r\n", body: body))
        #expect(response.status == status)
        #expect(response["Connection"] == "close")
        #expect(rest == "")
      }
    }
  }

  @Test("S29: 100 is never written into a stream that has begun")
  func continueInsideStream() async throws {
    var router = Router()
    router.events("/before", method: .post) { request, events in try await events.send(try await request.text()) }
    router.events("/after", method: .post) { request, events in
      try await events.send("first")
      try await events.send(try await request.text())
    }
    try await withEventServer(router) { baseURL in
      let fields = "Content-Length: 5\r\nExpect: 100-continue\r\n"
      let before = try await RawConnection.connect(to: baseURL)
      try await before.write(request("POST", "/before", fields))
      try await before.read(through: "HTTP/1.1 100 Continue\r\n\r\n")
      try await before.write("hello")
      #expect(try await before.nextResponse().body == "data: hello\n\n")

      let after = try await RawConnection.connect(to: baseURL)
      try await after.write(request("POST", "/after", fields, body: "hello"))
      #expect(try await after.nextResponse().body == "data: first\n\ndata: hello\n\n")
      #expect(try await after.readToEnd() == "")
    }
  }

  /// 50 KB are more than the server keeps while a stream goes out, and less than the kernels take meanwhile.
  @Test(
    "the reader's leave cancels a handler that ignores the body", arguments: ReaderTests.Leaving.allCases, [0, 50_000])
  func leaveWithUnreadBody(_ leave: ReaderTests.Leaving, bodySize: Int) async throws {
    let (cancelled, told) = AsyncStream.makeStream(of: Void.self)
    var router = Router()
    router.events("/ignore", method: .post) { _, events in
      try await events.send("one")
      defer { told.yield() }
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    try await withEventServer(router) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      try await connection.write(
        request("POST", "/ignore", "Content-Length: 400000\r\n", body: String(repeating: "a", count: bodySize)))
      try await connection.read(through: "data: one\n\n\r\n")
      leave.leave(connection)
      for await _ in cancelled { break }
    }
  }

  @Test("a close behind a body that fills the kernels' buffers is noticed with the next keep-alive comment")
  func leaveBehindLargeBody() async throws {
    var configuration = EventServerConfiguration()
    configuration.keepAlive = .milliseconds(100)
    let (cancelled, told) = AsyncStream.makeStream(of: Void.self)
    var router = Router()
    router.events("/ignore", method: .post) { _, events in
      try await events.send("one")
      defer { told.yield() }
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    try await withEventServer(router, configuration: configuration) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      let body = String(repeating: "a", count: 300_000)
      try await connection.write(request("POST", "/ignore", "Content-Length: 400000\r\n", body: body))
      try await connection.read(through: "data: one\n\n\r\n")
      connection.close()
      for await _ in cancelled { break }
    }
  }

  @Test(
    "the reader's leave is noticed by a handler that goes on after its body could not be read",
    arguments: ReaderTests.Leaving.allCases)
  func leaveAfterFailedBody(_ leave: ReaderTests.Leaving) async throws {
    var configuration = EventServerConfiguration()
    configuration.log = { _ in }
    let (cancelled, told) = AsyncStream.makeStream(of: Void.self)
    var router = Router()
    router.events("/forgive", method: .post) { request, events in
      do { _ = try await request.text() } catch { try await events.send("\(error)") }
      defer { told.yield() }
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    try await withEventServer(router, configuration: configuration) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      try await connection.write(request("POST", "/forgive", "Transfer-Encoding: chunked\r\n", body: "nonsense\r\n"))
      try await connection.read(through: "\n\n\r\n")
      leave.leave(connection)
      for await _ in cancelled { break }
    }
  }

  @Test(
    "the reader's leave in the middle of its body cancels the handler, even one that forgives it",
    arguments: ReaderTests.Leaving.allCases)
  func leaveInsideBody(_ leave: ReaderTests.Leaving) async throws {
    let (cancelled, told) = AsyncStream.makeStream(of: Void.self)
    var router = Router()
    router.events("/forgive", method: .post) { request, events in
      try await events.send("one")
      _ = try? await request.text()
      defer { told.yield() }
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    try await withEventServer(router) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      try await connection.write(request("POST", "/forgive", "Content-Length: 10\r\n", body: "hello"))
      try await connection.read(through: "data: one\n\n\r\n")
      leave.leave(connection)
      for await _ in cancelled { break }
    }
  }
}
