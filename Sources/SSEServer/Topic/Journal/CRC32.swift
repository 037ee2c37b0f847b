/// The checksum of gzip and PNG (ISO 3309): polynomial 0xEDB88320, least bit first. Eight bytes at a time.
struct CRC32 {
  private var state = UInt32.max

  /// Of all bytes so far.
  var value: UInt32 { ~state }

  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var checksum = CRC32()
    bytes.withUnsafeBytes { checksum.update($0) }
    return checksum.value
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    state = Self.tables.withUnsafeBufferPointer { tables in
      var state = state
      var offset = 0
      while offset + 8 <= bytes.count {
        let low = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) ^ state
        let high = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
        state = 0
        for byte in 0..<4 {
          state ^= tables[(7 - byte) * 256 + Int(low >> (8 * UInt32(byte)) & 0xFF)]
          state ^= tables[(3 - byte) * 256 + Int(high >> (8 * UInt32(byte)) & 0xFF)]
        }
        offset += 8
      }
      while offset < bytes.count {
        state = state >> 8 ^ tables[Int(state & 0xFF ^ UInt32(bytes[offset]))]
        offset += 1
      }
      return state
    }
  }

  /// In the n-th table stands what a byte comes to that n bytes follow.
  private static let tables: [UInt32] = {
    var tables: [UInt32] = []
    for byte in 0..<UInt32(256) {
      var state = byte
      for _ in 0..<8 { state = state & 1 == 1 ? state >> 1 ^ 0xEDB8_8320 : state >> 1 }
      tables.append(state)
    }
    for index in 256..<(8 * 256) {
      let before = tables[index - 256]
      tables.append(before >> 8 ^ tables[Int(before & 0xFF)])
    }
    return tables
  }()
}
