import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Lines for an operator, written at once, from any thread, and never at the price of the program: where nobody takes
/// them they are dropped, and their number is written once somebody does. A reader that has gone raises no SIGPIPE.
package final class LogOutput: Sendable {
  /// The process's standard error.
  package static let standardError = LogOutput(descriptor: 2)

  /// Nowhere.
  package static let none = LogOutput(descriptor: -1)

  private let descriptor: Int32
  /// How many lines have been dropped since the last one that was written. Its lock is held over the look for room and
  /// the write, so that no other thread of this process fills the room in between.
  private let dropped = Mutex(0)

  init(descriptor: Int32) { self.descriptor = descriptor }

  /// Writes a line, which is given without its newline. A pipe that has room has it for 4 KiB: more might block.
  package func write(line: String) {
    dropped.withLock { dropped in
      if dropped > 0, put("\(dropped) lines of the log were dropped, as nobody read them") { dropped = 0 }
      if dropped > 0 || !put(line) { dropped += 1 }
    }
  }

  private func put(_ line: String) -> Bool {
    guard SystemCall.hasRoom(descriptor) else { return false }
    var text = line + "\n"
    return text.withUTF8 { SystemCall.writeWithoutSignal(descriptor, UnsafeRawBufferPointer($0)) }
  }
}

extension SystemCall {
  /// Whether a write would not block now, and the other side is there.
  fileprivate static func hasRoom(_ descriptor: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    let gone = Int16(POLLERR) | Int16(POLLHUP) | Int16(POLLNVAL)
    return poll(&entry, 1, 0) == 1 && entry.revents & gone == 0 && entry.revents & Int16(POLLOUT) != 0
  }

  /// Whether all was written. Only a socket's `send` can be told to raise no SIGPIPE: for another file the signal is
  /// held back from this thread during the call, and taken if it came, as the process may have an action for it.
  fileprivate static func writeWithoutSignal(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Bool {
    var brokenPipe = sigset_t()
    var earlier = sigset_t()
    var pending = sigset_t()
    sigemptyset(&brokenPipe)
    sigaddset(&brokenPipe, SIGPIPE)
    sigpending(&pending)
    let wasPending = sigismember(&pending, SIGPIPE) == 1
    pthread_sigmask(SIG_BLOCK, &brokenPipe, &earlier)
    defer { pthread_sigmask(SIG_SETMASK, &earlier, nil) }
    let count = retryingInterrupts { systemWrite(descriptor, bytes.baseAddress, bytes.count) }
    if count < 0, !wasPending {
      // Where it is ignored it may not have come, and must not be waited for.
      sigpending(&pending)
      var number: Int32 = 0
      if sigismember(&pending, SIGPIPE) == 1 { sigwait(&brokenPipe, &number) }
    }
    return count == bytes.count
  }
}

// Inside `LogOutput` the name `write` is its own.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  bytes.map { write(descriptor, $0, count) } ?? 0
}
