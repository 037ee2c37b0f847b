/// The stream's bytes, read line by line (HTML Standard, 9.2.5): one byte order mark at the very start is dropped; a
/// line ends with CRLF, LF or CR.
///
/// Pieces that it gives stay true until the next `append` or `releaseMemory`. One of them can be kept over an `append`,
/// and other lines be put behind it: so an event's data comes together in place, and is copied once only, as text.
struct LineBuffer: Sendable {
  /// A line, a part of one, or several put together.
  struct Piece {
    var range: Range<Int>
    /// Whether all of it is known to be ASCII.
    var isASCII: Bool
  }

  /// Offsets in it count from its start.
  private var bytes: ArraySlice<UInt8> = []
  /// `bytes` are read in the array in which they came.
  private var isShared = false
  /// What came behind the block that `bytes` ends with. So that one is put together of two parts, and this is read
  /// where it is.
  private var waiting: ArraySlice<UInt8> = []
  /// Where the first unread line begins.
  private var lineStart = 0
  /// Bytes before it hold no line end, so that a line that comes in small pieces is looked through once.
  private var searched = 0
  /// Whether what has been searched of the first unread line is ASCII.
  private var searchedIsASCII = true
  /// Fewer than three bytes have come, and they may be a byte order mark.
  private var expectsMark = true
  /// A line ended with CR: LF, should it come next, belongs to that end.
  private var skipsLineFeed = false

  subscript(offset: Int) -> UInt8 { bytes[bytes.startIndex + offset] }

  subscript(range: Range<Int>) -> ArraySlice<UInt8> { bytes[indices(of: range)] }

  private func indices(of range: Range<Int>) -> Range<Int> {
    bytes.startIndex + range.lowerBound..<bytes.startIndex + range.upperBound
  }

  /// What has come of the next line.
  var unread: Range<Int> { lineStart..<bytes.count }

  /// Whether all that has come has been read.
  var isEmpty: Bool { lineStart == bytes.count && waiting.isEmpty }

  /// Adds the stream's next bytes; `kept` stays true.
  mutating func append(_ more: UnsafeRawBufferPointer, keeping kept: inout Piece?) {
    if !waiting.isEmpty { copyWaiting(keeping: &kept) }
    copy(more, keeping: &kept)
  }

  /// Adds the stream's next bytes; `kept` stays true. They are read in their array, but for the end of a block that has
  /// begun before.
  mutating func append(_ more: ArraySlice<UInt8>, keeping kept: inout Piece?) {
    if !waiting.isEmpty { copyWaiting(keeping: &kept) }
    if kept == nil, unread.isEmpty {
      bytes = more
      isShared = true
      lineStart = 0
      searched = 0
    } else {
      more.withUnsafeBytes {
        let end = LineEnd.endOfBlock(in: $0)
        copy(UnsafeRawBufferPointer(rebasing: $0[..<end]), keeping: &kept)
        // An empty slice would keep the array.
        waiting = end == $0.count ? [] : more.dropFirst(end)
      }
    }
  }

  /// Goes on with what waits, when all lines have been read; false where nothing does.
  mutating func readWaiting(keeping kept: inout Piece?) -> Bool {
    if waiting.isEmpty { return false }
    let more = waiting
    waiting = []
    append(more, keeping: &kept)
    return true
  }

  private mutating func copyWaiting(keeping kept: inout Piece?) {
    waiting.withUnsafeBytes { copy($0, keeping: &kept) }
    waiting = []
  }

  private mutating func copy(_ more: UnsafeRawBufferPointer, keeping kept: inout Piece?) {
    dropReadBytes(but: &kept)
    reserveCapacity(for: bytes.count + more.count)
    bytes.append(contentsOf: more)
    isShared = false
  }

  /// A large event grows fourfold at a time. Memory that is not touched costs nothing; but where blocks double, all
  /// that an event gives back is more than glibc keeps, and the next one gets its pages from the kernel, zeroed.
  private mutating func reserveCapacity(for count: Int) {
    if count > 65_536, count > bytes.capacity { bytes.reserveCapacity(4 * count) }
  }

