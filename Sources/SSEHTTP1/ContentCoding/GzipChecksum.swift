/// What a member of gzip says at its end of the data in it: their CRC-32 and length (RFC 1952, 2.3.1). Of data that are
/// put together of parts it is put together too, without a look at the data.
package struct GzipChecksum: Sendable, Hashable {
  /// A part's share, made once however many checksums it goes into.
  package struct Part: Sendable, Hashable {
    fileprivate let crc: UInt32
    fileprivate let length: UInt32
    /// What the CRC of all that stands before is multiplied by: x^(8·length).
    fileprivate let shift: UInt32

    init(_ bytes: ArraySlice<UInt8>, zlib: Zlib) {
      crc = CRC32.of(bytes, zlib: zlib)
      length = UInt32(truncatingIfNeeded: bytes.count)
      shift = CRC32.shift(byBytes: bytes.count)
    }
  }

  private(set) var crc: UInt32 = 0
  /// Modulo 2^32, as the format has it.
  private(set) var length: UInt32 = 0

  /// Of no data.
  package init() {}

  /// Adds what comes next.
  @inline(__always)
  package mutating func append(_ part: Part) {
    crc = CRC32.product(crc, part.shift) ^ part.crc
    length &+= part.length
  }

  /// The same from the bytes themselves.
  mutating func append(_ bytes: ArraySlice<UInt8>, zlib: Zlib) {
    crc = CRC32.of(bytes, after: crc, zlib: zlib)
    length &+= UInt32(truncatingIfNeeded: bytes.count)
  }

  /// What the format has behind the last block.
  var trailer: [UInt8] { crc.littleEndianBytes + length.littleEndianBytes }
}

/// The CRC-32 of RFC 1952, 8. It is a remainder of polynomials over GF(2): that of two parts in a row is the first
/// one's, shifted by the second's length, plus the second one's. zlib has this too, but works the shift out with each
/// call, which is dearer than the rest of what a broadcast does for one reader.
enum CRC32 {
  /// Without x^32; the highest bit is x^0.
  private static let polynomial: UInt32 = 0xEDB8_8320
  private static let one: UInt32 = 1 << 31

  /// - Parameter before: Of what stands before the bytes.
  static func of(_ bytes: ArraySlice<UInt8>, after before: UInt32 = 0, zlib: Zlib) -> UInt32 {
    var crc = CUnsignedLong(before)
    var rest = bytes
    while !rest.isEmpty {
      let piece = rest.prefix(Int(CUnsignedInt.max))
      crc = piece.withUnsafeBufferPointer { zlib.crc32(crc, $0.baseAddress, CUnsignedInt($0.count)) }
      rest = rest.dropFirst(piece.count)
    }
    return UInt32(truncatingIfNeeded: crc)
  }

  /// x^(8·count), by squaring.
  static func shift(byBytes count: Int) -> UInt32 {
    var result = one
    var power = one >> 8
    var count = count
    while count > 0 {
      if count & 1 == 1 { result = product(result, power) }
      power = product(power, power)
      count >>= 1
    }
    return result
  }

  /// The product modulo the polynomial, in the same 32 steps whatever the factors: a branch on their bits would be
  /// guessed wrong half of the time.
  @inline(__always)
  static func product(_ a: UInt32, _ b: UInt32) -> UInt32 {
    var product: UInt32 = 0
    var multiple = b
    var bits = a
    for _ in 0..<32 {
      product ^= multiple & (0 &- bits >> 31)
      bits <<= 1
      multiple = multiple >> 1 ^ polynomial & (0 &- multiple & 1)
    }
    return product
  }
}
