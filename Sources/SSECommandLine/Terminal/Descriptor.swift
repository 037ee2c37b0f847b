import Foundation

/// What this tool asks of the system about descriptors.
enum Descriptor {
  /// Opens what the process was started without of standard input, output and error, so that its use fails. Else the
  /// next file or socket would get that number, and events would be written to it.
  static func reserveStandard() {
    for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDWR)]
    where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest free number, which is this one.
      _ = open("/dev/null", mode)
    }
  }

  /// Waits until reading (`POLLIN`) or writing (`POLLOUT`) does not block; false when the task is cancelled before.
  static func wait(for events: Int32, on descriptor: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    // Nothing wakes `poll` when a task is cancelled.
    let lookAgainAfterMilliseconds: Int32 = 100
    while poll(&entry, 1, 0) == 0 {
      if Task.isCancelled { return false }
      _ = poll(&entry, 1, lookAgainAfterMilliseconds)
    }
    return true
  }
}
