import SSETestSupport
import Synchronization
import Testing

@testable import SSEHTTP1

/// What is compressed here is decoded by `ContentDecoder`, whose own tests have bytes of Python's zlib; Python and curl
/// read what a server sends in `Tests/PeerTests`.
@Suite("gzip, written")
struct GzipTests {
  private static func random(_ count: Int, _ generator: inout SeededGenerator) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
  }

  private static func text(_ count: Int) -> [UInt8] {
    Array(String(repeating: #"{"symbol":"ABC","price":1.25},"#, count: count / 30 + 1).utf8.prefix(count))
  }

  // MARK: - Checksums

  @Test("the checksum of parts is that of the whole, wherever it was cut")
  func checksums() throws {
    let zlib = try Zlib.system()
    var generator = SeededGenerator(seed: 1)
    let data = Self.random(3_000, &generator)
    for longest in [1, 7, 300, 3_000] {
      var checksum = GzipChecksum()
      for piece in data.randomPieces(longest: longest, using: &generator) {
        checksum.append(GzipChecksum.Part(piece[...], zlib: zlib))
      }
      #expect(checksum.crc == CRC32.of(data[...], zlib: zlib))
      #expect(checksum.length == 3_000)
    }
  }

  @Test("the CRC-32 is the one that the world has: of \"123456789\" it is CBF43926")
  func checkValue() throws {
    let crc = CRC32.of(Array("123456789".utf8)[...], zlib: try Zlib.system())
    #expect(crc == 0xCBF4_3926)
  }

  // MARK: - Blocks

  @Test("blocks may stand in any order, also more than once, and the end has the checksum of what was put together")
  func anyOrder() throws {
    let blocks = GzipBlocks(try Zlib.system(), level: 6)
    var generator = SeededGenerator(seed: 2)
    let contents = [
      [], Array(":\n\n".utf8), Self.text(63), Self.text(64), Self.text(5_000), Self.random(500, &generator),
      Self.random(65_535, &generator), Self.random(65_536, &generator),
    ]
    let made = contents.map { blocks.block(of: $0[...]) }
    for _ in 0..<10 {
      let order = (0..<8).map { _ in Int.random(in: contents.indices, using: &generator) }
      var checksum = GzipChecksum()
      for index in order { checksum.append(made[index].part) }
      let member = GzipBlocks.header + order.flatMap { made[$0].bytes } + GzipBlocks.end(checksum)
      var decoder = try ContentDecoder(.gzip, longestUnused: .max)
      decoder.append(member[...])
      var decoded: [UInt8] = []
      while let piece = try decoder.next() { decoded += piece }
      let isAtEnd = decoder.isAtEnd
      let isSame = decoded == order.flatMap { contents[$0] }
      #expect(isAtEnd)
      #expect(isSame)
    }
  }

  @Test("what stood in a block can be decoded when the block has come")
  func eachBlock() throws {
    let blocks = GzipBlocks(try Zlib.system(), level: 6)
    var decoder = try ContentDecoder(.gzip, longestUnused: .max)
    decoder.append(GzipBlocks.header[...])
    for count in [3, 40, 64, 1_000, 16_000] {
      decoder.append(blocks.block(of: Self.text(count)[...]).bytes[...])
      var text: [UInt8] = []
      while let piece = try decoder.next() { text += piece }
      #expect(text == Self.text(count))
    }
  }

  @Test("bytes are compressed where that makes them fewer, and never made more than a header's worth")
  func sizes() throws {
    let blocks = GzipBlocks(try Zlib.system(), level: 6)
    var generator = SeededGenerator(seed: 3)
    func count(_ bytes: [UInt8]) -> Int { blocks.block(of: bytes[...]).bytes.count }
    #expect(count(Self.text(3_000)) < 200)
    #expect(count(Array(":\n\n".utf8)) == 8)
    #expect(count(Self.random(1_000, &generator)) == 1_005)
    #expect(count(Self.random(100_000, &generator)) == 100_010)
    // Beyond the limit they are stored.
    #expect(count(Self.text(GzipBlocks.mostCompressed)) < 100_000)
    #expect(count(Self.text(GzipBlocks.mostCompressed + 1)) > GzipBlocks.mostCompressed)
  }

  // MARK: - A whole body

  @Test("what was written can be decoded after each flush; the end is the member's")
  func encoder() throws {
    let encoder = try GzipEncoder(try Zlib.system(), level: 6)
    var decoder = try ContentDecoder(.gzip, longestUnused: .max)
    var generator = SeededGenerator(seed: 4)
    for content in [Self.text(3), Self.text(100), Self.random(70_000, &generator), Self.text(70_000), []] {
      var output: [UInt8] = []
      for piece in content.randomPieces(longest: 10_000, using: &generator) { encoder.encode(piece, into: &output) }
      encoder.flush(into: &output)
      decoder.append(output[...])
      var text: [UInt8] = []
      while let piece = try decoder.next() { text += piece }
      let isSame = text == content
      #expect(isSame)
      let isAtEnd = decoder.isAtEnd
      #expect(!isAtEnd)
    }
    var end: [UInt8] = []
    encoder.finish(into: &end)
    decoder.append(end[...])
    let rest = try decoder.next()
    let isAtEnd = decoder.isAtEnd
    #expect(rest == nil)
    #expect(isAtEnd)
  }

  @Test("more than may be compressed at once is stored, and what comes after it is compressed anew")
  func large() throws {
    let encoder = try GzipEncoder(try Zlib.system(), level: 6)
    var decoder = try ContentDecoder(.gzip, longestUnused: .max)
    let limit = GzipBlocks.mostCompressed
    for (content, isStored) in [
      (Self.text(2_000), false), (Self.text(limit + 1), true), (Self.text(2_000), false), (Self.text(limit), false),
      (Self.text(limit + 70_000), true), (Self.text(limit + 1), true), (Self.text(3), false),
    ] {
      var output: [UInt8] = []
      encoder.encode(content, into: &output)
      encoder.flush(into: &output)
      #expect(isStored ? output.count > content.count : output.count <= content.count / 10 + 20)
      decoder.append(output[...])
      var text: [UInt8] = []
      while let piece = try decoder.next() { text += piece }
      let isSame = text == content
      #expect(isSame, "\(content.count) bytes")
    }
    var end: [UInt8] = []
    encoder.finish(into: &end)
    decoder.append(end[...])
    let rest = try decoder.next()
    let isAtEnd = decoder.isAtEnd
    #expect(rest == nil)
    #expect(isAtEnd)
  }

  @Test("of nothing a member is made too")
  func empty() throws {
    let encoder = try GzipEncoder(try Zlib.system(), level: 6)
    var member: [UInt8] = []
    encoder.finish(into: &member)
    #expect(member == GzipBlocks.header + [3, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test("what was written before is not written again")
  func history() throws {
    let encoder = try GzipEncoder(try Zlib.system(), level: 6)
    var sizes: [Int] = []
    for number in 0..<20 {
      var output: [UInt8] = []
      encoder.encode(Array("data: {\"token\":\"the same words but for a number \(number)\"}\n\n".utf8), into: &output)
      encoder.flush(into: &output)
      sizes.append(output.count)
    }
    #expect(sizes[0] > 50)
    #expect(sizes[1...].allSatisfy { $0 < 25 })
  }

  // MARK: - Without memory

  @Test("without memory a body is not compressed, and blocks are stored")
  func noMemory() throws {
    var zlib = try Zlib.system()
    zlib.deflateInit = { _, _, _, _, _, _, _, _ in -4 }
    #expect(throws: ContentCodingError.outOfMemory) { _ = try GzipEncoder(zlib, level: 6) }
    let block = GzipBlocks(zlib, level: 6).block(of: Self.text(1_000)[...])
    #expect(block.bytes.count == 1_005)
    zlib.deflateInit = { _, _, _, _, _, _, _, _ in -6 }
    let error = #expect(throws: ContentCodingError.self) { _ = try GzipEncoder(zlib, level: 6) }
    #expect(error?.description.contains("is another than 1") == true)
  }

  /// Calls of `deflateEnd`: C functions capture nothing.
  private static let ends = Atomic(0)

  @Test("each stream is freed once")
  func freed() throws {
    var zlib = try Zlib.system()
    zlib.deflateEnd = { stream in
      GzipTests.ends.add(1, ordering: .relaxed)
      return (try? Zlib.system())?.deflateEnd(stream) ?? -2
    }
    for _ in 0..<3 {
      let encoder = try GzipEncoder(zlib, level: 1)
      var output: [UInt8] = []
      encoder.encode(Self.text(100), into: &output)
    }
    let blocks = GzipBlocks(zlib, level: 9)
    for _ in 0..<3 { _ = blocks.block(of: Self.text(100)[...]) }
    withExtendedLifetime(blocks) { #expect(Self.ends.load(ordering: .relaxed) == 3) }
  }
}
