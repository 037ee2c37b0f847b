import SSEClient
import SSESockets
import SSETestSupport
import Synchronization
import Testing

/// Reconnecting over raw connections. Each answer sets a short `retry`.
@Suite(.timeLimit(.minutes(1))) struct ReconnectingTests {
  /// The heads of the requests that follow answers; the last is 204.
  private func requests(to answers: [String]) async throws -> (heads: [String], data: [String]) {
    let listener = try RawListener()
    async let events = collect(EventClient().events(listener.url))
    var heads: [String] = []
    for answer in answers + [Peer.noContent] { heads.append(try await listener.answer(answer)) }
    return (heads, try await events.map(\.data))
  }

  private func lastEventID(_ head: String) -> String? {
    lines(head).first { $0.hasPrefix("Last-Event-ID: ") }.map { String($0.dropFirst(15)) }
  }

  @Test("C10, C30: after a close the client asks again, with the last event ID and the same headers")
  func resumes() async throws {
    let (heads, data) = try await requests(to: [
      "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 1\nid: 1\ndata: a\n\ndata: b\n\n",
      Peer.head + "data: c\n\n", Peer.head + "id: 2\ndata: d\n\n",
    ])
    #expect(data == ["a", "b", "c", "d"])
    #expect(heads.map(lastEventID) == [nil, "1", "1", "2"])
    #expect(heads[1].replacing("Last-Event-ID: 1\r\n", with: "") == heads[0])
  }

  @Test("C11: a body shorter than its length is delivered as far as it came, then asked for again")
  func shortBody() async throws {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 1000\r\n\r\n"
    let (heads, data) = try await requests(to: [head + "retry: 1\nid: 1\ndata: a\n\nid: 2\nda"])
    #expect(data == ["a"])
    #expect(heads.map(lastEventID) == [nil, "1"])
  }

  @Test("C31: a retry counts also in a block without data, and one in a half block does too")
  func retry() async throws {
    let listener = try RawListener()
    async let messages = collect(messagesOf: EventClient().source(listener.url))
    let answers = [
      "retry: 1\n\ndata: a\n\n", "retry: 2\ndata: b\n\n", "data: c\n\nretry: 3\n", "data: d\n\nretry: x\n\n",
    ]
    for answer in answers { try await listener.answer(Peer.head + answer) }
    try await listener.answer(Peer.noContent)
    let delays = try await messages.compactMap { if case .interrupted(_, let delay) = $0 { delay } else { nil } }
    #expect(delays == [1, 2, 3, 3].map { .milliseconds($0) })
  }

  @Test("C31b: a retry of 30 digits is no trap, and the event of its block arrives")
  func longestRetry() async throws {
    let listener = try RawListener()
    async let messages = collect(messagesOf: EventClient().source(listener.url), atMost: 3)
    try await listener.answer(Peer.head + "retry: \(String(repeating: "9", count: 30))\ndata: a\n\n")
    let found = try await messages
    guard case .event(let event) = found[1], case .interrupted(.ended, let delay) = found[2] else {
      Issue.record("\(found)")
      return
    }
    #expect(event.data == "a")
    #expect(event.retry == .seconds(86_400))
    #expect(delay == .seconds(86_400))
  }

  @Test("C32: after an empty id no Last-Event-ID is sent")
  func emptyID() async throws {
    let (heads, data) = try await requests(to: [
      Peer.head + "retry: 1\nid: 1\ndata: a\n\n", Peer.head + "id:\ndata: b\n\n",
    ])
    #expect(data == ["a", "b"])
    #expect(heads.map(lastEventID) == [nil, "1", nil])
  }

  @Test("C33: an id beyond ASCII comes back as the same bytes", arguments: ["…", "ä é", "日本", "🙂", "a:b; c"])
  func unicodeID(id: String) async throws {
    let (heads, _) = try await requests(to: [Peer.head + "retry: 1\nid: \(id)\ndata: a\n\n"])
    #expect(lastEventID(heads[1]).map { Array($0.utf8) } == Array(id.utf8))
  }

  @Test("C42: the last ID that the caller gives is sent with the first request")
  func givenID() async throws {
    let listener = try RawListener()
    let source = EventClient().source(EventRequest(listener.url, lastEventID: "41"))
    #expect(source.lastEventID == "41")
    async let events = collect(source)
    var heads = [try await listener.answer(Peer.head + "retry: 1\ndata: a\n\nid: 42\ndata: b\n\n")]
    heads.append(try await listener.answer(Peer.noContent))
    #expect(heads.map(lastEventID) == ["41", "42"])
    #expect(try await events.map(\.lastEventID) == ["41", "42"])
  }

  @Test("C34: a half event at the end is dropped, not joined with the next connection, and its id is not taken")
  func halfEvent() async throws {
    let (heads, data) = try await requests(to: [
      Peer.head + "retry: 1\nid: 1\ndata: a\n\nid: 2\ndata: hal", Peer.head + "f\n\ndata: b\n\n",
    ])
    #expect(data == ["a", "b"])
    #expect(heads.map(lastEventID) == [nil, "1", "1"])
  }

  @Test("C35: a byte order mark at the start of each connection is dropped")
  func byteOrderMarks() async throws {
    let (_, data) = try await requests(to: [
      Peer.head + "\u{FEFF}retry: 1\ndata: a\n\n", Peer.head + "\u{FEFF}data: b\n\n\u{FEFF}data: lost\n\n",
    ])
    #expect(data == ["a", "b"])
  }

  @Test("C39: a reset in the middle is as an end of stream")
  func reset() async throws {
    let listener = try RawListener()
    let (received, continuation) = AsyncStream.makeStream(of: Void.self)
    async let data = {
      var found: [String] = []
      for try await event in EventClient().source(listener.url) {
        found.append(event.data)
        continuation.yield()
      }
      return found
    }()
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(Peer.head + "retry: 1\nid: 1\ndata: a\n\ndata: lo")
    // A reset may overtake what was sent before it.
    for await _ in received { break }
    peer.reset()
    #expect(lastEventID(try await listener.answer(Peer.noContent)) == "1")
    #expect(try await data == ["a"])
  }

  @Test("C22: a refused port after an accepted answer is a failure like others")
  func refusedLater() async throws {
    let listener = try RawListener()
    let isGone = Atomic(false)
    var configuration = EventClientConfiguration()
    configuration.nameResolver = NameResolver { _, _ in
      let port = isGone.exchange(true, ordering: .relaxed) ? 1 : listener.port
      return [try SocketAddress(numericHost: "127.0.0.1", port: port)]
    }
    async let messages = collect(messagesOf: EventClient(configuration: configuration).source("http://h/"), atMost: 4)
    try await listener.answer(Peer.head + "retry: 1\ndata: a\n\n")
    let found = try await messages
    guard case .interrupted(.ended, .milliseconds(1)) = found[2],
      case .interrupted(.connectionRefused(address: "127.0.0.1:1", _), let delay) = found[3]
    else {
      Issue.record("\(found)")
      return
    }
    #expect(delay >= .milliseconds(1))
  }

  @Test("C22, C68: a later iterator of a source knows that its server was there")
  func refusedLaterIterator() async throws {
    let listener = try RawListener()
    let isGone = Atomic(false)
    var configuration = EventClientConfiguration()
    configuration.nameResolver = NameResolver { _, _ in
      let port = isGone.exchange(true, ordering: .relaxed) ? 1 : listener.port
      return [try SocketAddress(numericHost: "127.0.0.1", port: port)]
    }
    let source = EventClient(configuration: configuration).source("http://h/")
    async let events = collect(source, atMost: 1)
    try await listener.answer(Peer.head + "data: a\n\n")
    #expect(try await events.count == 1)
    let message = try await collect(messagesOf: source, atMost: 1).first
    guard case .interrupted(.connectionRefused, _) = message else {
      Issue.record("\(String(describing: message))")
      return
    }
  }

  @Test("Messages come in the order of the stream: opened, comments, events, interruptions")
  func messages() async throws {
    let listener = try RawListener()
    async let messages = collect(messagesOf: EventClient().source(listener.url))
    try await listener.answer(Peer.head + ":hello\nretry: 1\n\ndata: a\n\n:\ndata: b\n\n")
    try await listener.answer(Peer.chunkedHead + Peer.chunk("data: c\n\n"))
    try await listener.answer(Peer.noContent)
    let names = try await messages.map { message in
      switch message {
      case .opened(let head): "opened \(head.status.code)"
      case .event(let event): event.data
      case .comment(let text): ":\(text)"
      case .gap(let gap): "gap \(gap.reason)"
      case .interrupted(.ended, let delay): "ended \(delay)"
      case .interrupted(.cut, let delay): "cut \(delay)"
      case .interrupted(let error, _): "\(error)"
      }
    }
    let delay = Duration.milliseconds(1)
    #expect(names == ["opened 200", ":hello", "a", ":", "b", "ended \(delay)", "opened 200", "c", "cut \(delay)"])
  }

  @Test("A request that is never to reconnect ends with its stream, and nothing connects again")
  func never() async throws {
    let listener = try RawListener()
    async let events = collect(EventClient().source(EventRequest(listener.url, reconnect: .never)))
    try await listener.answer(Peer.head + "retry: 1\ndata: a\n\n")
    #expect(try await events.map(\.data) == ["a"])
    #expect(try await listener.accept(within: 50) == nil)
  }
}