  /// What is kept or unread moves to the front once it is the smaller half: each byte is moved less than once on
  /// average, however small the pieces are in which the stream comes and is read.
  private mutating func dropReadBytes(but kept: inout Piece?) {
    let range = kept?.range ?? 0..<0
    let dropped = lineStart - range.count
    guard dropped > bytes.count / 2 else { return }
    bytes.removeSubrange(indices(of: range.upperBound..<lineStart))
    bytes.removeSubrange(indices(of: 0..<range.lowerBound))
    kept?.range = 0..<range.count
    lineStart -= dropped
    searched -= dropped
  }

  /// Puts the value of a field, of the line read last, behind what has been kept, with an LF between them.
  @inline(__always)
  mutating func join(_ value: Piece, to kept: inout Piece?) {
    if let first = kept { kept = move(value, behind: first) } else { kept = value }
  }

  private mutating func move(_ value: Piece, behind first: Piece) -> Piece {
    // At least the field's name stands between them.
    let start = first.range.upperBound + 1
    let end = start + value.range.count
    precondition(start <= value.range.lowerBound && value.range.upperBound <= bytes.count)
    bytes.withUnsafeMutableBytes {
      $0[start - 1] = ASCII.lineFeed
      let place = UnsafeMutableRawBufferPointer(rebasing: $0[start..<end])
      place.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[value.range]))
    }
    return Piece(range: first.range.lowerBound..<end, isASCII: first.isASCII && value.isASCII)
  }

  /// Keeps no more than what is needed while the stream waits for its next bytes: nothing where all has been read, and
  /// never an array of others.
  mutating func releaseMemory(keeping kept: inout Piece?) {
    if kept == nil, unread.isEmpty {
      if lineStart > 0 { discardUnread() }
    } else if isShared {
      let range = kept?.range ?? 0..<0
      bytes = self[range] + self[unread]
      isShared = false
      kept?.range = 0..<range.count
      searched -= lineStart - range.count
      lineStart = range.count
    }
  }

  /// Drops what has come and not been read.
  mutating func discardUnread() {
    bytes = []
    waiting = []
    isShared = false
    lineStart = 0
    searched = 0
  }

  /// The next whole line, without its end. After CR it does not wait to see whether LF follows.
  @inline(__always)
  mutating func next() -> Piece? {
    if expectsMark, !passByteOrderMark() { return nil }
    if skipsLineFeed, lineStart < bytes.count {
      skipsLineFeed = false
      if self[lineStart] == ASCII.lineFeed {
        lineStart += 1
        searched = max(searched, lineStart)
      }
    }
    let end = bytes.withUnsafeBytes { LineEnd.first(in: $0, from: searched, isASCII: &searchedIsASCII) }
    guard let end else {
      searched = bytes.count
      return nil
    }
    let line = Piece(range: lineStart..<end, isASCII: searchedIsASCII)
    lineStart = end + 1
    searched = lineStart
    searchedIsASCII = true
    skipsLineFeed = self[end] == ASCII.carriageReturn
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

  // MARK: - What a line says

  /// Nil for a line whose name has no meaning.
  @inline(__always)
  func field(in line: Range<Int>) -> EventField? { bytes.withUnsafeBytes { EventField(line: line, in: $0) } }

  func text(_ piece: Piece) -> String {
    bytes.withUnsafeBytes {
      let bytes = UnsafeRawBufferPointer(rebasing: $0[piece.range])
      return piece.isASCII ? String(ascii: bytes) : String(repairing: bytes)
    }
  }

  /// Whether the bytes are this text.
  func holds(_ text: String, at range: Range<Int>) -> Bool {
    guard text.utf8.count == range.count else { return false }
    let areEqual = text.utf8.withContiguousStorageIfAvailable { text in
      bytes.withUnsafeBytes {
        Self.areEqual(UnsafeRawBufferPointer(text), UnsafeRawBufferPointer(rebasing: $0[range]))
      }
    }
    return areEqual ?? false
  }

  /// Of two that are equally long.
  private static func areEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    var index = 0
    while index + 8 <= a.count {
      let word = a.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      if word != b.loadUnaligned(fromByteOffset: index, as: UInt64.self) { return false }
      index += 8
    }
    while index < a.count {
      if a[index] != b[index] { return false }
      index += 1
    }
    return true
  }
}

// MARK: - For tests

extension LineBuffer {
  /// Bytes of memory it holds.
  var capacity: Int { bytes.capacity + waiting.capacity }

  /// How many bytes it holds.
  var count: Int { bytes.count }
}
