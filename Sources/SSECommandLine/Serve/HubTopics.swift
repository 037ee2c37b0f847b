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

  /// Who asks for a topic.
  enum Asker {
    /// Makes no use of the last quarter of the topics that there may be: where anyone may read, readers could else
    /// leave publishers none.
    case reader
    case publisher
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
  static let leastAge = Duration.seconds(60)

  let settings: Settings
  /// Where topics are kept, so that they outlive the hub.
  private let folder: HubFolder?
  private let entries: Mutex<[String: Entry]> = Mutex([:])

  /// The topics that the folder has; none without one. Reads its files on the calling thread.
  init(_ settings: Settings = Settings(), folder: HubFolder? = nil) throws {
    self.settings = settings
    self.folder = folder
    guard let names = try folder?.names() else { return }
    guard names.count <= settings.most else { throw HubFolderError.tooManyFiles(names.count, limit: settings.most) }
    for name in names { _ = try topic(name, for: .publisher) }
  }

  /// The topic of that name, made where there is none.
  ///
  /// - Throws: `HubError` where the name cannot be a topic's, or where there are too many topics; `TopicError` where
  ///   its file cannot be used.
  func topic(_ name: String, for asker: Asker, now: UInt64 = EventLoop.now) throws -> Topic {
    guard TopicStream.isName(name) else { throw HubError.badTopicName(name) }
    return try entries.withLock { entries in
      if var entry = entries[name] {
        entry.lastAsked = now
        entries[name] = entry
        return entry.topic
      }
      let most = asker == .publisher ? settings.most : settings.most - settings.most / 4
      if entries.count >= most { removeUnused(from: &entries, now: now) }
      guard entries.count < most else { throw HubError.tooManyTopics(limit: settings.most) }
      // Under the lock, so that nobody else opens the same file; but for the start, the file is a new and empty one.
      let topic = try makeTopic(name)
      entries[name] = Entry(topic: topic, lastAsked: now)
      return topic
    }
  }

  private func makeTopic(_ name: String) throws(TopicError) -> Topic {
    let location = folder.map { TopicLogLocation.file($0.file(of: name)) } ?? .memory
    return try Topic(
      log: location, history: settings.history, historyBytes: settings.historyBytes, onLag: settings.lagRule)
  }

  /// All topics.
  var byName: [String: Topic] { entries.withLock { $0.mapValues(\.topic) } }

  /// Gives room that is held by names that were only asked for: without an event and without a reader.
  private func removeUnused(from entries: inout [String: Entry], now: UInt64) {
    let old = now - min(now, UInt64(Self.leastAge / .nanoseconds(1)))
    let unused = entries.filter { _, entry in
      entry.lastAsked <= old && entry.topic.readers.count == 0 && entry.topic.isEmpty
    }
    for name in unused.keys {
      entries[name] = nil
      folder?.removeFile(of: name)
    }
  }
}
