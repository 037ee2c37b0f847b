import SSETestSupport
import Testing

@testable import SSEServer

@Suite("The format of a topic's file, without a file")
struct TopicFileFormatTests {
  @Test(
    "the checksum is that of gzip",
    arguments: [
      ([], 0), (Array("a".utf8), 0xE8B7_BE43), (Array("123456789".utf8), 0xCBF4_3926),
      (Array("The quick brown fox jumps over the lazy dog".utf8), 0x414F_A339),
      ([UInt8](repeating: 0, count: 32), 0x190A_55AD), ([UInt8](repeating: 0xFF, count: 32), 0xFF6C_AB0B),
    ] as [([UInt8], UInt32)])
  func checksum(bytes: [UInt8], expected: UInt32) {
    #expect(CRC32.checksum(bytes) == expected)
  }

  @Test("the checksum of parts is that of the whole, wherever it is cut")
  func checksumOfParts() {
    let bytes = (0..<40).map { UInt8($0 * 7 & 0xFF) }
    for cut in 0...bytes.count {
      var checksum = CRC32()
      for part in [bytes[..<cut], bytes[cut...]] { part.withUnsafeBytes { checksum.update($0) } }
      #expect(checksum.value == CRC32.checksum(bytes))
    }
  }

  static let record = TopicRecord(
    sequence: 17, time: 0x0102_0304_0506_0708, key: "k", event: Array("id: 1k-17\ndata: x\n\n".utf8)[...])
  static let recordBytes: [UInt8] =
    [0xFF, 0x45, 0x56, 0x54]  // The marker.
    + [0x32, 0x99, 0xB3, 0x4B]  // The checksum.
    + [20, 0, 0, 0, 2, 0, 0, 0]  // Bytes of key and event; of the key and one more.
    + [17, 0, 0, 0, 0, 0, 0, 0]
    + [8, 7, 6, 5, 4, 3, 2, 1]
    + Array("kid: 1k-17\ndata: x\n\n".utf8)

  @Test("a record, to the byte")
  func encodedRecord() { #expect(Self.record.encoded == Self.recordBytes) }

  static let headerBytes: [UInt8] =
    [0x89] + Array("SSELOG\n".utf8)
    + [1, 0, 0, 0, 0x39, 0x30, 0, 0, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0]
    + [0xCF, 0x3E, 0x1D, 0xD5]

  @Test("a header, to the byte")
  func header() {
    #expect(TopicFileHeader(epoch: 12_345, first: 17).encoded == Self.headerBytes)
    let decoded = TopicFileHeader.decode(Self.headerBytes[...])
    #expect(decoded == .header(TopicFileHeader(epoch: 12_345, first: 17)))
  }

  @Test("a part of a header is an empty file; one that was changed, or is of something else, is told apart")
  func otherHeaders() {
    for count in 0..<TopicFileHeader.size {
      #expect(TopicFileHeader.decode(Self.headerBytes[..<count]) == .empty)
    }
    for index in Self.headerBytes.indices {
      var changed = Self.headerBytes
      changed[index] ^= 1
      let problem: TopicError.FileProblem =
        switch index {
        case ..<8: .notALog
        case 8: .unknownVersion(0)
        case 9..<12: .unknownVersion(1 + 1 << (8 * (index - 8)))
        default: .damaged(offset: 0)
        }
      #expect(TopicFileHeader.decode(changed[...]) == .problem(problem))
    }
    for text in ["h", "hello", String(repeating: "hello", count: 100)] {
      #expect(TopicFileHeader.decode(Array(text.utf8)[...]) == .problem(.notALog))
    }
  }

  /// A reader of bytes, and the most that it has asked for at once.
  private func reader(of bytes: [UInt8], asked: Recorder<Int> = Recorder()) -> TopicFileReader {
    TopicFileReader(size: bytes.count) { offset, count throws(TopicError) in
      asked.note(count)
      return Array(bytes[offset..<min(offset + count, bytes.count)])
    }
  }

  @Test("records are read as they were written: with and without a key, empty, of any size")
  func records() throws {
    let records = [
      Self.record, TopicRecord(sequence: 1, time: -1, key: nil, event: []),
      TopicRecord(sequence: TopicRecord.greatestSequence, time: .max, key: "", event: [0x0A]),
      TopicRecord(sequence: 2, time: 0, key: "Schlüssel", event: [UInt8](repeating: 0x41, count: 3_000_000)[...]),
      TopicRecord(sequence: 3, time: 0, key: nil, event: [UInt8](repeating: 0x42, count: 1_048_576)[...]),
    ]
    let reader = reader(of: records.flatMap(\.encoded))
    var offset = 0
    for record in records {
      let read = try #require(try reader.record(at: offset))
      #expect(read.record == record)
      offset = read.end
    }
    #expect(try reader.record(at: offset) == nil)
    // Back to the beginning.
    #expect(try reader.record(at: 0)?.record == Self.record)
  }

  @Test("one of which a bit has changed, or the end is missing, is none")
  func changedRecords() throws {
    for index in Self.recordBytes.indices {
      var changed = Self.recordBytes
      changed[index] ^= 1 << UInt8(index % 8)
      #expect(try reader(of: changed).record(at: 0) == nil)
      #expect(try reader(of: Array(Self.recordBytes[..<index])).record(at: 0) == nil)
    }
  }

  @Test("a length beyond the file's end, or a record's limit, is not believed: no memory is taken for it")
  func lengths() throws {
    for length in [21, 1_000_000, TopicRecord.longestContent, TopicRecord.longestContent + 1, Int(UInt32.max)] {
      var bytes = Self.recordBytes
      withUnsafeBytes(of: UInt32(length).littleEndian) { bytes.replaceSubrange(8..<12, with: $0) }
      let asked = Recorder<Int>()
      #expect(try reader(of: bytes, asked: asked).record(at: 0) == nil)
      #expect(asked.values.allSatisfy { $0 <= bytes.count })
    }
  }

  @Test("a number that would leave the next events none is not believed, in a record and in a header")
  func sequences() throws {
    let sequence = TopicRecord.greatestSequence + 1
    let record = TopicRecord(sequence: sequence, time: 0, key: nil, event: [0x0A])
    #expect(try reader(of: record.encoded).record(at: 0) == nil)
    let header = TopicFileHeader(epoch: 1, first: sequence)
    #expect(TopicFileHeader.decode(header.encoded[...]) == .problem(.damaged(offset: 0)))
  }

  @Test("the largest event that can be published fits into a record")
  func largest() {
    // Each line end becomes one of "data: ".
    let data = Topic.largestEvent * 7 + "data: \n\n".utf8.count
    let id = TopicID(epoch: "zzzzzzzz", sequence: .max)
    let names = "event: \nid: \(id)\n".utf8.count + 2 * Topic.longestName
    #expect(data + names <= TopicRecord.longestContent)
  }

  @Test("the next record is found behind anything", arguments: [0, 1, 31, 1_048_543, 1_048_575, 1_048_576, 2_500_000])
  func finding(count: Int) throws {
    var generator = SeededGenerator(seed: 7)
    var bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    // The beginnings of records that are not whole.
    for index in stride(from: 100, to: max(100, count - 40), by: 99_991) {
      bytes.replaceSubrange(index..<(index + 20), with: Self.recordBytes.prefix(20))
    }
    #expect(try reader(of: bytes).firstRecord(from: 0) == nil)
    #expect(try reader(of: bytes + Self.recordBytes).firstRecord(from: 0) == count)
    #expect(try reader(of: bytes + Self.recordBytes).firstRecord(from: count + 1) == nil)
  }
}
