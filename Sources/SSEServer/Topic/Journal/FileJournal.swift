#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A topic's events in a file, and in the one before it.
///
/// Events are appended to the file. When all that the topic holds stands in it, it becomes the file before, under its
/// name and ".old", in place of the one that had this name, and a new one is begun: nothing is ever rewritten, and the
/// two together are at most twice what is held, where a smaller history counts as `leastFile`. The newest events of
/// their keys that are held though they are older are appended to the file once more before that, a few with each
/// publish.
///
/// Whoever ends the process, and wherever, each name is that of a whole file: the new one is begun as ".new" and takes
/// its name when its header is in it.
final class FileJournal: TopicJournal, @unchecked Sendable {
  // Proof of Sendable: it is let go of to its topic alone, which calls it under its lock, one call at a time; what two
  // such calls see of the properties the lock orders. The system orders what processes do to the files.

  /// A smaller file is not left for a new one.
  static let leastFile = 1_048_576
  /// Bytes of older events that are appended once more with a publish, and at most one record above it.
  static let keptAtOnce = 65_536
  /// Bytes of a file that is not needed any more that are given back to the disk with a publish: that of a large file
  /// at once would hold the publisher up.
  static let freedAtOnce = 16_777_216

  private let calls: TopicFile.Calls
  private(set) var file: TopicFile
  private(set) var header: TopicFileHeader
  /// The header of the file before, where there is one.
  private(set) var older: TopicFileHeader?
  /// The sequence number of the event that is appended next.
  private(set) var next: UInt64
  /// Of the older events that are still held, those before this one stand in the file once more.
  private var keptUpTo: UInt64 = 0
  /// It has no name any more.
  private var dropped: TopicFile?

  private var path: String { file.path }
  private var olderPath: String { "\(file.path).old" }
  private var newPath: String { "\(file.path).new" }

  var epoch: String { TopicID.epoch(header.epoch) }
  var first: UInt64 { older?.first ?? header.first }

  /// Opens the file of a topic, or begins one.
  init(path: String, calls: TopicFile.Calls = .system) throws(TopicError) {
    self.calls = calls
    file = try TopicFile(path, .existingOrNew, calls)
    if let header = try Self.header(of: file) {
      self.header = header
    } else {
      header = TopicFileHeader(epoch: TopicID.randomEpoch(), first: 1)
      try file.cut(to: 0)
      try file.append(header.encoded)
    }
    next = header.first
    try removeNew()
    older = try olderHeader()
  }

  // MARK: - Opening

  /// Nil for a file that holds nothing yet.
  private static func header(of file: TopicFile) throws(TopicError) -> TopicFileHeader? {
    switch TopicFileHeader.decode(try file.read(at: 0, count: min(file.size, TopicFileHeader.size))[...]) {
    case .header(let header): return header
    case .empty: return nil
    case .problem(let problem):
      // A failure of the machine may leave a file's length and none of its bytes.
      if problem == .notALog, try file.isZero() { return nil }
      throw .file(path: file.path, problem)
    }
  }

  /// Removes the file that a process was about to begin when it was killed.
  private func removeNew() throws(TopicError) {
    guard TopicFile.exists(newPath) else { return }
    _ = try Self.header(of: try TopicFile(newPath, .existing, calls))
    unlink(newPath)
  }

  /// The header of the file before, if there is one that belongs to this one, and is whole.
  private func olderHeader() throws(TopicError) -> TopicFileHeader? {
    // It is the same file where a process was killed after giving it its second name and before the new one got its
    // first.
    guard TopicFile.exists(olderPath), !file.hasName(olderPath) else { return nil }
    let file = try TopicFile(olderPath, .existing, calls)
    guard let older = try Self.header(of: file), older.epoch == header.epoch else { return nil }
    let content = try Self.read(file, older, keepsOlder: false) { _ in true }
    if content.end == file.size, content.next == header.first { return older }
    // All of it was written before this one was begun, but a failure of the machine can take its end and leave this
    // one. Then there is a hole behind what it has: this log begins with its own first.
    guard content.next <= header.first, try isTorn(file, content) else {
      throw .file(path: olderPath, .olderDamaged(offset: content.end))
    }
    return nil
  }

  /// Whether nothing whole follows what could be read.
  private func isTorn(_ file: TopicFile, _ content: Content) throws(TopicError) -> Bool {
    guard !content.endsWithRecord else { return false }
    return try Self.reader(of: file).firstRecord(from: content.end + 1) == nil
  }

