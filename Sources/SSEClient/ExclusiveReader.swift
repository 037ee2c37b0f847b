import ServerSentEvents
import Synchronization

/// A reader behind a standard library stream, whose copies may be iterated by any number of tasks: the second of two
/// that ask at once is refused.
final class ExclusiveReader: @unchecked Sendable {
  // Proof of Sendable: `reader` is touched only by the one call that has changed `isReading` from false to true, until
  // it changes it back; the exchange acquires what the last such call released.
  private let reader: EventReader
  private let url: String
  private let isReading = Atomic(false)

  init(_ source: EventSource) {
    reader = EventReader(source, deliversComments: false)
    url = source.url
  }

  /// The next event; nil at the end and when the task is cancelled.
  func next() async throws(EventClientError) -> ServerSentEvent? {
    guard isReading.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else {
      if Task.isCancelled { return nil }
      throw .alreadyIterating(url: url)
    }
    defer { isReading.store(false, ordering: .releasing) }
    while let message = try await reader.next() {
      if case .event(let event) = message { return event }
    }
    return nil
  }
}
