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

  /// Nil for what is not a regular file that can be read. A link that took the file's place meanwhile is not followed.
  init?(path: String) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    var status = stat()
    guard descriptor >= 0 else { return nil }
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      return nil
    }
    length = Int(status.st_size)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

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
