import Synchronization

/// A reader behind a standard library stream, whose copies may be iterated by any number of tasks: the second of two
/// that ask at once is refused.
final class ExclusiveReader<Element>: @unchecked Sendable {
  // Proof of Sendable: nobody else has `read` and what it holds, since it was sent here. It is called only by the one
  // call that has changed `isReading` from false to true, until it changes it back; the exchange acquires what the last
  // such call released.
  private let read: () async throws -> Element?
  private let url: String
  private let isReading = Atomic(false)

  /// - Parameter read: The next element; nil at the end.
  init(url: String, read: sending @escaping () async throws -> Element?) {
    self.read = read
    self.url = url
  }

  /// The next element; nil at the end and when the task is cancelled.
  func next() async throws -> Element? {
    guard isReading.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else {
      if Task.isCancelled { return nil }
      throw EventClientError.alreadyIterating(url: url)
    }
    defer { isReading.store(false, ordering: .releasing) }
    return try await read()
  }
}
