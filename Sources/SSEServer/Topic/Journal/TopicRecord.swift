/// An event as a topic's journal keeps it.
///
/// In a file (all numbers with the least byte first):
///
///     0   4   marker, 0xFF "EVT"; no UTF-8 holds its first byte, so no event can imitate a record
///     4   4   CRC-32 of all that follows, the event included
///     8   4   bytes of key and event
///     12  4   bytes of the key and one more; 0 without a key
///     16  8   sequence number
///     24  8   when it was published: nanoseconds since 1970
///     32      the key, then the event as it is sent, with its ID
package struct TopicRecord: Hashable, Sendable {
  package var sequence: UInt64
  /// When it was published, on the wall clock: nanoseconds since 1970.
  package var time: Int64
  /// See `Topic.publish(_:key:)`.
  package var key: String?
  /// As it is sent, with its ID, without a chunk around it.
  package var event: ArraySlice<UInt8>

  package init(sequence: UInt64, time: Int64, key: String?, event: ArraySlice<UInt8>) {
    self.sequence = sequence
    self.time = time
    self.key = key
    self.event = event
  }

  static let marker: [UInt8] = [0xFF, UInt8(ascii: "E"), UInt8(ascii: "V"), UInt8(ascii: "T")]
  static let headSize = 32
  /// Bytes of key and event at most: more than `Topic.largestEvent` can come to, where each line end of the data
  /// becomes the name of a field.
  static let longestContent = 134_217_728
  /// No topic comes so far; a file that says so would leave the next events no number.
  static let greatestSequence = UInt64.max / 2

  /// What stands before the event in a file: the record's head, and the key.
  var encodedHead: [UInt8] {
    let key = Array((key ?? "").utf8)
    var head = Self.marker
    head.reserveCapacity(Self.headSize + key.count)
    head.append(number: UInt32(0))
    head.append(number: UInt32(key.count + event.count))
    head.append(number: UInt32(self.key == nil ? 0 : key.count + 1))
    head.append(number: sequence)
    head.append(number: time)
    head += key
    var checksum = CRC32()
    head.withUnsafeBytes { checksum.update(UnsafeRawBufferPointer(rebasing: $0[8...])) }
    event.withUnsafeBytes { checksum.update($0) }
    withUnsafeBytes(of: checksum.value.littleEndian) { head.replaceSubrange(4..<8, with: $0) }
    return head
  }

  /// As it stands in a file.
  var encoded: [UInt8] { encodedHead + event }

  /// What the first bytes of a record say.
  struct Head {
    let checksum: UInt32
    let contentCount: Int
    let keyCount: Int?
    let sequence: UInt64
    let time: Int64

    /// Nil for what cannot begin a record.
    init?(_ bytes: ArraySlice<UInt8>) {
      guard bytes.count >= headSize, bytes.starts(with: marker) else { return nil }
      checksum = bytes.number(at: 4)
      let content = bytes.number(at: 8, as: UInt32.self)
      let key = bytes.number(at: 12, as: UInt32.self)
      sequence = bytes.number(at: 16)
      time = bytes.number(at: 24)
      guard content <= longestContent, key <= content + 1, (1...greatestSequence).contains(sequence) else { return nil }
      contentCount = Int(content)
      keyCount = key == 0 ? nil : Int(key) - 1
    }
  }

  /// The record whose head this is, of all its bytes; nil where they are not what was written.
  init?(_ head: Head, of bytes: ArraySlice<UInt8>) {
    var checksum = CRC32()
    bytes.withUnsafeBytes { checksum.update(UnsafeRawBufferPointer(rebasing: $0[8...])) }
    guard checksum.value == head.checksum else { return nil }
    let content = bytes.dropFirst(Self.headSize)
    sequence = head.sequence
    time = head.time
    key = head.keyCount.map { String(decoding: content.prefix($0), as: UTF8.self) }
    event = ArraySlice(Array(content.dropFirst(head.keyCount ?? 0)))
  }
}

extension [UInt8] {
  mutating func append(number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }
}

extension ArraySlice<UInt8> {
  /// The number that stands so many bytes from the slice's beginning, which holds it.
  func number<Number: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, as type: Number.Type = Number.self
  ) -> Number {
    withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: type)) }
  }
}
