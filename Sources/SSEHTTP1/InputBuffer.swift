/// Input that is read line by line and piece by piece.
struct InputBuffer: Sendable {
  private(set) var bytes: [UInt8] = []
  /// The first unread byte.
  var position = 0
  /// Up to here no LF was found, so that a line that comes in small pieces is looked through once.
  private var searched = 0

  var unread: Range<Int> { position..<bytes.count }

  mutating func append(_ more: UnsafeRawBufferPointer) {
    dropRead()
    bytes.append(contentsOf: more)
  }

  mutating func append(_ more: [UInt8]) {
    dropRead()
    if bytes.isEmpty { bytes = more } else { bytes.append(contentsOf: more) }
  }

  /// What is unread moves to the front once it is the smaller half: each byte is moved less than once on average.
  private mutating func dropRead() {
    guard position > bytes.count / 2 else { return }
    if position == bytes.count { bytes = [] } else { bytes.removeSubrange(..<position) }
    searched = max(0, searched - position)
    position = 0
  }

  /// Keeps no heap memory while nothing is unread.
  mutating func releaseIfEmpty() {
    guard unread.isEmpty, position > 0 else { return }
    bytes = []
    position = 0
    searched = 0
  }

  /// The next line up to its LF, both ends included; nil when the LF has not come.
  mutating func nextLine() -> Range<Int>? {
    let start = max(searched, position)
    guard let end = bytes[start...].firstIndex(of: 0x0A) else {
      searched = bytes.count
      return nil
    }
    defer { position = end + 1 }
    return position..<(end + 1)
  }

  /// At most `count` unread bytes, which count as read.
  mutating func take(atMost count: Int) -> Range<Int>? {
    let taken = unread.prefix(count)
    guard !taken.isEmpty else { return nil }
    position = taken.upperBound
    return taken
  }
}
