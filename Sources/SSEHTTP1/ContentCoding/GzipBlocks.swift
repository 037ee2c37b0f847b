/// Makes blocks of a gzip member that need nothing of what stands before them, so that one may follow any other: what
/// many readers get is compressed once, wherever in their streams it stands. In return a repetition is found only
/// within a block.
///
/// It keeps one of zlib's streams (268 KB) from the first use on, and is not for several threads at once.
package final class GzipBlocks {
  /// Bytes with the share that they have in the member's checksum.
  package struct Block: Sendable {
    package let bytes: [UInt8]
    package let part: GzipChecksum.Part
  }

  /// What begins a member (RFC 1952, 2.3.1): deflate, no name, no time, no system.
  package static let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]

  /// What ends a member: an empty last block, and the checksum of all that stood before.
  package static func end(_ checksum: GzipChecksum) -> [UInt8] {
    let emptyLastBlock: [UInt8] = [0x03, 0x00]
    return emptyLastBlock + checksum.trailer
  }

  /// Fewer bytes are never compressed: the flush behind them would take more than is saved.
  static let leastCompressed = 64
  /// More bytes are not compressed: their loop would stand still for too long.
  package static let mostCompressed = 1_048_576

  private let zlib: Zlib
  private let level: Int
  private var stream: DeflateStream?

  package init(_ zlib: Zlib, level: Int) {
    self.zlib = zlib
    self.level = level
  }

  /// The bytes as blocks, compressed where that makes them fewer.
  package func block(of bytes: ArraySlice<UInt8>) -> Block {
    let part = GzipChecksum.Part(bytes, zlib: zlib)
    if (Self.leastCompressed...Self.mostCompressed).contains(bytes.count), let compressed = compressed(bytes) {
      return Block(bytes: compressed, part: part)
    }
    var stored: [UInt8] = []
    stored.reserveCapacity(Self.storedCount(bytes.count))
    Self.store(bytes, in: &stored)
    return Block(bytes: stored, part: part)
  }

  /// Nil where it would not make them fewer.
  private func compressed(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    if stream == nil {
      // Where there is no memory for it the bytes go as they are.
      stream = try? DeflateStream(zlib, level: level, windowBits: Zlib.WindowBits.rawDeflate, memoryLevel: 8)
    } else {
      stream?.reset()
    }
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count / 2)
    stream?.deflate(bytes, Zlib.Flush.sync, into: &output)
    return output.isEmpty || output.count >= Self.storedCount(bytes.count) ? nil : output
  }

  // MARK: - Stored blocks (RFC 1951, 3.2.4)

  private static let longestStored = 65_535

  private static func storedCount(_ count: Int) -> Int { count + 5 * ((count + longestStored - 1) / longestStored) }

  /// Appends bytes as they are. What stands before must end with a whole byte, as after a flush.
  static func store(_ bytes: ArraySlice<UInt8>, in output: inout [UInt8]) {
    var rest = bytes
    while !rest.isEmpty {
      let piece = rest.prefix(longestStored)
      let length = UInt16(piece.count)
      let notTheLast: UInt8 = 0
      output.append(notTheLast)
      output += length.littleEndianBytes
      output += (~length).littleEndianBytes
      output += piece
      rest = rest.dropFirst(piece.count)
    }
  }
}

extension FixedWidthInteger {
  /// As gzip and deflate have all numbers.
  var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}
