import SSEHTTP1

/// What waits for a task of its own in its loop's group, in the order in which it came. On the loop only.
final class LoopQueue {
  enum Entry {
    case serve(ServedConnection)
    /// A connection over a limit: 503 or 429.
    case refuse(ServedConnection, HTTPStatus)
    /// A request of a connection that is served, which waits for the answer.
    case answer(Exchange)
  }

  private var waiting: [Entry] = []
  private var receiver: UnsafeContinuation<Void, Never>?
  private(set) var isFinished = false

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
