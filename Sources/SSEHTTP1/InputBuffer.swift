/// Input that is read line by line and piece by piece; what has been read is dropped when more comes.
struct InputBuffer: Sendable {
  private(set) var bytes: [UInt8] = []
  /// The first unread byte.
  var position = 0
  /// Up to here no LF was found.
  private var searched = 0

  var unreadCount: Int { bytes.count - position }

  mutating func append(_ more: UnsafeRawBufferPointer) {
    dropRead()
    bytes.append(contentsOf: more)
  }

  mutating func append(_ more: [UInt8]) {
    dropRead()
    if bytes.isEmpty { bytes = more } else { bytes.append(contentsOf: more) }
  }

  private mutating func dropRead() {
    guard position > 0 else { return }
    if position == bytes.count { bytes = [] } else { bytes.removeFirst(position) }
    searched = max(0, searched - position)
    position = 0
  }

  /// Keeps no heap memory while nothing is unread.
  mutating func releaseIfEmpty() {
    guard unreadCount == 0, bytes.capacity > 0 else { return }
    bytes = []
    position = 0
    searched = 0
  }

  /// The next line up to its LF, both ends included; nil when the LF has not come.
  mutating func nextLine() -> Range<Int>? {
    let start = max(searched, position)
    let found = bytes.withUnsafeBufferPointer { bytes -> Int? in
      var index = start
      while index < bytes.count, bytes[index] != 0x0A { index += 1 }
      return index < bytes.count ? index : nil
    }
    guard let found else {
      searched = bytes.count
      return nil
    }
    let line = position..<(found + 1)
    position = found + 1
    searched = position
    return line
  }

  /// At most `count` unread bytes, which count as read.
  mutating func take(atMost count: Int) -> Range<Int>? {
    let taken = min(count, unreadCount)
    guard taken > 0 else { return nil }
    defer { position += taken }
    return position..<(position + taken)
  }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}
