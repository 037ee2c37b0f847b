import SSEClient
import SSETestSupport
import Testing

/// Who may read values, and how a reader leaves.
@Suite(.timeLimit(.minutes(1))) struct DecodingReaderTests {
  @Test("C61: a cancelled reader gets nil and no early end, and the connection is closed", arguments: Door.allCases)
  func cancelled(door: Door) async throws {
    let listener = try RawListener()
    let request = EventRequest(listener.url, method: .post)
    try await withThrowingTaskGroup(of: [Chunk].self) { group in
      group.addTask { try await door.values(of: request, as: Chunk.self, until: "[DONE]") }
      let (peer, _) = try await listener.acceptRequest()
      try await peer.write(Peer.head + "data: {\"text\":\"a\"}\n\n")
      group.cancelAll()
      #expect(try await group.reduce(0) { $0 + $1.count } <= 1)
      _ = try await peer.ending()
    }
  }

  @Test("C60: a break closes the connection: of a stream written in place, and of a sequence that is held")
  func leaving() async throws {
    let listener = try RawListener()
    @Sendable func answer() async throws -> RawConnection {
      let (peer, _) = try await listener.acceptRequest()
      try await peer.write(Peer.head + "data: {\"text\":\"a\"}\n\n")
      return peer
    }
    let values = EventClient().source(listener.url).decoded(as: Chunk.self)
    async let first = answer()
    for try await _ in values { break }
    _ = try await first.ending()
    withExtendedLifetime(values) {}
    async let second = answer()
    for try await _ in EventClient().events(listener.url, as: Chunk.self) { break }
    _ = try await second.ending()
  }

  @Test("C62: a stream of values that is never iterated connects nothing")
  func neverIterated() async throws {
    let listener = try RawListener()
    let stream = EventClient().events(listener.url, as: Chunk.self)
    _ = stream.makeAsyncIterator()
    let values = EventClient().source(listener.url).decoded(as: Chunk.self)
    _ = values.makeAsyncIterator()
    #expect(try await listener.accept(within: 50) == nil)
  }

  @Test("C68: the second task that iterates one stream of values is refused, the first goes on")
  func twoTasks() async throws {
    let listener = try RawListener()
    let stream = EventClient().events(listener.url, as: Chunk.self, until: "[DONE]")
    async let first = collect(values: stream)
    let (peer, _) = try await listener.acceptRequest()
    #expect(try await clientError { try await collect(values: stream) }.kind == "alreadyIterating")
    try await peer.write(Peer.head + "data: {\"text\":\"a\"}\n\ndata: [DONE]\n\n")
    #expect(try await first == [Chunk(text: "a")])
  }

  /// Has one iterator, of which each task on it takes a copy.
  private actor Sharer {
    private let iterator: DecodedEvents<Chunk, EventClientError>.Iterator
    init(_ source: EventSource) {
      iterator = source.decoded(as: Chunk.self, until: "[DONE]").makeAsyncIterator()
    }

    /// - Parameter asked: Told before it waits.
    func next(_ asked: Recorder<Bool>? = nil) async throws(EventClientError) -> Chunk? {
      var copy = iterator
      asked?.note(true)
      return try await copy.next()
    }
  }

  @Test("C61, C68, C82: what a second task with a copy of the iterator gets, the early end is still told to the first")
  func twoTasksOnIterator() async throws {
    let listener = try RawListener()
    let sharer = Sharer(EventClient().source(EventRequest(listener.url, method: .post)))
    async let first = sharer.next()
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(Peer.head + "data: {\"text\":\"a\"}\n\n")
    #expect(try await first == Chunk(text: "a"))
    let asked = Recorder<Bool>()
    async let second = clientError { try await sharer.next(asked) }
    try await asked.wait(for: true)
    // The actor is free again when that one waits.
    #expect(try await clientError { try await sharer.next() }.kind == "alreadyIterating")
    let third = try await withThrowingTaskGroup(of: Chunk?.self) { group in
      group.cancelAll()
      group.addTask { try await sharer.next() }
      return try await group.next()
    }
    #expect(third == .some(nil))
    peer.close()
    #expect(try await second.kind == "endedEarly")
  }

  @Test("C68: a second iterator of a source is refused, and a later one goes on from the last event ID")
  func secondIterator() async throws {
    let listener = try RawListener()
    let source = EventClient().source(listener.url)
    async let first = collect(values: source.decoded(as: Chunk.self), atMost: 2)
    let (peer, _) = try await listener.acceptRequest()
    #expect(try await clientError { try await collect(source) }.kind == "alreadyIterating")
    try await peer.write(Peer.head + "id: 1\ndata: {\"text\":\"a\"}\n\nid: 2\ndata: {\"text\":\"b\"}\n\n")
    #expect(try await first.map(\.text) == ["a", "b"])
    async let second = collect(values: source.decoded(as: Chunk.self))
    let head = try await listener.answer(Peer.noContent)
    #expect(try await second.isEmpty)
    #expect(lines(head).contains("Last-Event-ID: 1"))
  }
}
