import SSEClient
import SSETestSupport
import Testing

/// Connecting, and what an answer must be; the peers are raw connections.
@Suite(.timeLimit(.minutes(1))) struct AnsweringTests {
  /// The error that a source ends with when its peer answers this and closes.
  private func error(answering text: String, limits: EventClientLimits = .init()) async throws -> EventClientError? {
    let listener = try RawListener()
    let client = EventClient(configuration: .init(limits: limits))
    async let outcome = outcome(of: client.source(listener.url))
    try await listener.answer(text)
    guard case .failure(let error) = await outcome else { return nil }
    return error
  }

  /// The data of as many events as this answer has, the connection still open.
  private func events(answering text: String, count: Int = 1) async throws -> [String] {
    let listener = try RawListener()
    async let events = collect(EventClient().source(listener.url), atMost: count)
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(text)
    return try await events.map(\.data)
  }

  @Test("C1: the request is a GET with the headers of an event source")
  func requestHead() async throws {
    let listener = try RawListener()
    async let events = collect(EventClient().events("\(listener.url)/events/stream"))
    let head = try await listener.answer(Peer.noContent)
    #expect(
      lines(head) == [
        "GET /events/stream HTTP/1.1", "Host: 127.0.0.1:\(listener.port)", "Accept: text/event-stream",
        "Cache-Control: no-cache", "User-Agent: swift-sse",
      ])
    #expect(try await events.isEmpty)
  }

  @Test("C1: a header of the caller replaces the client's of that name")
  func ownHeaders() async throws {
    let listener = try RawListener()
    let request = EventRequest(listener.url, headers: ["user-agent": "clock/1.0", "Cookie": "a=b", "Accept": "*/*"])
    async let events = collect(EventClient().events(request))
    let head = try await listener.answer(Peer.noContent)
    #expect(
      lines(head).dropFirst(2) == ["Cache-Control: no-cache", "user-agent: clock/1.0", "Cookie: a=b", "Accept: */*"])
    #expect(try await events.isEmpty)
  }

  @Test(
    "C2: the content type is accepted in any case and with parameters",
    arguments: [
      "text/event-stream; charset=utf-8", "Text/Event-Stream", "text/event-stream;charset=UTF-8;x=\"a;b\"",
      "  text/event-stream ; boundary=x  ", "text/event-stream\r\nContent-Type: text/event-stream",
      "text/plain, text/event-stream", "text/event-stream, */*",
    ])
  func acceptedContentType(type: String) async throws {
    let answer = "HTTP/1.1 200 OK\r\nContent-Type:\(type)\r\n\r\ndata: 1\n\n"
    #expect(try await events(answering: answer) == ["1"])
  }

  @Test(
    "C3: another content type is an error with status, content type and body",
    arguments: [nil, "text/plain", "text/event-streams", "application/json", "text/event-stream, text/plain", ""])
  func refusedContentType(type: String?) async throws {
    let field = type.map { "Content-Type: \($0)\r\n" } ?? ""
    let error = try await error(answering: "HTTP/1.1 200 OK\r\n\(field)\r\n<p>data: 1\n\n")
    guard case .unexpectedContentType(let response) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(response.head.status == .ok)
    #expect(response.contentType == type)
    #expect(response.text == "<p>data: 1\n\n")
    let text = "\(EventClientError.unexpectedContentType(response))"
    #expect(text.hasSuffix("is it the URL of an event stream? The body begins: <p>data: 1"), "\(text)")
  }

  @Test("C4: 204 ends the sequence without an error, and nothing connects again")
  func noContent() async throws {
    let listener = try RawListener()
    async let events = collect(EventClient().source(listener.url))
    try await listener.answer(Peer.noContent)
    #expect(try await events.isEmpty)
    #expect(try await listener.accept(within: 50) == nil)
  }

  @Test("C5: any other status is an error with headers and body", arguments: [400, 401, 403, 404, 410, 500, 201, 304])
  func refusedStatus(code: Int) async throws {
    let body = #"{"error":"no"}"#
    let head =
      "HTTP/1.1 \(code) Whatever\r\nContent-Type: text/event-stream\r\nX-Reason: r\r\n"
      + "Content-Length: \(body.utf8.count)\r\n\r\n"
    let error = try await error(answering: head + body)
    guard case .unexpectedStatus(let response) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(response.head.status.code == code)
    #expect(response.head.headers["x-reason"] == "r")
    // A 304 has no body, whatever its head says (RFC 9110, 15.4.5).
    #expect(response.text == (code == 304 ? "" : body))
  }

  @Test("C5: of a long body the error keeps as much as the limit says")
  func longErrorBody() async throws {
    let listener = try RawListener()
    // The peer keeps the connection open: what is over the limit is not waited for.
    let configuration = EventClientConfiguration(
      limits: .init(errorBody: 100), timeouts: .init(errorBody: .seconds(3_600)))
    async let result = outcome(of: EventClient(configuration: configuration).source(listener.url))
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write("HTTP/1.1 500 No\r\n\r\n" + String(repeating: "x", count: 5_000))
    guard case .failure(.unexpectedStatus(let response)) = await result else {
      Issue.record("no error")
      return
    }
    #expect(response.body.count == 100)
  }

  @Test("C7: the head may come one byte a write")
  func drippedHead() async throws {
    let listener = try RawListener()
    async let events = collect(EventClient().source(listener.url), atMost: 1)
    let (peer, _) = try await listener.acceptRequest()
    for byte in (Peer.head + "data: 1\n\n").utf8 { try await peer.write([byte]) }
    #expect(try await events.map(\.data) == ["1"])
  }

  @Test(
    "C8: what a user agent must put up with in a head",
    arguments: [
      "HTTP/1.1 200 OK\r\ncOnTeNt-tYpE: \t text/event-stream \t \r\n\r\n",
      "HTTP/1.1 200 \r\nContent-Type:text/event-stream\r\n\r\n",
      "HTTP/1.1 200\r\nContent-Type:text/event-stream\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Type:\r\n text/event-stream;\r\n\tcharset=utf-8\r\n\r\n",
      "HTTP/1.1 200 OK\nContent-Type: text/event-stream\n\n",
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Empty:\r\n\r\n",
    ])
  func leniency(head: String) async throws {
    #expect(try await events(answering: head + "data: 1\n\n") == ["1"])
  }

  static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"

  @Test(
    "C8b, C13, C14: what breaks HTTP/1.1 is a typed error",
    arguments: [
      "\(head)X: a\rb\r\n\r\n", "\(head)X: a\0b\r\n\r\n", "\(head)X : a\r\n\r\n",
      "\(head)Content-Length: 9\r\nContent-Length: 10\r\n\r\n", "\(head)no colon\r\n\r\n", "\(head): no name\r\n\r\n",
      "HTTP/1.1 20 OK\r\n\r\n", "SSH-2.0-OpenSSH_9.6\r\n", "HTTP/2 200\r\n\r\n",
      "\(head)Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "\(head)Transfer-Encoding: chunked\r\n\r\n-5\r\n",
      "\(head)Transfer-Encoding: chunked\r\n\r\n8000000000000000\r\n",
      "\(head)Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\n",
      "\(head)Transfer-Encoding: chunked\r\n\r\n\r\n", "\(head)Transfer-Encoding: chunked\r\n\r\n1\r\naa\r\n",
      "\(head)Transfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n9\r\ndata: 1\n\n\r\n",
      "\(head)Transfer-Encoding: gzip, chunked\r\n\r\n",
    ])
  func protocolViolations(answer: String) async throws {
    guard case .protocolViolation(_, let url) = try await error(answering: answer) else {
      Issue.record("no protocol violation")
      return
    }
    #expect(url.hasPrefix("http://127.0.0.1:"))
  }

  @Test("C13: what came before a bad chunk is delivered")
  func eventBeforeBadChunk() async throws {
    let listener = try RawListener()
    async let answered = listener.answer(Peer.chunkedHead + Peer.chunk("data: 1\n\n") + "zz\r\n")
    var events: [String] = []
    do throws(EventClientError) {
      for try await event in EventClient().source(listener.url) { events.append(event.data) }
      Issue.record("no error")
    } catch {
      guard case .protocolViolation = error else {
        Issue.record("\(error)")
        return
      }
    }
    #expect(events == ["1"])
    _ = try await answered
  }

  @Test("C9: informational responses are skipped")
  func informational() async throws {
    let early = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Type: text/html\r\n\r\n"
    #expect(try await events(answering: early + Peer.head + "data: 1\n\n") == ["1"])
  }

  @Test("C12: chunk extensions and trailers are not part of the stream")
  func chunked() async throws {
    let listener = try RawListener()
    async let events = collect(EventClient().source(listener.url))
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(
      Peer.chunkedHead + "retry: 0\r\n".utf8.reduce(into: "") { $0 += "1;a=b\r\n\(Character(Unicode.Scalar($1)))\r\n" })
    try await peer.write("9\r\ndata: 1\n\n\r\n0\r\nX-Trailer: y\r\n\r\n")
    try await listener.answer(Peer.noContent)
    #expect(try await events.map(\.data) == ["1"])
  }

  @Test("C15: a head over the limit is an error at the limit, and the peer is cut off", arguments: [true, false])
  func headLimit(oneLine: Bool) async throws {
    let listener = try RawListener()
    async let result = outcome(of: EventClient().source(listener.url))
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(Self.head)
    let field = oneLine ? String(repeating: "x", count: 1_000) : "X: \(String(repeating: "y", count: 995))\r\n"
    await #expect(throws: RawConnection.Failure.self) {
      // Without a limit this would go on for a gigabyte.
      for _ in 0..<1_000_000 { try await peer.write(field) }
    }
    guard case .failure(.limitExceeded(let limit, let bytes, _)) = await result else {
      Issue.record("no limit")
      return
    }
    #expect(limit == (oneLine ? .responseLine : .responseHead))
    #expect(bytes == (oneLine ? 16_384 : 65_536))
  }

  @Test("C16: an event in one packet with the head is delivered")
  func eventWithHead() async throws {
    let listener = try RawListener()
    async let events = collect(EventClient().events(listener.url), atMost: 2)
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(Peer.head + "id: 1\ndata: hello\n\nevent: tick\ndata: 2\n\n")
    let found = try await events
    #expect(found.map(\.data) == ["hello", "2"])
    #expect(found.map(\.type) == ["message", "tick"])
    #expect(found.map(\.lastEventID) == ["1", "1"])
  }

  @Test("C72: a line and an event over the limit are errors", arguments: [true, false])
  func eventLimit(isLine: Bool) async throws {
    let limits = EventClientLimits(events: isLine ? .init(line: 100) : .init(event: 100))
    let data = isLine ? "data: \(String(repeating: "x", count: 200))" : String(repeating: "data: xxxxx\n", count: 30)
    guard
      case .limitExceeded(let limit, bytes: 100, _) = try await error(answering: Peer.head + data, limits: limits)
    else {
      Issue.record("no limit")
      return
    }
    #expect(limit == (isLine ? .line : .event))
  }

  @Test("C85: a content coding that was not asked for is an error")
  func contentCoding() async throws {
    let error = try await error(answering: "\(Self.head)Content-Encoding: br\r\n\r\nxx")
    guard case .unsupportedContentCoding = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try await events(answering: "\(Self.head)Content-Encoding: identity\r\n\r\ndata: 1\n\n") == ["1"])
  }
}
