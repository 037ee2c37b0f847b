/// What only some readers have: several topics, a view of their own, or something to catch up with. The others have no
/// such object, which keeps them small and fast.
final class ReaderParticulars {
  let view: TopicView
  /// The names of the reader's topics, in their order; empty for a single topic.
  let names: [String]
  /// Its place in each topic but the first.
  var others: [TopicMembership] = []
  /// For each topic, see `TopicLog.Start`.
  var newestOnlyUntil: [UInt64]
  /// The topic whose event is being written, or was written last.
  var current = 0
  /// The lines of an event that are the reader's own are in the socket's buffer; the rest comes from the log.
  var hasBegun = false
  /// The reader's position has moved on since it was last told an ID: the view has left events out.
  var hasLeftOut = false
  /// What the view has thrown.
  var failure: (any Error)?

  init(view: TopicView = TopicView(), names: [String] = [], topicCount: Int = 1) {
    self.view = view
    self.names = names
    newestOnlyUntil = [UInt64](repeating: 0, count: topicCount)
  }

  /// Whether there is nothing particular about a single topic's reader any more.
  var areOver: Bool { view.isWhole && names.isEmpty && newestOnlyUntil == [0] }
}

/// A reader's place among the readers of a topic on its loop.
struct TopicMembership {
  let readers: TopicReaders
  var place = 0

  var position: TopicPosition {
    get { readers.positions[place] }
    nonmutating set { readers.positions[place] = newValue }
  }
}
