/// The newest event of each key, also of those that a topic's ring has dropped; for `TopicLagRule.newestOfEachKey`.
/// Dropped ones are held up to the ring's budget once more.
struct NewestOfKeys: Sendable {
  private struct Kept {
    let sequence: UInt64
    /// Nil once a newer event of its key has been published.
    var entry: TopicEntry?
  }

  private let budget: TopicLog.Budget
  private var sequences: [String: UInt64] = [:]
  /// What the ring has dropped, in order. It is packed when fewer than half of it is still held.
  private var kept: [Kept] = []
  /// Where in `kept` the first stands that may be held.
  private var first = 0
  private(set) var count = 0
  private(set) var byteCount = 0

  init(budget: TopicLog.Budget) { self.budget = budget }

  func isNewest(_ entry: TopicEntry, sequence: UInt64) -> Bool {
    entry.key.map { sequences[$0] == sequence } ?? true
  }

  /// The first from `sequence` on that the ring does not hold any more.
  func firstKept(from sequence: UInt64) -> (sequence: UInt64, entry: TopicEntry)? {
    for item in kept[place(of: sequence)...] {
      if let entry = item.entry { return (item.sequence, entry) }
    }
    return nil
  }

  mutating func published(_ entry: TopicEntry, sequence: UInt64) {
    guard let key = entry.key, let older = sequences.updateValue(sequence, forKey: key) else { return }
    let place = place(of: older)
    if place < kept.count, kept[place].sequence == older { remove(at: place) }
  }

  /// The ring has dropped it.
  mutating func dropped(_ entry: TopicEntry, sequence: UInt64) {
    guard entry.key != nil, isNewest(entry, sequence: sequence) else { return }
    kept.append(Kept(sequence: sequence, entry: entry))
    count += 1
    byteCount += entry.chunk.count
    dropExcess()
  }

  /// What was held beside the ring before a restart: in order, all older than what the ring has had since, and each the
  /// newest of its key.
  mutating func restore(_ entries: [(sequence: UInt64, entry: TopicEntry)]) {
    for (sequence, entry) in entries {
      guard let key = entry.key else { continue }
      sequences[key] = sequence
      count += 1
      byteCount += entry.chunk.count
    }
    first = 0
    kept.insert(contentsOf: entries.map { Kept(sequence: $0.sequence, entry: $0.entry) }, at: 0)
    dropExcess()
  }

  private mutating func dropExcess() {
    while count > budget.events || byteCount > budget.bytes { dropFirst() }
  }

  mutating func dropPublished(before time: UInt64) {
    while let entry = firstHeld, entry.publishedAt < time { dropFirst() }
  }

  private var firstHeld: TopicEntry? {
    mutating get {
      while first < kept.count, kept[first].entry == nil { first += 1 }
      return first < kept.count ? kept[first].entry : nil
    }
  }

  private mutating func dropFirst() {
    guard let key = firstHeld?.key else { return }
    sequences[key] = nil
    remove(at: first)
  }

  private mutating func remove(at place: Int) {
    guard let entry = kept[place].entry else { return }
    kept[place].entry = nil
    count -= 1
    byteCount -= entry.chunk.count
    guard kept.count > 2 * count + 16 else { return }
    kept.removeAll { $0.entry == nil }
    first = 0
  }

  /// The place of the first whose sequence number is not below this one.
  private func place(of sequence: UInt64) -> Int {
    var low = first
    var high = kept.count
    while low < high {
      let middle = (low + high) / 2
      if kept[middle].sequence < sequence { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
