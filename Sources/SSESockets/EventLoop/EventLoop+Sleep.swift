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
    let sleeper = LoopBound(sending: Sleeper(), loop: self)
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        sleeper.submit { [self] sleeper in
          sleeper.continuation = continuation
          sleeper.timer = schedule(after: delay) { sleeper.wake() }
        }
        // The handler's work may have come before this one's, and found nothing to wake. It was left after the task had
        // become cancelled, so that is seen here. Should both find the sleeper, the second finds it woken.
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
