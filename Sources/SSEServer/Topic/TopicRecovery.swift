/// Builds a topic's log anew of its journal's records.
struct TopicRecovery {
  private var log: TopicLog
  private let first: UInt64
  private let keepsNewestOfKeys: Bool
  private let clock: TopicClock
  /// The records before the first: for each key what none has followed yet.
  private var older: [String: (sequence: UInt64, entry: TopicEntry)] = [:]

  /// - Parameter first: See `TopicJournal.first`.
  init(budget: TopicLog.Budget, epoch: String, first: UInt64, keepsNewestOfKeys: Bool, clock: TopicClock) {
    log = TopicLog(budget: budget, epoch: epoch, first: first, keepsNewestOfKeys: keepsNewestOfKeys)
    self.first = first
    self.keepsNewestOfKeys = keepsNewestOfKeys
    self.clock = clock
  }

  /// Takes the next record; false where it is none of this log.
  mutating func restore(_ record: TopicRecord) -> Bool {
    let entry = TopicEntry(
      encoded: record.event, id: log.id(of: record.sequence),
      key: keepsNewestOfKeys ? record.key ?? record.type : nil, publishedAt: clock.time(at: record.time))
    guard let entry else { return false }
    if record.sequence < first {
      if let key = entry.key { older[key] = (record.sequence, entry) }
    } else {
      guard record.sequence == log.end else { return false }
      if let key = entry.key, !older.isEmpty { older[key] = nil }
      log.append(entry, now: clock.now)
    }
    return true
  }

  /// The log, once the last record has been taken.
  consuming func finished() -> TopicLog {
    log.restore(newestOfKeys: older.values.sorted { $0.sequence < $1.sequence })
    log.dropExpired(now: clock.now)
    return log
  }
}

extension TopicRecord {
  /// The type of its event: the default of its key.
  fileprivate var type: String {
    let name = "event: "
    guard event.starts(with: name.utf8), let end = event.firstIndex(of: UInt8(ascii: "\n")) else { return "message" }
    return String(decoding: event[(event.startIndex + name.utf8.count)..<end], as: UTF8.self)
  }
}
