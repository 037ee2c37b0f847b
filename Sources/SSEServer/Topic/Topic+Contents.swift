import Synchronization

/// What a topic holds, for a display of it.
package struct TopicContents: Sendable, Hashable {
  /// Events published since its log was empty.
  package var published: UInt64
  /// Events held.
  package var events: Int
  /// Their bytes, as they are sent.
  package var bytes: Int
  /// The ID that stands before all that is held: who resumes after it gets everything.
  package var start: String
}

extension Topic {
  /// What it holds now.
  package var contents: TopicContents {
    state.withLock { state in
      let log = state.log
      return TopicContents(
        published: log.end - 1, events: Int(log.end - log.oldest), bytes: log.byteCount,
        start: log.id(of: log.oldest - 1).description)
    }
  }
}
