/// Finds line ends, 32 bytes at a time where there are none.
enum LineEnd {
  /// The first LF or CR from `start` on.
  static func first(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    var isASCII = true
    return first(in: bytes, from: start, isASCII: &isASCII)
  }

  /// The first LF or CR from `start` on. `isASCII` becomes false where a byte before it, or before the end, is not.
  static func first(in bytes: UnsafeRawBufferPointer, from start: Int, isASCII: inout Bool) -> Int? {
    var index = start
    if index < bytes.count, isLineEnd(bytes[index]) { return index }
    var seen: UInt64 = 0
    var seenInBlocks = SIMD2<UInt64>.zero
    defer { if (seen | seenInBlocks[0] | seenInBlocks[1]) & highBits != 0 { isASCII = false } }
    while index < bytes.count {
      while index + 32 <= bytes.count {
        let words = bytes.loadUnaligned(fromByteOffset: index, as: SIMD4<UInt64>.self)
        let below = (words &- SIMD4(repeating: bound)) & ~words
        let found = below.lowHalf | below.highHalf
        if (found[0] | found[1]) & highBits != 0 { break }
        seenInBlocks |= words.lowHalf | words.highHalf
        index += 32
      }
      let end = min(index + 32, bytes.count)
      while index + 8 <= end {
        let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        var found = (word &- bound) & ~word & highBits
        while found != 0 {
          let place = index + found.trailingZeroBitCount / 8
          if isLineEnd(bytes[place]) {
            seen |= word & ((found & (~found &+ 1)) &- 1)
            return place
          }
          found &= found &- 1
        }
        seen |= word
        index += 8
      }
      while index < end {
        if isLineEnd(bytes[index]) { return index }
        seen |= UInt64(bytes[index])
        index += 1
      }
    }
    return nil
  }

  /// Behind the first empty line that follows another line; else behind all.
  static func endOfBlock(in bytes: UnsafeRawBufferPointer) -> Int {
    var index = 0
    while let end = first(in: bytes, from: index) {
      index = end + (isPair(at: end, in: bytes) ? 2 : 1)
      if index < bytes.count, isLineEnd(bytes[index]) { return index + (isPair(at: index, in: bytes) ? 2 : 1) }
    }
    return bytes.count
  }

  /// Whether CR and LF, which are one line end, stand at an index.
  static func isPair(at index: Int, in bytes: UnsafeRawBufferPointer) -> Bool {
    bytes[index] == ASCII.carriageReturn && index + 1 < bytes.count && bytes[index + 1] == ASCII.lineFeed
  }

  @inline(__always)
  static func isLineEnd(_ byte: UInt8) -> Bool { byte == ASCII.lineFeed || byte == ASCII.carriageReturn }

  // Of the bytes below 0x0E, text has seldom others than LF, CR and the tab. One subtraction tells of eight bytes
  // whether one is below: then its high bit becomes set. It may borrow from the byte above, which is then found
  // falsely.

  private static let highBits: UInt64 = 0x8080_8080_8080_8080
  private static let bound: UInt64 = 0x0E0E_0E0E_0E0E_0E0E
}
