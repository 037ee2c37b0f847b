import SSEClient
import SSESockets
import SSETestSupport
import Testing

/// Errors, ends, and who may iterate.
@Suite(.timeLimit(.minutes(1))) struct EndingTests {
  private final class Token: Sendable {}

  /// A client that holds a token for as long as anything holds its settings.
  private static func client(holding token: Token) -> EventClient {
    var configuration = EventClientConfiguration()
    configuration.nameResolver = NameResolver { host, port in
      withExtendedLifetime(token) {}
      return try await NameResolver.system.addresses(of: host, port: port)
    }
    return EventClient(configuration: configuration)
  }

  @Test("C62: a stream or source that is never iterated connects nothing and leaks nothing")
  func neverIterated() async throws {
    let listener = try RawListener()
    weak var leaked: Token?
    do {
      let token = Token()
      leaked = token
      let client = Self.client(holding: token)
      let stream = client.events(listener.url)
      _ = stream.makeAsyncIterator()
      let source = client.source(listener.url)
      _ = source.makeAsyncIterator()
      _ = source.messages.makeAsyncIterator()
      #expect(leaked != nil)
      #expect(try await listener.accept(within: 50) == nil)
    }
    #expect(leaked == nil)
  }

  @Test("C61, C62: a task that is cancelled already gets nil and connects nothing")
  func cancelledBefore() async throws {
    let listener = try RawListener()
    let count = try await withThrowingTaskGroup(of: Int.self) { group in
      group.cancelAll()
      group.addTask { try await collect(EventClient().source(listener.url)).count }
      group.addTask { try await collect(EventClient().events(listener.url)).count }
      return try await group.reduce(0, +)
    }
    #expect(count == 0)
    #expect(try await listener.accept(within: 50) == nil)
  }

  @Test("C63: what has been read to its end or dropped leaks nothing")
  func noLeak() async throws {
    let listener = try RawListener()
    weak var leaked: Token?
    do {
      let token = Token()
      leaked = token
      let client = Self.client(holding: token)
      async let all = collect(client.events(listener.url))
      try await listener.answer(Peer.noContent)
      #expect(try await all.isEmpty)
      async let first = collect(client.source(listener.url), atMost: 1)
      try await listener.answer(Peer.head + "data: a\n\ndata: b\n\n")
      #expect(try await first.count == 1)
    }
    #expect(leaked == nil)
  }

  @Test("C67: an error is thrown once, afterwards next() gives nil and nothing connects")
  func errorOnce() async throws {
    try await expectOneError { EventClient().events($0).makeAsyncIterator() }
    try await expectOneError { EventClient().source($0).makeAsyncIterator() }
    try await expectOneError { EventClient().source($0).messages.makeAsyncIterator() }
  }

  private func expectOneError(_ make: (_ url: String) -> some AsyncIteratorProtocol) async throws {
    let listener = try RawListener()
    var iterator = make(listener.url)
    async let answered = listener.answer("HTTP/1.1 404 Not Found\r\n\r\n")
    do {
      _ = try await iterator.next()
      Issue.record("no error")
    } catch {
      #expect(error is EventClientError)
    }
    _ = try await answered
    for _ in 0..<2 {
      let next = try await iterator.next()
      #expect(next == nil)
    }
    #expect(try await listener.accept(within: 50) == nil)
  }

  @Test(
    "C4, C5: a connection that is over is closed, though its iterator is held and the peer keeps it open",
    arguments: [
      Peer.noContent, "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "nonsense\n",
    ])
  func closedWithIteratorHeld(answer: String) async throws {
    let listener = try RawListener()
    async let answered = {
      let (peer, _) = try await listener.acceptRequest()
      try await peer.write(answer)
      return peer
    }()
    var iterator = EventClient().source(listener.url).makeAsyncIterator()
    do throws(EventClientError) {
      #expect(try await iterator.next() == nil)
    } catch {
      #expect(answer != Peer.noContent, "\(error)")
    }
    _ = try await answered.ending()
    #expect(try await iterator.next() == nil)
  }

  @Test("C65: a cancelled task's connection is closed when it has got nil, though its iterator is held")
  func closedWhenCancelled() async throws {
    let listener = try RawListener()
    let accepted = Recorder<RawConnection>()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        var iterator = EventClient().source(listener.url).makeAsyncIterator()
        while try await iterator.next() != nil {}
        _ = try await #require(accepted.values.first).ending()
        #expect(try await iterator.next() == nil)
      }
      let (peer, _) = try await listener.acceptRequest()
      try await peer.write(Peer.head + "data: a\n\n")
      accepted.note(peer)
      group.cancelAll()
      try await group.waitForAll()
    }
  }

  @Test("C67: after the end next() gives nil, and nothing connects")
  func endOnce() async throws {
    let listener = try RawListener()
    var iterator = EventClient().source(listener.url).makeAsyncIterator()
    async let answered = listener.answer(Peer.noContent)
    for _ in 0..<3 { #expect(try await iterator.next() == nil) }
    _ = try await answered
    #expect(try await listener.accept(within: 50) == nil)
  }

  @Test("C68: the second task that iterates one source is refused, the first goes on")
  func twoTasksOnSource() async throws {
    let listener = try RawListener()
    let source = EventClient().source(listener.url)
    async let first = collect(source, atMost: 1)
    let (peer, _) = try await listener.acceptRequest()
    for _ in 0..<2 {
      guard case .failure(.alreadyIterating(let url)) = await outcome(of: source) else {
        Issue.record("not refused")
        return
      }
      #expect(url == listener.url)
    }
    await #expect(throws: EventClientError.self) { _ = try await collect(messagesOf: source) }
    try await peer.write(Peer.head + "data: a\n\n")
    #expect(try await first.map(\.data) == ["a"])
    #expect(try await listener.accept(within: 50) == nil)
  }

  /// Has one iterator, of which each task on it takes a copy.
  private actor Sharer {
    private let iterator: EventSource.Iterator
    init(_ source: EventSource) { iterator = source.makeAsyncIterator() }

    func next() async throws -> String? {
      var copy = iterator
      return try await copy.next()?.data
    }
  }

  @Test("C68: of two tasks with copies of one iterator the second is refused, the first goes on")
  func twoTasksOnIterator() async throws {
    let listener = try RawListener()
    let sharer = Sharer(EventClient().source(listener.url))
    async let first = sharer.next()
    let (peer, _) = try await listener.acceptRequest()
    do {
      _ = try await sharer.next()
      Issue.record("not refused")
    } catch let error as EventClientError {
      #expect(error.kind == "alreadyIterating")
    }
    try await peer.write(Peer.head + "data: a\n\n")
    #expect(try await first == "a")
    #expect(try await listener.accept(within: 50) == nil)
  }

  @Test("C61, C68: a cancelled task gets nil, also while another iterates", arguments: [true, false])
  func cancelledSecond(readsEvents: Bool) async throws {
    let listener = try RawListener()
    let source = EventClient().source(listener.url)
    async let first = collect(source, atMost: 1)
    let (peer, _) = try await listener.acceptRequest()
    let count = try await withThrowingTaskGroup(of: Int.self) { group in
      group.cancelAll()
      group.addTask { try await readsEvents ? collect(source).count : collect(messagesOf: source).count }
      return try await group.reduce(0, +)
    }
    #expect(count == 0)
    try await peer.write(Peer.head + "data: a\n\n")
    #expect(try await first.map(\.data) == ["a"])
  }

  @Test("C68: the second task that iterates one stream is refused, the first goes on")
  func twoTasksOnStream() async throws {
    let listener = try RawListener()
    let stream = EventClient().events(listener.url)
    async let first = collect(stream, atMost: 1)
    let (peer, _) = try await listener.acceptRequest()
    do {
      _ = try await collect(stream)
      Issue.record("not refused")
    } catch let error as EventClientError {
      guard case .alreadyIterating = error else {
        Issue.record("\(error)")
        return
      }
    }
    try await peer.write(Peer.head + "data: a\n\n")
    #expect(try await first.map(\.data) == ["a"])
  }

  @Test("C68: a second task that is cancelled ends a stream for the first, as the documentation of events says")
  func cancelledSecondOnStream() async throws {
    let listener = try RawListener()
    let stream = EventClient().events(listener.url)
    async let first = collect(stream)
    let (peer, _) = try await listener.acceptRequest()
    let count = try await withThrowingTaskGroup(of: Int.self) { group in
      group.cancelAll()
      group.addTask { try await collect(stream).count }
      return try await group.reduce(0, +)
    }
    #expect(count == 0)
    try await peer.write(Peer.head + "data: a\n\ndata: b\n\n")
    #expect(try await first.map(\.data) == ["a"])
    _ = try await peer.ending()
  }

  @Test("C47, C68: a later iterator goes on from the last event that was dealt with, and keeps the retry")
  func laterIterator() async throws {
    let listener = try RawListener()
    let source = EventClient().source(listener.url)
    let events = (4...9).map { "id: \($0)\ndata: \($0)\n\n" }.joined()
    async let answered: Void = { _ = try await listener.answer(Peer.head + "retry: 1\n\n" + events) }()
    for try await event in source where event.lastEventID == "5" {
      #expect(source.lastEventID == "4")
      break
    }
    try await answered
    #expect(source.lastEventID == "4")

    async let messages = collect(messagesOf: source, atMost: 4)
    let head = try await listener.answer(Peer.head + "id: 5\ndata: 5\n\nid: 6\ndata: 6\n\n")
    #expect(lines(head).contains("Last-Event-ID: 4"))
    guard case .interrupted(.ended, .milliseconds(1)) = try await messages.last else {
      Issue.record("no reconnect")
      return
    }
    #expect(source.lastEventID == "6")
  }
}
