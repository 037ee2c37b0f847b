/// A sleep under way. Its timer and its continuation are touched on the loop's thread only.
private final class Sleeper {
  var timer: LoopTimer?
  var continuation: UnsafeContinuation<Void, Never>?

  func wake() {
    continuation?.resume()
    continuation = nil
    timer = nil
  }
}

extension EventLoop {
  /// Suspends for `delay` on a timer of this loop. A cancelled sleep ends at once, leaves no timer behind, and throws.
  package func sleep(for delay: Duration) async throws(CancellationError) {
    let sleeper = LoopBound(Sleeper(), loop: self)
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        sleeper.submit { [self] sleeper in
          // Cancelled before: the handler below has run, or will find no continuation.
          sleeper.continuation = continuation
          sleeper.timer = schedule(after: delay) { sleeper.wake() }
        }
        // The task may have been cancelled before the timer stood; the handler's work then came first and found none.
        if Task.isCancelled { sleeper.submit { [self] in cancel($0) } }
      }
    } onCancel: {
      sleeper.submit { [self] in cancel($0) }
    }
    if Task.isCancelled { throw CancellationError() }
  }

  private func cancel(_ sleeper: Sleeper) {
    if let timer = sleeper.timer { cancel(timer) }
    sleeper.wake()
  }
}
