extension String {
  /// The bytes as text; what is not UTF-8 becomes U+FFFD, as the Encoding Standard's decoder does it.
  init(repairing bytes: UnsafeRawBufferPointer) {
    // A short text is validated just as fast by the standard library.
    let isUTF8 = bytes.count > 32 && UTF8Text.isValid(bytes)
    self.init(bytes, isValid: isUTF8, isASCII: false)
  }

  /// The bytes as text; none is above 0x7F.
  init(ascii bytes: UnsafeRawBufferPointer) { self.init(bytes, isValid: true, isASCII: true) }

  /// The standard library validates what it copies, and is slow at it behind the first byte that is not ASCII. Since
  /// Swift 6.2 it takes our word for it.
  private init(_ bytes: UnsafeRawBufferPointer, isValid: Bool, isASCII: Bool) {
    let bytes = bytes.assumingMemoryBound(to: UInt8.self)
    if isValid, #available(macOS 26, iOS 26, tvOS 26, watchOS 26, visionOS 26, *) {
      self.init(copying: UTF8Span(unchecked: bytes.span, isKnownASCII: isASCII))
    } else {
      self.init(decoding: bytes, as: UTF8.self)
    }
  }
}

/// Validates UTF-8 (Unicode, table 3-7), 32 bytes at a time where all is ASCII.
enum UTF8Text {
  static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var index = 0
    while true {
      index = endOfASCII(in: bytes, from: index)
      while index < bytes.count, bytes[index] >= 0x80 {
        let length = sequenceLength(in: bytes, at: index)
        if length == 0 { return false }
        index += length
      }
      if index == bytes.count { return true }
    }
  }

  private static func endOfASCII(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    let highBits: UInt64 = 0x8080_8080_8080_8080
    var index = start
    while index + 32 <= bytes.count {
      let four = bytes.loadUnaligned(fromByteOffset: index, as: SIMD4<UInt64>.self)
      let two = four.lowHalf | four.highHalf
      if (two[0] | two[1]) & highBits != 0 { break }
      index += 32
    }
    while index + 8 <= bytes.count {
      let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) & highBits
      if word != 0 { return index + word.trailingZeroBitCount / 8 }
      index += 8
    }
    while index < bytes.count, bytes[index] < 0x80 { index += 1 }
    return index
  }

  /// Bytes of the sequence that begins with a byte above 0x7F; 0 where it is not well-formed.
  private static func sequenceLength(in bytes: UnsafeRawBufferPointer, at index: Int) -> Int {
    let second: ClosedRange<UInt8>
    let length: Int
    switch bytes[index] {
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return 0
    }
    guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return 0 }
    for place in index + 2..<index + length where bytes[place] & 0xC0 != 0x80 { return 0 }
    return length
  }
}
