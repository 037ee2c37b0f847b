/// Compresses one body as it comes into being, as one member of gzip. A repetition is found over what was written
/// before, so that small events of a kind shrink to a fraction.
///
/// It takes some 30 KB for as long as it lives: a window of 4 KiB, which holds the last dozens of events. More bytes at
/// once than `GzipBlocks.mostCompressed` are stored as they are, since their loop would stand still for too long.
package final class GzipEncoder {
  private static let windowBits: CInt = 12
  private static let memoryLevel: CInt = 5

  private let zlib: Zlib
  /// Without the format, which is written here: zlib's checksum would not know of what is stored.
  private var stream: DeflateStream
  private var checksum = GzipChecksum()
  private var hasBegun = false

  /// - Throws: `.outOfMemory`, `.unavailable` for another version of zlib.
  package init(_ zlib: Zlib, level: Int) throws(ContentCodingError) {
    self.zlib = zlib
    stream = try DeflateStream(zlib, level: level, windowBits: -Self.windowBits, memoryLevel: Self.memoryLevel)
  }

  /// Appends what is decided by now of these bytes and those before, often nothing.
  package func encode(_ bytes: [UInt8], into output: inout [UInt8]) {
    begin(&output)
    checksum.append(bytes[...], zlib: zlib)
    guard bytes.count > GzipBlocks.mostCompressed else {
      return stream.deflate(bytes[...], Zlib.Flush.none, into: &output)
    }
    stream.deflate([], Zlib.Flush.sync, into: &output)
    GzipBlocks.store(bytes[...], in: &output)
    // It has not seen them: what it counts back from now on must not reach beyond them.
    stream.reset()
  }

  /// Appends what was held back, so that all bytes so far can be decoded.
  package func flush(into output: inout [UInt8]) {
    begin(&output)
    stream.deflate([], Zlib.Flush.sync, into: &output)
  }

  /// Appends what was held back, and the member's end. Nothing may follow.
  package func finish(into output: inout [UInt8]) {
    begin(&output)
    stream.deflate([], Zlib.Flush.finish, into: &output)
    output += checksum.trailer
  }

  private func begin(_ output: inout [UInt8]) {
    if !hasBegun { output += GzipBlocks.header }
    hasBegun = true
  }
}
