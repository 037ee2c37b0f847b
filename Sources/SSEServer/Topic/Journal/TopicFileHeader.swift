/// How a topic's file begins (all numbers with the least byte first):
///
///     0   8   0x89 "SSELOG" LF: no text, and changed where a transfer has changed line ends
///     8   4   the format's version, 1
///     12  8   the epoch, see `TopicID`
///     20  8   the sequence number of the first event that is published into this file
///     28  4   CRC-32 of what stands before
struct TopicFileHeader: Equatable {
  var epoch: UInt64
  var first: UInt64

  static let magic: [UInt8] = [0x89] + Array("SSELOG\n".utf8)
  static let version: UInt32 = 1
  static let size = 32

  var encoded: [UInt8] {
    var bytes = Self.magic
    bytes.append(number: Self.version)
    bytes.append(number: epoch)
    bytes.append(number: first)
    bytes.append(number: CRC32.checksum(bytes))
    return bytes
  }

  enum Decoded: Equatable {
    case header(TopicFileHeader)
    /// Nothing, or a part of a header whose writer was killed: a file that holds nothing yet.
    case empty
    case problem(TopicError.FileProblem)
  }

  /// What a file's first bytes are; all of them where it is shorter than a header.
  static func decode(_ bytes: ArraySlice<UInt8>) -> Decoded {
    guard bytes.prefix(magic.count) == magic.prefix(bytes.count)[...] else { return .problem(.notALog) }
    guard bytes.count >= size else { return .empty }
    let version = bytes.number(at: 8, as: UInt32.self)
    guard version == Self.version else { return .problem(.unknownVersion(Int(version))) }
    let header = TopicFileHeader(epoch: bytes.number(at: 12), first: bytes.number(at: 20))
    guard CRC32.checksum(Array(bytes.prefix(28))) == bytes.number(at: 28),
      (1...TopicRecord.greatestSequence).contains(header.first)
    else { return .problem(.damaged(offset: 0)) }
    return .header(header)
  }
}
