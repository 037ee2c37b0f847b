import SSEHTTP1

/// The connections that wait for their loop's task group, in the order in which they were accepted. On the loop only.
final class AcceptedQueue {
  struct Entry {
    let connection: ServedConnection
    /// Why it is only refused: 503 or 429; nil where it is served.
    let refusal: HTTPStatus?
  }

  private var waiting: [Entry] = []
  private var receiver: UnsafeContinuation<Void, Never>?
  private var isFinished = false

  func put(_ entry: Entry) {
    waiting.append(entry)
    resumeReceiver()
  }

  /// Ends the queue once those who wait have been taken.
  func finish() {
    isFinished = true
    resumeReceiver()
  }

  /// All that wait, at least one; nil at the end. Cancellation does not end it: `ServerLoop` calls `finish`.
  func next() async -> [Entry]? {
    if waiting.isEmpty, !isFinished {
      await withUnsafeContinuation { receiver = $0 }
    }
    let all = waiting
    waiting = []
    return all.isEmpty ? nil : all
  }

  private func resumeReceiver() {
    receiver?.resume()
    receiver = nil
  }
}
