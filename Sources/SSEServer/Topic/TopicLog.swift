/// The last events of a topic, each encoded once, and where a reader that comes back goes on. A value without I/O: the
/// time, in nanoseconds, is passed in.
struct TopicLog: Sendable {
  /// What is held at most.
  struct Budget: Sendable {
    var events: Int
    /// Of the events as they are sent. The newest is held whatever its size.
    var bytes = Int.max
    /// Nanoseconds.
    var age = UInt64.max
  }

  /// What stands at a sequence number.
  enum Lookup {
    case entry(TopicEntry)
    /// Not published yet.
    case notYet
    /// Dropped in favour of newer events.
    case gone
  }

  /// Where a reader begins.
  struct Start: Equatable {
    /// The event that it is sent first, or the first one after that which it may have.
    var sequence: UInt64
    /// It is sent only the newest event of each key up to here; see `TopicLagRule.newestOfEachKey`.
    var newestOnlyUntil: UInt64 = 0
    var gap: TopicGap?
  }

  /// See `TopicID`.
  let epoch: String
  /// The sequence number that the next event gets.
  private(set) var end: UInt64
  /// The oldest sequence number held; `end` when none is.
  private(set) var oldest: UInt64
  /// The sequence number that the first event got.
  private let first: UInt64
  private let budget: Budget
  /// The entry of sequence number `n` stands at `(n - first) % budget.events`; places grow to that number.
  private var ring: [TopicEntry?] = []
  /// Of the ring.
  private(set) var byteCount = 0
  /// Where the rule asks for it.
  private var newest: NewestOfKeys?

  /// - Parameter first: The sequence number that the first event gets; another than 1 in a log that goes on.
  init(budget: Budget, epoch: String, first: UInt64 = 1, keepsNewestOfKeys: Bool = false) {
    self.first = first
    end = first
    oldest = first
    var budget = budget
    budget.events = max(1, budget.events)
    self.budget = budget
    self.epoch = epoch
    if keepsNewestOfKeys { newest = NewestOfKeys(budget: budget) }
  }

  private func place(of sequence: UInt64) -> Int { Int((sequence - first) % UInt64(budget.events)) }

  func id(of sequence: UInt64) -> TopicID { TopicID(epoch: epoch, sequence: sequence) }

  /// Events that are held, those beside the ring included.
  var heldCount: Int { Int(end - oldest) + (newest?.count ?? 0) }

  /// Bytes of them, as they are sent.
  var heldBytes: Int { byteCount + (newest?.byteCount ?? 0) }

  // MARK: - Appending

  /// The ID that the next event gets.
  var nextID: TopicID { id(of: end) }

  /// What would be the oldest held once this has been appended, leaving age aside.
  func oldest(afterAppending entry: TopicEntry) -> UInt64 {
    var oldest = oldest
    var bytes = byteCount + entry.chunk.count
    while oldest < end, end - oldest >= budget.events || bytes > budget.bytes {
      bytes -= ring[place(of: oldest)]?.chunk.count ?? 0
      oldest += 1
    }
    return oldest
  }

  /// Appends the event that `nextID` was given to.
  mutating func append(_ entry: TopicEntry, now: UInt64) {
    let oldestThen = oldest(afterAppending: entry)
    while oldest < oldestThen { dropOldest() }
    let place = place(of: end)
    if place < ring.count { ring[place] = entry } else { ring.append(entry) }
    byteCount += entry.chunk.count
    newest?.published(entry, sequence: end)
    end += 1
    dropExpired(now: now)
  }

  /// Drops what is older than the budget allows.
  mutating func dropExpired(now: UInt64) {
    guard budget.age < .max else { return }
    while oldest < end, let entry = ring[place(of: oldest)], isExpired(entry, now: now) { dropOldest() }
    newest?.dropPublished(before: now > budget.age ? now - budget.age : 0)
  }

  /// See `NewestOfKeys.restore`.
  mutating func restore(newestOfKeys entries: [(sequence: UInt64, entry: TopicEntry)]) { newest?.restore(entries) }

  private func isExpired(_ entry: TopicEntry, now: UInt64) -> Bool {
    now > entry.publishedAt && now - entry.publishedAt > budget.age
  }

  private mutating func dropOldest() {
    let place = place(of: oldest)
    if let entry = ring[place] {
      byteCount -= entry.chunk.count
      newest?.dropped(entry, sequence: oldest)
    }
    ring[place] = nil
    oldest += 1
  }

  // MARK: - Reading

  /// What most readers need of the log: they are at its end and take its newest entry.
  struct Glance: Sendable {
    let end: UInt64
    let newest: TopicEntry?
  }

  var glance: Glance {
    guard case .entry(let newest) = lookUp(end - 1) else { return Glance(end: end, newest: nil) }
    return Glance(end: end, newest: newest)
  }

  func lookUp(_ sequence: UInt64) -> Lookup {
    if sequence >= end { return .notYet }
    guard sequence >= oldest, let entry = ring[place(of: sequence)] else { return .gone }
    return .entry(entry)
  }

  /// The first event from `sequence` on, and before `limit`, that is the newest of its key.
  func newestOfKey(from sequence: UInt64, before limit: UInt64) -> (sequence: UInt64, entry: TopicEntry)? {
    guard let newest else { return nil }
    if sequence < oldest, let kept = newest.firstKept(from: sequence) { return kept.sequence < limit ? kept : nil }
    var sequence = max(sequence, oldest)
    while sequence < min(limit, end) {
      if let entry = ring[place(of: sequence)], newest.isNewest(entry, sequence: sequence) { return (sequence, entry) }
      sequence += 1
    }
    return nil
  }

  /// The first from `sequence` on that is held beside the ring, as the newest of its key.
  func firstKept(from sequence: UInt64) -> (sequence: UInt64, entry: TopicEntry)? { newest?.firstKept(from: sequence) }

  // MARK: - Where a reader begins

  /// Where a reader begins that saw `lastEventID` last: live without one, after it where that is held, else at the
  /// oldest held, and then it is told of the hole.
  func start(after lastEventID: String?) -> Start {
    guard let lastEventID, !lastEventID.isEmpty else { return Start(sequence: end) }
    guard let id = TopicID(lastEventID) else { return startAfterHole(after: lastEventID, from: 0, .unknown) }
    guard id.epoch == epoch else { return startAfterHole(after: lastEventID, from: 0, .restarted) }
    guard id.sequence < end else { return startAfterHole(after: lastEventID, from: 0, .unknown) }
    if id.sequence + 1 >= oldest { return Start(sequence: id.sequence + 1) }
    return startAfterHole(after: lastEventID, from: id.sequence + 1, .expired)
  }

  /// Where a reader goes on that is behind the oldest held: `next` should have come next.
  func startAfterSkipping(from next: UInt64) -> Start {
    startAfterHole(after: id(of: next - 1).description, from: next, .skipped)
  }

  private func startAfterHole(after: String, from sequence: UInt64, _ reason: TopicGap.Reason) -> Start {
    var start = Start(sequence: oldest)
    if newest != nil {
      start.newestOnlyUntil = end
      start.sequence = newestOfKey(from: sequence, before: end)?.sequence ?? end
    }
    let oldestID = start.sequence < end ? id(of: start.sequence).description : ""
    start.gap = TopicGap(after: after, oldest: oldestID, reason: reason)
    return start
  }
}
