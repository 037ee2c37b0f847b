import SSETestSupport
import ServerSentEvents
import Testing

@Suite("The event parser's limits")
struct EventParserLimitsTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let stream: String
    /// After how many bytes the error is due; nil where all is within the limits.
    let errorAfter: Int?
    var error = EventStreamError.lineTooLong(limit: 10)
    var testDescription: String { stream.debugDescription }
  }

  /// Lines of 10 bytes, events of 6.
  static let limits = EventStreamLimits(line: 10, event: 6)
  static let tooLarge = EventStreamError.eventTooLarge(limit: 6)
  static let rows: [Row] = [
    Row(stream: ":123456789\n", errorAfter: nil),
    Row(stream: ":1234567890\n", errorAfter: 11),
    Row(stream: "unknown: 01\r", errorAfter: 11),
    Row(stream: "event: 123\rid: 123456\r\nretry: 123\n\n", errorAfter: nil),
    Row(stream: "data:12345\n\n", errorAfter: nil),
    Row(stream: "data:123456", errorAfter: 11),
    Row(stream: "data: x\n:12345678901234567890", errorAfter: 19),
    Row(stream: "data:123\ndata:12\n\n", errorAfter: nil),
    Row(stream: "data:123\ndata:123\n\n", errorAfter: 17, error: tooLarge),
    Row(stream: "data:123\ndata:123456789012345", errorAfter: 17, error: tooLarge),
    Row(stream: "data\ndata\ndata\ndata\ndata\ndata\ndata\n", errorAfter: nil),
    Row(stream: "data\ndata\ndata\ndata\ndata\ndata\ndata\ndata\n", errorAfter: 40, error: tooLarge),
    Row(stream: "data:123\n\ndata:12345\n\ndata:12345\n\n", errorAfter: nil),
    Row(stream: "data:123\nfoo:123\ndatax:1234\n\n", errorAfter: nil),
  ]

  @Test("C72: an error comes at the limit, not after it, however the bytes are cut", arguments: rows)
  func limits(_ row: Row) throws {
    let bytes = Array(row.stream.utf8)
    var parser = EventParser(limits: Self.limits)
    for (index, byte) in bytes.enumerated() {
      parser.append([byte])
      guard row.errorAfter == index + 1 else {
        while try parser.next() != nil {}
        continue
      }
      #expect(throws: row.error) { while try parser.next() != nil {} }
      break
    }
    var generator = SeededGenerator(seed: 7)
    for pieces in [[bytes]] + (0..<20).map({ _ in bytes.randomPieces(longest: 12, using: &generator) }) {
      let found = Result { try Findings(parsing: pieces, with: EventParser(limits: Self.limits)) }
      switch found {
      case .success: #expect(row.errorAfter == nil)
      case .failure(let error): #expect(error as? EventStreamError == row.error)
      }
    }
  }

  @Test("events before the limit are given")
  func eventsBeforeTheLimit() throws {
    var parser = EventParser(limits: Self.limits)
    parser.append(Array("data:1\n\n:12345678901234\n".utf8))
    #expect(try parser.next() == .event(ServerSentEvent(data: "1")))
    #expect(throws: EventStreamError.lineTooLong(limit: 10)) { try parser.next() }
  }

  @Test("the error stays, and what comes after it is dropped")
  func failureStays() throws {
    var parser = EventParser(limits: Self.limits)
    parser.append(Array(":12345678901234".utf8))
    for _ in 0..<3 {
      #expect(throws: EventStreamError.lineTooLong(limit: 10)) { try parser.next() }
      parser.append(Array("\n\ndata:1\n\n".utf8))
      #expect(parser.isAtBlockBoundary, "nothing is kept")
    }
    #expect(parser.finish(deliveringIncompleteEvent: true) == nil)
  }

  @Test("limits of Int.max are none")
  func withoutLimits() throws {
    let parser = EventParser(limits: EventStreamLimits(line: .max, event: .max))
    let found = try Findings(parsing: Array("data: a\ndata: b\n\n".utf8).singlePieces, with: parser)
    #expect(found.events.map(\.data) == ["a\nb"])
  }

  @Test("the defaults are 16 MiB, and one byte more is too much")
  func defaults() throws {
    #expect(EventStreamLimits() == EventStreamLimits(line: 16_777_216, event: 16_777_216))
    let line = [UInt8](repeating: UInt8(ascii: "x"), count: 16_777_216)
    var parser = EventParser()
    parser.append(line)
    #expect(try parser.next() == nil)
    parser.append([UInt8(ascii: "x")])
    #expect(throws: EventStreamError.lineTooLong(limit: 16_777_216)) { try parser.next() }
  }

  @Test("C75: an event of 10 MB in pieces of 1 KB, as one line and as many")
  func largeEvent() throws {
    let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1_024)
    for line in [Array("data:".utf8), Array("\ndata:".utf8)] {
      var parser = EventParser()
      parser.append(Array("data:".utf8))
      for _ in 0..<10_240 {
        parser.append(piece)
        if line.first == 0x0A { parser.append(line) }
        #expect(try parser.next() == nil)
      }
      parser.append(Array("\n\n".utf8))
      let event = try #require(try parser.next()?.event)
      #expect(event.data.utf8.count == 10_240 * (line.first == 0x0A ? 1_025 : 1_024))
    }
  }
}
