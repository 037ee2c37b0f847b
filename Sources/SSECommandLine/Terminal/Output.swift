import Foundation

/// Why nothing more can be written.
enum OutputError: Error, CustomStringConvertible {
  /// Who reads the pipe has gone, as `head` does when it has its lines.
  case readerLeft
  /// The task was cancelled while nobody took what was to be written.
  case cancelled
  case failed(String, reason: String)

  var description: String {
    switch self {
    case .readerLeft: "the reader of the output has gone"
    case .cancelled: "cancelled"
    case .failed(let file, let reason): "cannot write to \(file): \(reason)"
    }
  }
}

/// A file that is written without a buffer: what has been written is there, whatever becomes of the process.
final class Output: Sendable {
  static let standard = Output(descriptor: STDOUT_FILENO, name: "standard output")

  let descriptor: Int32
  let style: TextStyle
  private let name: String
  private let isOwner: Bool

  private init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
    style = TextStyle(descriptor: descriptor)
    isOwner = false
  }

  /// Makes a file, or empties it.
  init(path: String) throws(OutputError) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .failed(path, reason: String(cString: strerror(errno))) }
    name = path
    style = .plain
    isOwner = true
  }

  deinit {
    if isOwner { close(descriptor) }
  }

  /// Writes all of it. Where nobody takes it, waits: that slows the server, which is what a slow reader is to do. A
  /// cancelled task waits no longer.
  func write(_ text: String) throws(OutputError) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      guard Descriptor.wait(for: POLLOUT, on: descriptor) else { throw .cancelled }
      // A pipe that has room has it for so much: more might wait where cancelling cannot be heard.
      let piece = rest.prefix(4_096)
      let count = piece.withUnsafeBytes { systemWrite(descriptor, $0) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EPIPE {
        throw .readerLeft
      } else if errno != EINTR && errno != EAGAIN {
        throw .failed(name, reason: String(cString: strerror(errno)))
      }
    }
  }
}

// Inside `Output` the name `write` is its own.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}
