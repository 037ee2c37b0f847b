/// Finds line ends eight bytes at a time.
enum LineEnd {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080

  /// The first LF or CR from `start` on.
  static func first(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    var index = start
    while index + 8 <= bytes.count {
      let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      let found = zeroes(word ^ ones &* UInt64(ASCII.lineFeed)) | zeroes(word ^ ones &* UInt64(ASCII.carriageReturn))
      if found != 0 { return index + found.trailingZeroBitCount / 8 }
      index += 8
    }
    while index < bytes.count {
      if bytes[index] == ASCII.lineFeed || bytes[index] == ASCII.carriageReturn { return index }
      index += 1
    }
    return nil
  }

  /// The high bit of each byte that is zero; above the lowest such byte there may be false ones.
  private static func zeroes(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & highs }
}
