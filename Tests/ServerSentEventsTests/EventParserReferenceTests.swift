import SSETestSupport
import ServerSentEvents
import Testing

@Suite("The event parser, compared with a simple one")
struct EventParserReferenceTests {
  @Test("finds the same in any stream, however it is cut", arguments: UInt64(0)..<400)
  func randomStreams(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let stream = randomStream(using: &generator)
    let expected = ReferenceParser(stream).elements
    let longest = [1, 3, 40, 1_000].randomElement(using: &generator) ?? 1
    for pieces in [[stream], stream.randomPieces(longest: longest, using: &generator), stream.piecesEndingWithLines] {
      var found: [ReferenceParser.Element] = []
      var foundInCopies: [ReferenceParser.Element] = []
      var parser = EventParser()
      var copying = EventParser()
      for piece in pieces {
        try add(piece, to: &parser, finding: &found)
        piece.withUnsafeBytes { copying.append($0) }
        while let element = try copying.next() { foundInCopies.append(.init(element)) }
      }
      #expect(found == expected)
      #expect(foundInCopies == expected)
    }
  }

  @Test("a copy of it goes on as the original does", arguments: UInt64(0)..<50)
  func copies(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let stream = randomStream(using: &generator)
    let expected = ReferenceParser(stream).elements
    var found: [ReferenceParser.Element] = []
    var parser = EventParser()
    let pieces = stream.randomPieces(longest: 60, using: &generator)
    for (index, piece) in pieces.enumerated() {
      var copy = parser
      var foundByCopy = found
      for later in pieces[index...] { try add(later, to: &copy, finding: &foundByCopy) }
      #expect(foundByCopy == expected)
      try add(piece, to: &parser, finding: &found)
    }
    #expect(found == expected)
  }

  @Test(
    "text that is not UTF-8 is repaired as the standard library does it, wherever in a block of 32 bytes it stands",
    arguments: [
      [0x80], [0xC3], [0xC3, 0xA9], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xE0, 0xA0], [0xE2, 0x82, 0xAC],
      [0xED, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xEF, 0xBF, 0xBD], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x9F, 0x99],
      [0xF0, 0x9F, 0x99, 0x82], [0xF4, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF],
      [0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x99, 0x82], [0xC3, 0xA9, 0xE2, 0x82],
    ] as [[UInt8]])
  func repairing(_ sequence: [UInt8]) throws {
    for count in [0, 7, 15, 16, 31, 32, 33, 63, 64, 65, 100] {
      for place in 0...count {
        var text = [UInt8](repeating: UInt8(ascii: "x"), count: count)
        text.insert(contentsOf: sequence, at: place)
        var parser = EventParser()
        parser.append(Array("data:".utf8) + text + Array("\n\n".utf8))
        let event = try #require(try parser.next()?.event)
        #expect(event.data.utf8.elementsEqual(String(decoding: text, as: UTF8.self).utf8))
      }
    }
  }

  private func add(
    _ piece: [UInt8], to parser: inout EventParser, finding found: inout [ReferenceParser.Element]
  ) throws {
    parser.append(piece)
    while let element = try parser.next() { found.append(.init(element)) }
  }

  /// Mostly what means something to a parser, now and then at the wrong place.
  private func randomStream(using generator: inout SeededGenerator) -> [UInt8] {
    let fields = [
      "data", "data:", "data: ", "event: ", "id", "id: ", "retry: ", ":", "datum: ",
      "event: content_block_delta\ndata: ", "event: message\ndata: ", "event: a\rid: 7\rdata: ",
    ].map { Array($0.utf8) }
    let ends: [[UInt8]] = [[0x0A], [0x0D], [0x0D, 0x0A], [0x0A, 0x0A], [0x0D, 0x0A, 0x0D, 0x0A], [0x0D, 0x0D]]
    let odd: [[UInt8]] = [
      [0x00], [0x09], [0x0B], [0x80], [0xFF], [0xC3], [0xC3, 0xA9], [0xE2, 0x82], [0xEF, 0xBB, 0xBF], [0xF0, 0x9F],
      [0x99, 0x82], [0x20], [0x3A], [0x31, 0x32],
    ]
    var stream: [UInt8] = Bool.random(using: &generator) ? [] : [0xEF, 0xBB, 0xBF]
    for _ in 0..<Int.random(in: 0...60, using: &generator) {
      stream += fields.randomElement(using: &generator) ?? []
      if Bool.random(using: &generator) {
        let letter = UInt8.random(in: 0x31...0x33, using: &generator)
        stream += [UInt8](repeating: letter, count: Int.random(in: 0...90, using: &generator))
      }
      for _ in 0..<Int.random(in: 0...2, using: &generator) { stream += odd.randomElement(using: &generator) ?? [] }
      stream += ends.randomElement(using: &generator) ?? []
    }
    return stream
  }
}

extension [UInt8] {
  fileprivate var piecesEndingWithLines: [[UInt8]] { pieces(cutAt: indices.filter { self[$0] == 0x0A }.map { $0 + 1 }) }
}
