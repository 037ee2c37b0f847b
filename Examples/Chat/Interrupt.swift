import Dispatch
import Foundation

/// Runs `body`, and cancels it on Ctrl-C. Returns when it has ended; whether it was cancelled.
func cancelOnInterrupt(_ body: @escaping @Sendable () async throws -> Void) async throws -> Bool {
  let (interrupts, interrupt) = AsyncStream.makeStream(of: Void.self)
  signal(SIGINT, SIG_IGN)  // Its default would end the process before the source below hears of it.
  let source = DispatchSource.makeSignalSource(signal: SIGINT)
  source.setEventHandler { interrupt.yield() }
  source.resume()
  defer { source.cancel() }
  return try await withThrowingTaskGroup(of: Bool.self) { group in
    group.addTask {
      try await body()
      return false
    }
    group.addTask {
      for await _ in interrupts { break }
      return true
    }
    // The first to end decides; the other is cancelled, and waited for.
    defer { group.cancelAll() }
    return try await group.next() ?? false
  }
}
