import Synchronization

/// What a topic holds.
extension Topic {
  /// The ID that stands before all that it holds: whoever resumes after it gets everything.
  package var startOfHistory: String { state.withLock { $0.log.id(of: $0.log.oldest - 1).description } }

  /// Nothing has been published to it yet.
  package var isEmpty: Bool { state.withLock { $0.log.end == 1 } }
}
