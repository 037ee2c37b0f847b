extension Topic.State {
  /// Has the journal keep the event that is to be appended to the log next.
  func keep(_ entry: TopicEntry, key: String?) throws(TopicError) {
    guard let journal else { return }
    let clock = TopicClock()
    try journal.forget(before: log.oldest) { from in
      log.firstKept(from: from).map { TopicRecord($0.entry, sequence: $0.sequence, key: nil, clock) }
    }
    try journal.append(TopicRecord(entry, sequence: log.end, key: key, clock))
  }
}

extension TopicRecord {
  /// - Parameter key: The one given with the event, also where the topic's rule does not ask for it: that may change with
  ///   a restart.
  fileprivate init(_ entry: TopicEntry, sequence: UInt64, key: String?, _ clock: TopicClock) {
    self.init(
      sequence: sequence, time: clock.wallClock(at: entry.publishedAt), key: entry.key ?? key,
      event: entry.chunk[entry.event])
  }
}
