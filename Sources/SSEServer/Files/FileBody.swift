import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// An open file that is sent as a body, piece by piece. Closed when it is let go.
final class FileBody: Sendable {
  static let pieceSize = 65_536

  /// Its size when it was opened; no more is sent, should it grow.
  let length: Int
  private let descriptor: Int32
  private let sent = Mutex(0)

  /// The file at a path below a folder, its parts separated by single slashes; nil for what is not a regular file that
  /// can be read. From the folder on each part is opened in the one before it, and no link is followed: what took a
  /// part's place since the path was resolved cannot lead out.
  init?(path: String, below folder: String) {
    descriptor = Self.open(path.pathSegments, below: folder)
    var status = stat()
    guard descriptor >= 0 else { return nil }
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      return nil
    }
    length = Int(status.st_size)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// -1 on failure.
  private static func open(_ parts: [Substring], below folder: String) -> Int32 {
    let unlinked = O_RDONLY | O_CLOEXEC | O_NOFOLLOW
    var parent = openat(AT_FDCWD, folder, unlinked | O_DIRECTORY)
    for part in parts.dropLast() where parent >= 0 {
      let child = openat(parent, String(part), unlinked | O_DIRECTORY)
      close(parent)
      parent = child
    }
    guard parent >= 0, let name = parts.last else { return parent }
    defer { close(parent) }
    // Else a pipe would be waited for.
    return openat(parent, String(name), unlinked | O_NONBLOCK)
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Why a file cannot be sent to its end.
  enum ReadError: Error {
    case failed(Int32)
    case shorterThanBefore
  }

  /// The next bytes, nil at the end.
  func nextPiece() throws(ReadError) -> [UInt8]? {
    let offset = sent.withLock { $0 }
    guard offset < length else { return nil }
    var code: Int32 = 0
    let piece = [UInt8](unsafeUninitializedCapacity: min(Self.pieceSize, length - offset)) { buffer, count in
      let result = pread(descriptor, buffer.baseAddress, min(Self.pieceSize, length - offset), off_t(offset))
      if result < 0 { code = errno }
      count = max(result, 0)
    }
    if code != 0 { throw .failed(code) }
    if piece.isEmpty { throw .shorterThanBefore }
    sent.withLock { $0 += piece.count }
    return piece
  }
}
