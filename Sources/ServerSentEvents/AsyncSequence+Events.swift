extension AsyncSequence where Element: Sequence<UInt8> {
  /// The events in a body that comes in chunks (HTML Standard, 9.2.6), cut anywhere:
  ///
  ///     // An OpenAPI runtime's `HTTPBody`, whose chunks are slices of bytes
  ///     for try await event in body.serverSentEvents() { … }
  ///     // AsyncHTTPClient, whose chunks are `ByteBuffer`s
  ///     for try await event in response.body.map({ $0.readableBytesView }).serverSentEvents() { … }
  ///
  /// Each event is given as soon as its empty line has come. Iterating throws what this sequence throws, and
  /// `EventStreamError.lineTooLong` or `.eventTooLarge` at a limit; after an error, and after the end, it gives nil. An
  /// unfinished block at the end is dropped. Cancellation is this sequence's affair.
  ///
  /// - Parameters:
  ///   - limits: The longest line and the largest event.
  ///   - lastEventID: What an earlier connection to the same source ended with; events that set no ID carry it on.
  public func serverSentEvents(
    limits: EventStreamLimits = .init(), lastEventID: String = ""
  ) -> AsyncChunkEventSequence<Self> {
    let parser = EventParser(limits: limits, lastEventID: lastEventID, deliversComments: false)
    return AsyncChunkEventSequence(base: self, parser: parser)
  }
}

extension AsyncSequence where Element == UInt8 {
  /// The events in a body that comes byte by byte (HTML Standard, 9.2.6):
  ///
  ///     let (bytes, response) = try await URLSession.shared.bytes(from: url)
  ///     for try await event in bytes.serverSentEvents() { … }
  ///
  /// Each event is given as soon as its empty line has come. Iterating throws what this sequence throws, and
  /// `EventStreamError.lineTooLong` or `.eventTooLarge` at a limit; after an error, and after the end, it gives nil. An
  /// unfinished block at the end is dropped. Cancellation is this sequence's affair.
  ///
  /// - Parameters:
  ///   - limits: The longest line and the largest event.
  ///   - lastEventID: What an earlier connection to the same source ended with; events that set no ID carry it on.
  public func serverSentEvents(
    limits: EventStreamLimits = .init(), lastEventID: String = ""
  ) -> AsyncByteEventSequence<Self> {
    let parser = EventParser(limits: limits, lastEventID: lastEventID, deliversComments: false)
    return AsyncByteEventSequence(base: self, parser: parser)
  }
}

/// The events in an asynchronous sequence of chunks of bytes; see `serverSentEvents(limits:lastEventID:)`.
public struct AsyncChunkEventSequence<Base: AsyncSequence>: AsyncSequence where Base.Element: Sequence<UInt8> {
  let base: Base
  let parser: EventParser

  /// Begins at the start of a stream.
  public func makeAsyncIterator() -> Iterator { Iterator(base: base.makeAsyncIterator(), parser: parser) }

  /// Reads one stream, in the task that asks for its events.
  public struct Iterator: AsyncIteratorProtocol {
    var base: Base.AsyncIterator
    var parser: EventParser
    var hasEnded = false

    /// The next event; nil at the end of the stream and after an error.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws -> ServerSentEvent? {
      guard !hasEnded else { return nil }
      do {
        while true {
          if let event = try parser.nextEvent() { return event }
          guard let chunk = try await base.next(isolation: actor) else { break }
          parser.append(chunk)
        }
      } catch {
        hasEnded = true
        throw error
      }
      hasEnded = true
      return nil
    }
  }
}

extension AsyncChunkEventSequence: Sendable where Base: Sendable {}

/// The events in an asynchronous sequence of bytes; see `serverSentEvents(limits:lastEventID:)`.
public struct AsyncByteEventSequence<Base: AsyncSequence>: AsyncSequence where Base.Element == UInt8 {
  let base: Base
  let parser: EventParser

  /// Begins at the start of a stream.
  public func makeAsyncIterator() -> Iterator { Iterator(base: base.makeAsyncIterator(), parser: parser) }

  /// Reads one stream, in the task that asks for its events.
  public struct Iterator: AsyncIteratorProtocol {
    @usableFromInline var base: Base.AsyncIterator
    @usableFromInline var parser: EventParser
    @usableFromInline var hasEnded = false

    init(base: Base.AsyncIterator, parser: EventParser) {
      self.base = base
      self.parser = parser
    }

    /// The next event; nil at the end of the stream and after an error.
    @inlinable
    public mutating func next(isolation actor: isolated (any Actor)?) async throws -> ServerSentEvent? {
      guard !hasEnded else { return nil }
      do {
        // Inlined into its caller, this loop takes each byte where `base` has it ready: no call, no suspension.
        var line: [UInt8] = []
        while let byte = try await base.next(isolation: actor) {
          line.append(byte)
          guard EventParser.isWorthParsing(line) else { continue }
          // Copied: an array that the parser shared would be no line's to use again.
          line.withUnsafeBytes { parser.append($0) }
          line.removeAll(keepingCapacity: true)
          if let event = try parser.nextEvent() { return event }
        }
      } catch {
        hasEnded = true
        throw error
      }
      hasEnded = true
      return nil
    }
  }
}

extension AsyncByteEventSequence: Sendable where Base: Sendable {}

extension EventParser {
  /// The next event; retry times and IDs of blocks without data are passed over.
  @usableFromInline
  mutating func nextEvent() throws(EventStreamError) -> ServerSentEvent? {
    while let element = try next() {
      if case .event(let event) = element { return event }
    }
    return nil
  }

  /// Whether a piece of a line is to be parsed: it ends the line, and may end an event, or is long enough for the
  /// limits to be looked at.
  @inlinable
  static func isWorthParsing(_ piece: [UInt8]) -> Bool {
    piece.last == 0x0A || piece.last == 0x0D || piece.count >= 1_024
  }
}
