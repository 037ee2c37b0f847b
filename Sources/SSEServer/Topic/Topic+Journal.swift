extension Topic {
  /// A topic whose log may outlive the process.
  ///
  ///     let news = try Topic(log: .file(URL(filePath: "/var/lib/news/news.log")), history: 10_000)
  ///
  /// A log that is in a file already goes on: the same IDs, and the events of it that the limits let be held. It is
  /// read here, on the calling thread: make topics before the server runs.
  ///
  /// - Parameters:
  ///   - location: Where the log is kept; see `TopicLogLocation`.
  ///   - history: How many events are held, at least 1, for readers that come back or are behind. Default 1,000.
  ///   - historyBytes: How many bytes they may have as they are sent; the newest event is held in any case. Default 64
  ///     MiB.
  ///   - maxAge: How long an event is held, restarts included, by the wall clock then. Default: as long as there is
  ///     room.
  ///   - onLag: What becomes of a reader that falls behind. Default: its connection is ended, and it comes back.
  ///   - gapNotice: How readers are told of holes. Default: by an event of type "gap".
  /// - Throws: `TopicError.file` where the file cannot be used. It is then as it was.
  public convenience init(
    log location: TopicLogLocation, history: Int = 1_000, historyBytes: Int = 67_108_864, maxAge: Duration? = nil,
    onLag lagRule: TopicLagRule = .endConnection, gapNotice: TopicGapNotice = .event
  ) throws(TopicError) {
    try self.init(
      journal: location.journal(), budget: TopicLog.Budget(events: history, bytes: historyBytes, maxAge: maxAge),
      onLag: lagRule, gapNotice: gapNotice)
  }
}

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
  /// - Parameter key: The one given with the event, also where the topic's rule does not ask for it: that may change
  ///   with a restart.
  fileprivate init(_ entry: TopicEntry, sequence: UInt64, key: String?, _ clock: TopicClock) {
    self.init(
      sequence: sequence, time: clock.wallClock(at: entry.publishedAt), key: entry.key ?? key,
      event: entry.chunk[entry.event])
  }
}
