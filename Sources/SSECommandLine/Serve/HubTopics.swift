import SSEServer
import SSESockets
import Synchronization

/// The topics of a hub by their names. One comes into being when it is first published to or read.
final class HubTopics: Sendable {
  /// What each of them holds, and how many there may be.
  struct Settings: Sendable {
    /// Topics at most.
    var most = 1_000
    /// Events that each holds.
    var history = 1_000
    /// Bytes that these may have.
    var historyBytes = 16_777_216
    var lagRule = TopicLagRule.endConnection
  }

  /// The topic of those who name none.
  static let defaultName = "default"
  /// Asked for in place of an ID: everything that is held.
  static let earliest = "earliest"

  private struct Entry {
    let topic: Topic
    /// When it was last asked for, by the clock of event loops, in nanoseconds.
    var lastAsked: UInt64
  }

  /// Whoever has asked for a topic within this time may be about to publish to it or to read it.
  private static let leastAge = Duration.seconds(60)

  let settings: Settings
  private let entries: Mutex<[String: Entry]> = Mutex([:])

  init(_ settings: Settings) { self.settings = settings }

  /// The topic of that name, made where there is none.
  ///
  /// - Throws: `HubError` where the name cannot be a topic's, or where there are too many topics.
  func topic(_ name: String, now: UInt64 = EventLoop.now) throws(HubError) -> Topic {
    guard TopicStream.isName(name) else { throw .badTopicName(name) }
    return try entries.withLock { entries throws(HubError) in
      if var entry = entries[name] {
        entry.lastAsked = now
        entries[name] = entry
        return entry.topic
      }
      if entries.count >= settings.most { Self.removeUnused(from: &entries, now: now) }
      guard entries.count < settings.most else { throw .tooManyTopics(limit: settings.most) }
      let topic = Topic(
        history: settings.history, historyBytes: settings.historyBytes, onLag: settings.lagRule)
      entries[name] = Entry(topic: topic, lastAsked: now)
      return topic
    }
  }

  /// All topics.
  var byName: [String: Topic] { entries.withLock { $0.mapValues(\.topic) } }

  /// Gives room that is held by names that were only asked for: without an event and without a reader.
  private static func removeUnused(from entries: inout [String: Entry], now: UInt64) {
    let old = now - min(now, UInt64(leastAge / .nanoseconds(1)))
    entries = entries.filter { _, entry in
      entry.lastAsked > old || entry.topic.readers.count > 0 || !entry.topic.isEmpty
    }
  }
}
