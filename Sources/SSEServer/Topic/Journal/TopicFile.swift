#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A file of a topic, open and locked for this one alone. Closed when it is let go.
final class TopicFile {
  /// The calls that a full disk or a broken one fails; tests have others.
  struct Calls: Sendable {
    /// Appends both; how many bytes of them, or -1 and `errno`.
    var write: @Sendable (_ descriptor: Int32, UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Int
    /// 0, or -1 and `errno`.
    var truncate: @Sendable (_ descriptor: Int32, _ size: Int) -> Int

    static let system = Calls(
      write: { descriptor, first, second in
        var parts = (part(first), part(second))
        return withUnsafeBytes(of: &parts) {
          writev(descriptor, $0.baseAddress?.assumingMemoryBound(to: iovec.self), 2)
        }
      },
      truncate: { Int(ftruncate($0, off_t($1))) })

    private static func part(_ bytes: UnsafeRawBufferPointer) -> iovec {
      iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
    }
  }

  private(set) var path: String
  private let descriptor: Int32
  let calls: Calls
  /// What is in it, but for a part of a record whose writing has failed.
  private(set) var size: Int
  /// Such a part is in it.
  private var hasRest = false

  enum Opening {
    /// It is made where there is none.
    case existingOrNew
    case existing
    /// There must be none.
    case new
  }

  /// Opens a file, readable and writable for this user alone.
  init(_ path: String, _ opening: Opening, _ calls: Calls) throws(TopicError) {
    self.path = path
    self.calls = calls
    descriptor = try Self.opened(path, opening)
    size = 0
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else { throw .file(path: path, .system(operation: "open", errno: errno)) }
    guard facts.st_mode & S_IFMT == S_IFREG else { throw .file(path: path, .notAFile) }
    size = Int(facts.st_size)
    // Its other files stand beside the file itself, not beside a link that leads to it.
    guard let resolved = realpath(path, nil) else { return }
    self.path = String(cString: resolved)
    free(resolved)
  }

  deinit { close(descriptor) }

  /// The file under this name, locked. Another process may rename it between opening and locking: then it is tried
  /// again with the file that has the name now, a few times.
  private static func opened(_ path: String, _ opening: Opening) throws(TopicError) -> Int32 {
    let creation =
      switch opening {
      case .existingOrNew: O_CREAT
      case .existing: Int32(0)
      case .new: O_CREAT | O_EXCL
      }
    for _ in 1...16 {
      // Else a pipe of this name would be waited for.
      let descriptor = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NONBLOCK | creation, 0o600)
      guard descriptor >= 0 else {
        throw .file(path: path, errno == EISDIR ? .notAFile : .system(operation: "open", errno: errno))
      }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let code = errno
        close(descriptor)
        throw .file(path: path, code == EWOULDBLOCK ? .inUse : .system(operation: "lock", errno: code))
      }
      if isFile(descriptor, named: path) { return descriptor }
      close(descriptor)
    }
    throw .file(path: path, .inUse)
  }

  static func exists(_ path: String) -> Bool {
    var facts = stat()
    return lstat(path, &facts) == 0
  }

  /// Whether this is a name of it too.
  func hasName(_ name: String) -> Bool { Self.isFile(descriptor, named: name) }

  /// Whether it has any name still: by a hard link another than the one it was opened by.
  var hasAnyName: Bool {
    var facts = stat()
    return fstat(descriptor, &facts) != 0 || facts.st_nlink > 0
  }

  private static func isFile(_ descriptor: Int32, named path: String) -> Bool {
    var facts = stat()
    var named = stat()
    return fstat(descriptor, &facts) == 0 && stat(path, &named) == 0 && facts.st_ino == named.st_ino
      && facts.st_dev == named.st_dev
  }

  /// Gives it this name, in place of the file that has it.
  func rename(to name: String) throws(TopicError) {
    guard renamed(path, name) == 0 else { throw .file(path: path, .system(operation: "rename", errno: errno)) }
    path = name
  }

  /// So many bytes from an offset on, fewer where the file ends.
  func read(at offset: Int, count: Int) throws(TopicError) -> [UInt8] {
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
        let result = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
        if result < 0, errno == EINTR { continue }
        if result < 0 { code = errno }
        guard result > 0 else { break }
        filled += result
      }
    }
    guard code == 0 else { throw .file(path: path, .system(operation: "read", errno: code)) }
    return bytes
  }

  /// Whether nothing but zeros is in it.
  func isZero() throws(TopicError) -> Bool {
    for offset in stride(from: 0, to: size, by: TopicFileReader.pieceSize) {
      guard try read(at: offset, count: min(TopicFileReader.pieceSize, size - offset)).allSatisfy({ $0 == 0 }) else {
        return false
      }
    }
    return true
  }

  /// Appends both, whole or not at all: what was written of them before a failure is cut off again, now or, where that
  /// fails too, before anything else is written.
  func append(_ first: [UInt8], _ second: ArraySlice<UInt8> = []) throws(TopicError) {
    try cutRest()
    let code = first.withUnsafeBytes { first in second.withUnsafeBytes { write(first, $0) } }
    guard code != 0 else {
      size += first.count + second.count
      return
    }
    hasRest = true
    // Else before the next record, see above.
    try? cut(to: size)
    throw .file(path: path, .system(operation: "write to", errno: code))
  }

  /// Takes away what is left of a record whose writing has failed.
  func cutRest() throws(TopicError) {
    if hasRest { try cut(to: size) }
  }

  /// 0, or the errno.
  private func write(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Int32 {
    var first = first
    var second = second
    while !first.isEmpty || !second.isEmpty {
      let written = calls.write(descriptor, first, second)
      guard written >= 0 else {
        if errno == EINTR { continue }
        return errno
      }
      // Of a file system that takes nothing and says nothing: else it would be asked for ever, under the topic's lock.
      guard written > 0 else { return EIO }
      let ofSecond = max(0, written - first.count)
      first = UnsafeRawBufferPointer(rebasing: first[min(written, first.count)...])
      second = UnsafeRawBufferPointer(rebasing: second[ofSecond...])
    }
    return 0
  }

  /// Takes away what stands from an offset on.
  func cut(to size: Int) throws(TopicError) {
    while calls.truncate(descriptor, size) != 0 {
      guard errno == EINTR else { throw .file(path: path, .system(operation: "cut", errno: errno)) }
    }
    self.size = size
    hasRest = false
  }
}

// Inside `TopicFile` the name `rename` is its own.
private func renamed(_ path: String, _ name: String) -> Int32 { rename(path, name) }
