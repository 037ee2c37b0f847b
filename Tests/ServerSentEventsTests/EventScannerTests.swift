import SSETestSupport
import ServerSentEvents
import Testing

@Suite("The event scanner")
struct EventScannerTests {
  private static func scan(_ pieces: [[UInt8]], limits: EventStreamLimits = .init()) throws -> [String] {
    var scanner = EventScanner(limits: limits)
    var found: [String] = []
    for piece in pieces {
      try piece.withUnsafeBytes { bytes in
        try scanner.scan(bytes) { found.append(String(decoding: $0, as: UTF8.self)) }
      }
    }
    return found
  }

  private static func parse(_ bytes: [UInt8]) throws -> [String] {
    var parser = EventParser()
    parser.append(bytes)
    var found: [String] = []
    while let element = try parser.next() { if let event = element.event { found.append(event.data) } }
    return found
  }

  @Test("finds the events of the standard, whole, byte by byte and cut anywhere", arguments: try ParserCase.all())
  func cases(_ row: ParserCase) throws {
    let expected = row.events.map { Array($0.data.utf8) }
    for seed in UInt64(0)..<20 {
      var generator = SeededGenerator(seed: seed)
      let random = row.bytes.randomPieces(longest: 1 + row.bytes.count / 3, using: &generator)
      for pieces in [[row.bytes], row.bytes.singlePieces, row.chunks, random] {
        let found = try Self.scan(pieces)
        #expect(found.map { Array($0.utf8) } == expected)
      }
    }
  }

  @Test("finds in random streams what the parser finds, and never traps", arguments: UInt64(0)..<300)
  func random(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let words = [
      "data: a", "data:b", "data", "data:", "id: 1", "event: x", ":", " ", "\n", "\n\n", "\r", "\r\n", "dat",
      "datax: 1",
      "\u{FEFF}", "retry: 1", "é",
    ]
    let bytes = (0..<40).flatMap { _ in
      Int.random(in: 0..<8, using: &generator) > 0
        ? Array((words.randomElement(using: &generator) ?? "").utf8) : [UInt8.random(in: 0...255, using: &generator)]
    }
    let expected = try Self.parse(bytes)
    for pieces in [[bytes], bytes.singlePieces, bytes.randomPieces(longest: 9, using: &generator)] {
      let found = try Self.scan(pieces)
      #expect(found == expected)
    }
  }

  @Test(
    "knows whether the end would lose anything",
    arguments: [
      ("", true), (": x\n", true), ("foo: 1\n", true), ("data: x\n\n", true), ("data: x\r\n\r", true),
      ("data: x\r\n\r\n", true), ("data: x\n", false), ("da", false), (": x", false), ("id: 1\n", false),
      ("event: a\n", false), ("data: x\n\nid", false), ("data: x\n\ndata\n", false),
    ])
  func blockBoundary(_ stream: String, _ expected: Bool) throws {
    for pieces in [[Array(stream.utf8)], Array(stream.utf8).singlePieces] {
      var scanner = EventScanner()
      for piece in pieces { try piece.withUnsafeBytes { try scanner.scan($0) { _ in } } }
      #expect(scanner.isAtBlockBoundary == expected)
    }
  }

  @Test("a line and an event may be so long, and no longer, whole or in pieces")
  func limits() throws {
    let limits = EventStreamLimits(line: 10, event: 8)
    for fitting in ["data:12345\n\n", "data:123\ndata:456\n\n"] {
      let bytes = Array(fitting.utf8)
      for pieces in [[bytes], bytes.singlePieces] {
        let found = try Self.scan(pieces, limits: limits)
        #expect(found.count == 1)
      }
    }
    for (long, error) in [
      ("data:123456\n\n", EventStreamError.lineTooLong(limit: 10)), (": 123456789", .lineTooLong(limit: 10)),
      ("data:1234\ndata:12345\n\n", .eventTooLarge(limit: 8)),
    ] {
      let bytes = Array(long.utf8)
      for pieces in [[bytes], bytes.singlePieces] {
        #expect(throws: error) { try Self.scan(pieces, limits: limits) }
      }
    }
  }
}
