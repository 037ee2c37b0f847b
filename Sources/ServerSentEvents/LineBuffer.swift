/// The stream's bytes, read line by line (HTML Standard, 9.2.5): one byte order mark at the very start is dropped; a
/// line ends with CRLF, LF or CR.
///
/// Ranges that it gives stay true until the next `append` or `releaseMemory`.
struct LineBuffer: Sendable {
  private(set) var bytes: [UInt8] = []
  /// Where the first unread line begins.
  private var lineStart = 0
  /// Bytes before it hold no line end, so that a line that comes in small pieces is looked through once.
  private var searched = 0
  /// Fewer than three bytes have come, and they may be a byte order mark.
  private var expectsMark = true
  /// A line ended with CR: LF, should it come next, belongs to that end.
  private var skipsLineFeed = false

  /// What has come of the next line.
  var unread: Range<Int> { lineStart..<bytes.count }

  mutating func append(_ more: UnsafeRawBufferPointer) {
    dropReadBytes()
    bytes.append(contentsOf: more)
  }

  /// The unread bytes move to the front once they are the smaller half: each is moved less than once on average,
  /// however small the pieces are in which the stream comes and is read.
  private mutating func dropReadBytes() {
    guard lineStart > bytes.count / 2 else { return }
    bytes.removeSubrange(..<lineStart)
    searched -= lineStart
    lineStart = 0
  }

  /// Gives the memory back when nothing is unread: a stream that waits for its next event holds none.
  mutating func releaseMemory() {
    guard lineStart == bytes.count, lineStart > 0 else { return }
    bytes = []
    lineStart = 0
    searched = 0
  }

  /// Drops what has come and not been read.
  mutating func discardUnread() {
    lineStart = bytes.count
    releaseMemory()
  }

  /// The next whole line, without its end. After CR it does not wait to see whether LF follows.
  mutating func next() -> Range<Int>? {
    if expectsMark, !passByteOrderMark() { return nil }
    if skipsLineFeed, lineStart < bytes.count {
      skipsLineFeed = false
      if bytes[lineStart] == ASCII.lineFeed {
        lineStart += 1
        searched = max(searched, lineStart)
      }
    }
    guard let end = bytes.withUnsafeBytes({ LineEnd.first(in: $0, from: searched) }) else {
      searched = bytes.count
      return nil
    }
    let line = lineStart..<end
    lineStart = end + 1
    searched = lineStart
    skipsLineFeed = bytes[end] == ASCII.carriageReturn
    return line
  }

  /// Whether the stream's beginning has been read; false while the rest of a byte order mark may still come.
  private mutating func passByteOrderMark() -> Bool {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    guard bytes.starts(with: mark.prefix(bytes.count)) else {
      expectsMark = false
      return true
    }
    guard bytes.count >= mark.count else { return false }
    expectsMark = false
    lineStart = mark.count
    searched = mark.count
    return true
  }

  /// The bytes as text; what is not UTF-8 becomes U+FFFD, as the Encoding Standard's decoder does it.
  func text(_ range: Range<Int>) -> String {
    bytes.withUnsafeBufferPointer { String(decoding: UnsafeBufferPointer(rebasing: $0[range]), as: UTF8.self) }
  }
}
