import SSETestSupport
import Testing

@testable import SSEHTTP1

@Suite("Content decoding")
struct ContentDecoderTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let what: String
    var coding = ContentCoding.gzip
    let bytes: [UInt8]
    var text = ""
    var isAtEnd = true
    var error: ContentCodingError?
    var testDescription: String { what }

    var expected: DecodedBody { DecodedBody(text: text, isAtEnd: isAtEnd, error: error) }
  }

  static let events = CodedBodies.events.joined()
  static let gzip = Array(CodedBodies.gzip.joined())
  static let zlib = Array(CodedBodies.zlib.joined())
  static let rawDeflate = Array(CodedBodies.rawDeflate.joined())

  static let rows: [Row] = [
    Row(what: "gzip", bytes: gzip, text: events),
    Row(what: "deflate in zlib's format", coding: .deflate, bytes: zlib, text: events),
    Row(what: "deflate without it", coding: .deflate, bytes: rawDeflate, text: events),
    Row(what: "a stored block", bytes: CodedBodies.stored, text: "data: one\n\n"),
    Row(what: "each optional part of gzip's header", bytes: CodedBodies.longHeader, text: "data: one\n\n"),
    Row(
      what: "several members of gzip", bytes: gzip + CodedBodies.stored + CodedBodies.longHeader,
      text: events + "data: one\n\ndata: one\n\n"),
    Row(what: "an empty body, gzip", bytes: []),
    Row(what: "an empty body, deflate", coding: .deflate, bytes: []),
    Row(what: "more output than a piece holds", bytes: CodedBodies.blankLines, text: blank(65_536)),
    Row(what: "gzip cut off in its checksum", bytes: gzip.dropLast(), text: events, isAtEnd: false),
    Row(what: "gzip cut off in its header", bytes: Array(gzip.prefix(9)), isAtEnd: false),
    Row(what: "gzip cut off behind a member, in the next", bytes: gzip + [0x1F], text: events, isAtEnd: false),
    Row(
      what: "deflate cut off before its last block", coding: .deflate, bytes: rawDeflate.dropLast(2), text: events,
      isAtEnd: false),
    Row(what: "deflate cut off in zlib's header", coding: .deflate, bytes: [0x78], isAtEnd: false),
  ]

  static let refusals: [Row] = [
    refusal("text that is no gzip", Array("data: one\n\n".utf8), "incorrect header check"),
    refusal("a method that does not exist", changed(gzip, at: 2, to: 7), "unknown compression method"),
    refusal(
      "a wrong checksum of gzip's header", changed(CodedBodies.longHeader, at: 28, to: 0x68), "header crc mismatch"),
    refusal("a block of a type that does not exist", changed(gzip, at: 10, to: 0x06), "invalid block type"),
    refusal("a wrong checksum", changed(gzip, at: gzip.count - 6, to: 0), "incorrect data check", text: events),
    refusal("a wrong length", changed(gzip, at: gzip.count - 1, to: 1), "incorrect length check", text: events),
    refusal("text behind gzip's end", gzip + Array("data".utf8), "other data follows its end", text: events),
    refusal("padding behind gzip's end", gzip + [0], "other data follows its end", text: events),
    refusal("a second member without its header", gzip + [0x1F, 0x8C], "incorrect header check", text: events),
    refusal("text that is no deflate", coding: .deflate, Array("data: one\n\n".utf8), "invalid code lengths set"),
    refusal(
      "a wrong checksum of zlib", coding: .deflate, changed(zlib, at: zlib.count - 1, to: 0), "incorrect data check",
      text: events),
    refusal("bytes behind deflate's end", coding: .deflate, zlib + [0x78], "other data follows its end", text: events),
    refusal("a preset dictionary", coding: .deflate, CodedBodies.withDictionary, "it needs a preset dictionary"),
  ]

  @Test("C83: a body is decoded, wherever its bytes are split", arguments: rows)
  func decodes(_ row: Row) throws {
    for pieces in cuts(of: row.bytes) {
      let decoded = try DecodedBody(pieces, row.coding)
      #expect(decoded == row.expected, "in \(pieces.count) pieces")
    }
    for offset in row.bytes.indices {
      let decoded = try DecodedBody(row.bytes.pieces(cutAt: [offset]), row.coding)
      #expect(decoded == row.expected, "cut at \(offset)")
    }
  }

  @Test("C84: a broken body gives what came before, and a typed error", arguments: refusals)
  func refuses(_ row: Row) throws {
    for pieces in cuts(of: row.bytes) + row.bytes.indices.map({ row.bytes.pieces(cutAt: [$0]) }) {
      let decoded = try DecodedBody(pieces, row.coding)
      #expect(decoded == row.expected, "in \(pieces.count) pieces")
    }
  }

  @Test("C83: what is flushed comes out with the byte that completes the flush")
  func flushes() throws {
    let bodies: [(ContentCoding, [[UInt8]])] = [
      (.gzip, CodedBodies.gzip), (.deflate, CodedBodies.zlib), (.deflate, CodedBodies.rawDeflate),
    ]
    for (coding, pieces) in bodies {
      var decoder = try ContentDecoder(coding, longestUnused: 1_000)
      for (piece, event) in zip(pieces, CodedBodies.events) {
        var output: [UInt8] = []
        for byte in piece {
          decoder.append([byte])
          while let bytes = try decoder.next() { output += bytes }
        }
        #expect(String(decoding: output, as: UTF8.self) == event)
        let isAtEnd = decoder.isAtEnd
        #expect(!isAtEnd)
      }
      decoder.append(pieces[3][...])
      let more = try decoder.next()
      #expect(more == nil)
      let isAtEnd = decoder.isAtEnd
      #expect(isAtEnd)
    }
  }

  @Test("C83: all that the input so far decides comes out, also beyond what a piece holds")
  func holdsNothingBack() throws {
    // A byte of this body stands for four matches of 258 bytes.
    for length in 26...80 {
      let beginning = try DecodedBody([Array(CodedBodies.blankLines.prefix(length))], .gzip)
      let next = try DecodedBody([Array(CodedBodies.blankLines.prefix(length + 1))], .gzip)
      #expect(next.text.utf8.count - beginning.text.utf8.count == 4 * 258, "after \(length) bytes")
    }
  }

  @Test("C84: gzip cut off after any byte is not at its end, and gives the beginning of its text")
  func cutOff() throws {
    for length in Self.gzip.indices.dropFirst() {
      let decoded = try DecodedBody([Array(Self.gzip.prefix(length))], .gzip)
      #expect(!decoded.isAtEnd, "after \(length) bytes")
      #expect(decoded.error == nil, "after \(length) bytes")
      #expect(Self.events.hasPrefix(decoded.text), "after \(length) bytes")
    }
  }

  @Test("an error is thrown again, and what comes then is dropped")
  func failsForGood() throws {
    var decoder = try ContentDecoder(.gzip, longestUnused: 1_000)
    decoder.append(Array("no gzip".utf8)[...])
    for _ in 1...2 {
      #expect(throws: ContentCodingError.malformed(.gzip, "incorrect header check")) { _ = try decoder.next() }
      decoder.append(Self.gzip[...])
    }
    let isAtEnd = decoder.isAtEnd
    #expect(!isAtEnd)
  }

  @Test("C84: a bomb comes out in small pieces, and is refused at the limit unless its output is of use")
  func bomb() throws {
    let bomb = [[UInt8]](repeating: CodedBodies.blankLines, count: 100).flatMap(\.self)
    #expect(bomb.count < 12_000)
    let refused = try DecodedBody([bomb], .gzip, longestUnused: 1_000_000)
    #expect(refused.error == .expandsTooFar(limit: 1_000_000))
    #expect(refused.text.utf8.count <= 1_000_000)

    var decoder = try ContentDecoder(.gzip, longestUnused: 65_536)
    decoder.append(bomb[...])
    var count = 0
    while let piece = try decoder.next() {
      #expect(piece.count <= ContentDecoder.pieceSize)
      count += piece.count
      decoder.outputWasUsed()
    }
    #expect(count == 100 * 65_536)
  }

  @Test(
    "codings are found by name",
    arguments: [
      ("gzip", ContentCoding.gzip), ("X-GZIP", .gzip), ("Deflate", .deflate), ("identity", nil), ("br", nil), ("", nil),
    ])
  func names(_ name: String, _ coding: ContentCoding?) {
    #expect(ContentCoding(name[...]) == coding)
  }

  private static func blank(_ count: Int) -> String { String(repeating: "\n", count: count) }

  private static func changed(_ bytes: [UInt8], at index: Int, to byte: UInt8) -> [UInt8] {
    var bytes = bytes
    bytes[index] = byte
    return bytes
  }

  private static func refusal(
    _ what: String, coding: ContentCoding = .gzip, _ bytes: [UInt8], _ message: String, text: String = ""
  ) -> Row {
    Row(what: what, coding: coding, bytes: bytes, text: text, isAtEnd: false, error: .malformed(coding, message))
  }
}
