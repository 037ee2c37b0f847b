package import Foundation
import Synchronization

/// A program that was started, in a process group of its own. Foundation's `Process` will not do: it looks for open
/// descriptors by reading directory entries to 256 bytes, which crashes now and then where more than a thousand are
/// open, and its child inherits the signals that a thread of Swift's pool blocks, which are all.
package final class ChildProcess: Sendable {
  /// Also the number of its group.
  package let identifier: pid_t
  private let exit = Mutex<Int32?>(nil)
  private let ended = DispatchSemaphore(value: 0)

  /// Starts a program of the search path, with standard input empty.
  ///
  /// - Parameters:
  ///   - environment: Added to this process's.
  ///   - directory: Its working directory; nil is this process's.
  ///   - output: The descriptor that becomes its standard output.
  ///   - errors: The one that becomes its standard error.
  package init(
    _ name: String, _ arguments: [String], directory: URL? = nil, environment: [String: String] = [:],
    output: Int32, errors: Int32
  ) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
    try Self.addClosing(from: STDERR_FILENO + 1, to: &actions)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

    let variables = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
    let command = (directory.map { ["env", "-C", $0.path()] } ?? []) + [name]
    let words = (command + arguments).map { strdup($0) } + [nil]
    let settings = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in words + settings { free(text) } }
    var identifier: pid_t = 0
    let failure = posix_spawnp(&identifier, command[0], &actions, &attributes, words, settings)
    guard failure == 0 else { throw CannotStart(name: name, errno: failure) }
    self.identifier = identifier
    Thread.detachNewThread { [self] in wait() }
  }

  package struct CannotStart: Error, CustomStringConvertible {
    let name: String
    let errno: Int32
    package var description: String { "\(name) cannot be started: \(String(cString: strerror(errno)))" }
  }

  /// A pipe's end that another child inherited would keep its reader waiting. Swift's view of glibc lacks the function.
  private static func addClosing(from first: Int32, to actions: inout posix_spawn_file_actions_t) throws {
    typealias Function = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
    guard let symbol = dlsym(dlopen(nil, RTLD_NOW), "posix_spawn_file_actions_addclosefrom_np") else {
      throw CannotStart(name: "a program, by glibc before 2.34,", errno: ENOSYS)
    }
    _ = unsafeBitCast(symbol, to: Function.self)(&actions, first)
  }

  private func wait() {
    var status: Int32 = 0
    while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
    // Its status, or the signal that has ended it.
    let signal = status & 0x7F
    exit.withLock { $0 = signal == 0 ? status >> 8 & 0xFF : signal }
    ended.signal()
  }

  package var isRunning: Bool { exitStatus == nil }

  /// Nil while it runs; then its status, or the number of the signal that has ended it.
  package var exitStatus: Int32? { exit.withLock { $0 } }

  package func send(_ signal: Int32) {
    // Not after its end: the number may be another's.
    exit.withLock { if $0 == nil { kill(identifier, signal) } }
  }

  /// Waits on this thread until it has ended, at most for a time; false when that is over.
  @discardableResult
  package func waitUntilEnd(seconds: Double = .infinity) -> Bool {
    let limit: DispatchTime = seconds.isFinite ? .now() + seconds : .distantFuture
    guard ended.wait(timeout: limit) == .success else { return false }
    ended.signal()  // For who waits after this one.
    return true
  }
}
