import SSESockets

/// The connections that wait for their loop's task group, in the order in which they were accepted. On the loop only.
final class AcceptedQueue {
  private var waiting: [Listener.Accepted] = []
  private var receiver: UnsafeContinuation<[Listener.Accepted]?, Never>?
  private var isFinished = false

  /// Takes a connection; refuses it when the server accepts no more.
  func put(_ accepted: Listener.Accepted) {
    if isFinished { return accepted.refuse() }
    waiting.append(accepted)
    resumeReceiver()
  }

  /// Ends the queue: those who wait are refused.
  func finish() {
    isFinished = true
    for accepted in waiting { accepted.refuse() }
    waiting = []
    receiver?.resume(returning: nil)
    receiver = nil
  }

  /// All that wait, at least one; nil at the end. Cancellation does not end it: `ServerLoop` calls `finish`.
  func next() async -> [Listener.Accepted]? {
    await withUnsafeContinuation { continuation in
      receiver = continuation
      if isFinished { finish() } else { resumeReceiver() }
    }
  }

  private func resumeReceiver() {
    guard !waiting.isEmpty, let receiver else { return }
    self.receiver = nil
    let all = waiting
    waiting = []
    receiver.resume(returning: all)
  }
}
