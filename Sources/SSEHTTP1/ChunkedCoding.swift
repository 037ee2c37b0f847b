/// Writes the chunked transfer coding (RFC 9112, 7.1).
@usableFromInline
package enum ChunkedCoding {
  /// Ends a body.
  package static let lastChunk: [UInt8] = Array("0\r\n\r\n".utf8)

  /// Bytes of a chunk beside its data, at most: the digits of any size, and two line ends.
  package static let mostAdded = 16 + 4

  /// Appends what `payload` appends, as one chunk. Nothing where it appends nothing (an empty chunk would end the
  /// body), nothing when it throws.
  @inlinable @inline(__always)
  package static func appendChunk<E: Error>(
    to buffer: inout [UInt8], _ payload: (inout [UInt8]) throws(E) -> Void
  ) throws(E) {
    let start = buffer.count
    buffer.append(contentsOf: UnsafeBufferPointer(start: sizeRoom.utf8Start, count: sizeRoom.utf8CodeUnitCount))
    do throws(E) { try payload(&buffer) } catch {
      buffer.removeSubrange(start...)
      throw error
    }
    endChunk(from: start, in: &buffer)
  }

  /// Where the size goes once it is known; most events are smaller than 4 KiB.
  @usableFromInline static var sizeRoom: StaticString { "000\r\n" }
  private static let expectedDigits = 3

  @usableFromInline
  static func endChunk(from start: Int, in buffer: inout [UInt8]) {
    let count = buffer.count - start - sizeRoom.utf8CodeUnitCount
    guard count > 0 else { return buffer.removeSubrange(start...) }
    writeSize(count, at: start, in: &buffer)
    buffer.append(0x0D)
    buffer.append(0x0A)
  }

  /// Puts the size where room was left for it; the payload moves when the size has more or fewer digits.
  private static func writeSize(_ count: Int, at start: Int, in buffer: inout [UInt8]) {
    let digits = (Int.bitWidth - count.leadingZeroBitCount + 3) / 4
    if digits > expectedDigits {
      buffer.insert(contentsOf: repeatElement(0, count: digits - expectedDigits), at: start)
    } else if digits < expectedDigits {
      buffer.removeSubrange(start..<(start + expectedDigits - digits))
    }
    var rest = count
    for place in stride(from: start + digits - 1, through: start, by: -1) {
      buffer[place] = Hexadecimal.lowercaseDigits[rest & 15]
      rest >>= 4
    }
  }
}
