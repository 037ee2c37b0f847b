/// Compresses one body as it comes into being, as one member of gzip. A repetition is found over all that was written
/// before, so that small events of a kind shrink to a fraction.
///
/// It takes some 30 KB for as long as it lives: a window of 4 KiB, which holds the last dozens of events.
package final class GzipEncoder {
  private static let windowBits: CInt = 12
  private static let memoryLevel: CInt = 5

  private var stream: DeflateStream

  /// - Throws: `.outOfMemory`, `.unavailable` for another version of zlib.
  package init(_ zlib: Zlib, level: Int) throws(ContentCodingError) {
    stream = try DeflateStream(
      zlib, level: level, windowBits: Self.windowBits + Zlib.WindowBits.gzipFlag, memoryLevel: Self.memoryLevel)
  }

  /// Appends what is decided by now of these bytes and those before, often nothing.
  package func encode(_ bytes: [UInt8], into output: inout [UInt8]) {
    stream.deflate(bytes[...], Zlib.Flush.none, into: &output)
  }

  /// Appends what was held back, so that all bytes so far can be decoded.
  package func flush(into output: inout [UInt8]) { stream.deflate([], Zlib.Flush.sync, into: &output) }

  /// Appends what was held back, and the member's end. Nothing may follow.
  package func finish(into output: inout [UInt8]) { stream.deflate([], Zlib.Flush.finish, into: &output) }
}
