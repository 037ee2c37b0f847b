import Foundation

/// Why nothing more can be read.
enum InputError: Error, CustomStringConvertible {
  /// The task was cancelled while nothing came.
  case cancelled
  case failed(String, reason: String)

  var description: String {
    switch self {
    case .cancelled: "cancelled"
    case .failed(let file, let reason): "cannot read \(file): \(reason)"
    }
  }
}

/// A file or a pipe that is read as it comes.
final class Input: Sendable {
  static let standard = Input(descriptor: STDIN_FILENO, name: "standard input")

  private let descriptor: Int32
  private let name: String
  private let isOwner: Bool

  private init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
    isOwner = false
  }

  init(path: String) throws(InputError) {
    // A named pipe is opened at once too, and waited for where that can be cancelled.
    descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw .failed(path, reason: String(cString: strerror(errno))) }
    name = path
    isOwner = true
  }

  deinit {
    if isOwner { close(descriptor) }
  }

  /// What there is, at most so much; none at the end. Where nothing has come yet, waits; a cancelled task waits no
  /// longer.
  func read(atMost most: Int) throws(InputError) -> [UInt8] {
    while true {
      guard Descriptor.wait(for: POLLIN, on: descriptor) else { throw .cancelled }
      var count = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: most) { buffer, filled in
        count = systemRead(descriptor, UnsafeMutableRawBufferPointer(buffer))
        filled = max(0, count)
      }
      if count >= 0 { return bytes }
      if errno != EINTR && errno != EAGAIN { throw .failed(name, reason: String(cString: strerror(errno))) }
    }
  }
}

// Inside `Input` the name `read` is its own.
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
  read(descriptor, buffer.baseAddress, buffer.count)
}