  // MARK: - Reading

  func recover(_ restore: (TopicRecord) -> Bool) throws(TopicError) {
    if let older {
      let file = try TopicFile(olderPath, .existing, calls)
      let content = try Self.read(file, older, keepsOlder: true, restore)
      // As when it was opened.
      guard content.end == file.size, content.next == header.first else {
        throw .file(path: olderPath, .olderDamaged(offset: content.end))
      }
    }
    let content = try Self.read(file, header, keepsOlder: older == nil, restore)
    next = content.next
    guard content.end < file.size else { return }
    // A process that is killed leaves at most a part of one record, at the end.
    guard try isTorn(file, content) else { throw .file(path: path, .damaged(offset: content.end)) }
    try file.cut(to: content.end)
  }

  private static func reader(of file: TopicFile) -> TopicFileReader {
    TopicFileReader(size: file.size) { offset, count throws(TopicError) in try file.read(at: offset, count: count) }
  }

  /// What could be read of a file.
  private struct Content {
    var end = TopicFileHeader.size
    /// The sequence number after the last.
    var next: UInt64
    /// What follows is whole, and yet not what was written there.
    var endsWithRecord = false
  }

  /// Reads records up to the first that is not whole, or out of its place.
  ///
  /// - Parameter keepsOlder: Whether to give those that were appended once more: the file before has them too.
  private static func read(
    _ file: TopicFile, _ header: TopicFileHeader, keepsOlder: Bool, _ restore: (TopicRecord) -> Bool
  ) throws(TopicError) -> Content {
    let reader = reader(of: file)
    var content = Content(next: header.first)
    while let (record, end) = try reader.record(at: content.end) {
      let isOlder = record.sequence < header.first
      guard isOlder || record.sequence == content.next, isOlder && !keepsOlder || restore(record) else {
        content.endsWithRecord = true
        break
      }
      if !isOlder { content.next += 1 }
      content.end = end
    }
    return content
  }

  // MARK: - Appending

  func append(_ record: TopicRecord) throws(TopicError) {
    try file.append(record.encodedHead, record.event)
    next = record.sequence + 1
  }

  func forget(before oldest: UInt64, but kept: (_ from: UInt64) -> TopicRecord?) throws(TopicError) {
    freeDropped()
    guard file.size >= Self.leastFile, oldest >= header.first else { return }
    var room = Self.keptAtOnce
    while let record = kept(keptUpTo), record.sequence < header.first {
      guard room > 0 else { return }
      try file.append(record.encodedHead, record.event)
      keptUpTo = record.sequence + 1
      room -= TopicRecord.headSize + record.event.count
    }
    try beginNext()
  }

  /// Lets the file become the one before, and begins a new one.
  private func beginNext() throws(TopicError) {
    // Else another topic's file that has been made under this name would be taken for this one.
    guard file.hasName(path) else { throw .file(path: path, .system(operation: "link", errno: ENOENT)) }
    // The file before is to be whole.
    try file.cutRest()
    if older != nil, TopicFile.exists(olderPath) { dropped = try TopicFile(olderPath, .existing, calls) }
    try remove(olderPath)
    older = nil
    // By another name, such as that of a copy by a hard link, it is still somebody's; or its name here was only a link.
    if dropped?.hasAnyName == true { dropped = nil }
    // Of an attempt that has failed.
    try remove(newPath)
    let newHeader = TopicFileHeader(epoch: header.epoch, first: next)
    let new = try TopicFile(newPath, .new, calls)
    try new.append(newHeader.encoded)
    guard link(path, olderPath) == 0 else { throw .file(path: path, .system(operation: "link", errno: errno)) }
    try new.rename(to: path)
    older = header
    file = new
    header = newHeader
    keptUpTo = 0
  }

  private func freeDropped() {
    guard let file = dropped else { return }
    // What a failure leaves is given back as it is closed.
    // To whole pages: the system would wait for the disk to have written the rest of one.
    let size = max(0, file.size - 1) / Self.freedAtOnce * Self.freedAtOnce
    do { try file.cut(to: size) } catch { dropped = nil }
    if file.size == 0 { dropped = nil }
  }

  private func remove(_ path: String) throws(TopicError) {
    guard unlink(path) != 0, errno != ENOENT else { return }
    throw .file(path: path, .system(operation: "remove", errno: errno))
  }
}
