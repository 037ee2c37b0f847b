/// A task that waits until no more than so many bytes of a socket are unsent, or sending has failed, or it is
/// cancelled. Touched on the loop's thread only. Whoever comes first takes the continuation out; the others find none.
final class SendWaiter {
  let mostUnsent: Int
  private var continuation: UnsafeContinuation<Void, Never>?

  init(mostUnsent: Int, _ continuation: UnsafeContinuation<Void, Never>? = nil) {
    self.mostUnsent = mostUnsent
    self.continuation = continuation
  }

  func stand(_ continuation: UnsafeContinuation<Void, Never>) { self.continuation = continuation }

  func resume() { continuation.take()?.resume() }
}

extension StreamSocket {
  /// Whether a sender has to wait in `drained()` before it goes on.
  @inline(__always)
  package var mustWaitToSend: Bool { unsentCount >= Self.waitingBytesLimit }

  /// Suspends until fewer than 64 KiB wait, sending has failed, or the task is cancelled (the socket stays open).
  package func drained() async { await wait(mostUnsent: Self.waitingBytesLimit - 1) }

  /// Suspends until the kernel has taken everything, sending has failed, or the task is cancelled (the socket stays
  /// open).
  package func allDrained() async {
    flush()
    await wait(mostUnsent: 0)
  }

  private func wait(mostUnsent: Int) async {
    // Looked at again after each wait: another sender may have come first.
    while unsentCount > mostUnsent, !hasFailed, !Task.isCancelled {
      let waiter = SendWaiter(mostUnsent: mostUnsent)
      let bound = LoopBound((socket: self, waiter: waiter), loop: loop)
      await withTaskCancellationHandler {
        await withUnsafeContinuation { continuation in
          waiter.stand(continuation)
          sendWaiters.append(waiter)
          // The handler may have run before and found nobody; the task was cancelled by then.
          if Task.isCancelled { abandon(waiter) }
        }
      } onCancel: {
        bound.submit { $0.socket.abandon($0.waiter) }
      }
    }
  }

  private func abandon(_ waiter: SendWaiter) {
    sendWaiters.removeAll { $0 === waiter }
    waiter.resume()
  }

  /// Resumes those whose wait is over.
  func resumeSendWaiters() {
    guard !sendWaiters.isEmpty else { return }
    let waiters = sendWaiters
    sendWaiters = []
    for waiter in waiters {
      if hasFailed || unsentCount <= waiter.mostUnsent { waiter.resume() } else { sendWaiters.append(waiter) }
    }
  }
}
