import SSETestSupport
import ServerSentEvents
import Testing

@Suite("Events of asynchronous sequences")
struct AsyncSequenceEventsTests {
  @Test("bytes: each case gives its events", arguments: try ParserCase.all())
  func bytes(_ row: ParserCase) async throws {
    try await expect(row.events, of: Pieces(row.bytes).serverSentEvents())
  }

  @Test("chunks: each case gives its events, whole, byte by byte and in its chunks", arguments: try ParserCase.all())
  func chunks(_ row: ParserCase) async throws {
    for pieces in [[row.bytes], row.bytes.singlePieces, row.chunks] {
      try await expect(row.events, of: Pieces(pieces).serverSentEvents())
    }
  }

  @Test("chunks may be slices, and sequences that are not contiguous")
  func otherChunks() async throws {
    let bytes = Array("data: a\n\ndata: b\n\n".utf8)
    let expected = try Findings(parsing: [bytes]).events
    try await expect(expected, of: Pieces([bytes[..<10], bytes[10...]]).serverSentEvents())
    try await expect(expected, of: Pieces([bytes.lazy.map { $0 }]).serverSentEvents())
    let chunks = AsyncStream<[UInt8]> { continuation in
      continuation.yield(bytes)
      continuation.finish()
    }
    try await expect(expected, of: chunks.serverSentEvents())
  }

  private func expect(
    _ expected: [ParserCase.Event], of events: some AsyncSequence<ServerSentEvent, any Error>
  ) async throws {
    var found: [ParserCase.Event] = []
    for try await event in events { found.append(ParserCase.Event(event)) }
    #expect(found == expected)
  }

  @Test("an event is given before the sequence is asked for more")
  func noLookahead() async throws {
    let log = Pieces<UInt8>.Log()
    let stream = Array("data: a\r\rdata: b\n\n".utf8)
    var events = Pieces(stream, log: log).serverSentEvents().makeAsyncIterator()
    #expect(try await events.next(isolation: #isolation)?.data == "a")
    #expect(log.count == 9)
    #expect(try await events.next(isolation: #isolation)?.data == "b")
    #expect(log.count == 18)
  }

  @Test("the last event ID of an earlier connection goes on")
  func lastEventID() async throws {
    let stream = Array("data: a\n\n".utf8)
    for try await event in Pieces(stream).serverSentEvents(lastEventID: "7") { #expect(event.lastEventID == "7") }
    for try await event in Pieces([stream]).serverSentEvents(lastEventID: "7") { #expect(event.lastEventID == "7") }
  }

  @Test("each iteration begins a stream of its own")
  func twice() async throws {
    let events = Pieces(Array("\u{FEFF}id: 1\ndata: a\n\ndata: b".utf8)).serverSentEvents()
    for _ in 0..<2 {
      var found: [String] = []
      for try await event in events { found.append(event.data) }
      #expect(found == ["a"])
    }
  }

  @Test("a limit is thrown once, also for a line without an end; then it is over")
  func limit() async throws {
    let stream = Array("data: a\n\n".utf8) + [UInt8](repeating: 0x61, count: 10_000)
    let limits = EventStreamLimits(line: 2_000)
    let log = Pieces<UInt8>.Log()
    var bytes = Pieces(stream, log: log).serverSentEvents(limits: limits).makeAsyncIterator()
    #expect(try await bytes.next(isolation: #isolation)?.data == "a")
    await #expect(throws: EventStreamError.lineTooLong(limit: 2_000)) { try await bytes.next(isolation: #isolation) }
    #expect(log.count < 3_100)
    #expect(try await bytes.next(isolation: #isolation) == nil)

    var chunks = Pieces(stream.singlePieces).serverSentEvents(limits: limits).makeAsyncIterator()
    #expect(try await chunks.next(isolation: #isolation)?.data == "a")
    await #expect(throws: EventStreamError.lineTooLong(limit: 2_000)) { try await chunks.next(isolation: #isolation) }
    #expect(try await chunks.next(isolation: #isolation) == nil)
  }

  @Test("an error of the sequence is thrown on, once, after the events before it")
  func failure() async throws {
    let stream = Array("data: a\n\ndata: b\n".utf8)
    var bytes = Pieces(stream, failsAtEnd: true).serverSentEvents().makeAsyncIterator()
    #expect(try await bytes.next(isolation: #isolation)?.data == "a")
    await #expect(throws: Pieces<UInt8>.Failure.self) { try await bytes.next(isolation: #isolation) }
    #expect(try await bytes.next(isolation: #isolation) == nil)

    var chunks = Pieces([stream], failsAtEnd: true).serverSentEvents().makeAsyncIterator()
    #expect(try await chunks.next(isolation: #isolation)?.data == "a")
    await #expect(throws: Pieces<[UInt8]>.Failure.self) { try await chunks.next(isolation: #isolation) }
    #expect(try await chunks.next(isolation: #isolation) == nil)
  }

  @Test("the sequence is not asked again after its end")
  func afterTheEnd() async throws {
    let log = Pieces<[UInt8]>.Log()
    var events = Pieces([[UInt8]](), log: log).serverSentEvents().makeAsyncIterator()
    for _ in 0..<3 { #expect(try await events.next(isolation: #isolation) == nil) }
    #expect(log.ends == 1)
  }

  @Test("an actor that iterates is where the sequence is asked")
  @MainActor
  func isolation() async throws {
    let stream = Array("data: a\n\n".utf8)
    for try await event in MainActorPieces(pieces: stream).serverSentEvents() { #expect(event.data == "a") }
    for try await event in MainActorPieces(pieces: [stream]).serverSentEvents() { #expect(event.data == "a") }
  }
}

/// A sequence that has its elements ready, counts how it is asked, and may fail at its end.
struct Pieces<Element: Sendable>: AsyncSequence, Sendable {
  struct Failure: Error {}

  /// What the iterators of a sequence were asked.
  final class Log: Sendable {
    private let counts = Counter()
    private let endings = Counter()
    var count: Int { counts.value }
    var ends: Int { endings.value }
    func given() { counts.increase() }
    func ended() { endings.increase() }
  }

  let pieces: [Element]
  let failsAtEnd: Bool
  let log: Log?

  init(_ pieces: [Element], failsAtEnd: Bool = false, log: Log? = nil) {
    self.pieces = pieces
    self.failsAtEnd = failsAtEnd
    self.log = log
  }

  func makeAsyncIterator() -> Iterator { Iterator(rest: pieces[...], failsAtEnd: failsAtEnd, log: log) }

  struct Iterator: AsyncIteratorProtocol {
    var rest: ArraySlice<Element>
    let failsAtEnd: Bool
    let log: Log?

    mutating func next(isolation: isolated (any Actor)?) async throws(Pieces.Failure) -> Element? {
      if let next = rest.popFirst() {
        log?.given()
        return next
      }
      log?.ended()
      if failsAtEnd { throw Failure() }
      return nil
    }
  }
}

/// A sequence that must be asked on the main actor, and is not `Sendable`.
private struct MainActorPieces<Element>: AsyncSequence {
  let pieces: [Element]
  func makeAsyncIterator() -> Iterator { Iterator(rest: pieces[...]) }

  struct Iterator: AsyncIteratorProtocol {
    var rest: ArraySlice<Element>
    mutating func next(isolation: isolated (any Actor)?) async -> Element? {
      MainActor.assertIsolated()
      #expect(isolation === MainActor.shared)
      return rest.popFirst()
    }
  }
}
