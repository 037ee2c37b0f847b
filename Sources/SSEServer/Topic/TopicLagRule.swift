/// What becomes of a reader when its topic's history drops an event that it has not been sent yet.
///
/// Until then a reader is merely behind, which costs nothing but the history that is held anyway. Whatever the rule, a
/// reader that has been sent a part of an event that is dropped is cut off: it must not take half of it for the whole.
public struct TopicLagRule: Sendable, Hashable {
  enum Kind: Sendable {
    case endConnection, skipToOldest, newestOfEachKey, publisherWaits
  }
  let kind: Kind

  /// Its connection is ended properly. It comes back, is told of the hole by a `gap` event, and goes on with the oldest
  /// event held. Costs a new connection each time; the reader knows the most.
  public static let endConnection = TopicLagRule(kind: .endConnection)

  /// It is told of the hole by a `gap` event and goes on with the oldest event held, on the same connection. Costs the
  /// reader the events between, and it is still a whole history behind: it may soon be overtaken again.
  public static let skipToOldest = TopicLagRule(kind: .skipToOldest)

  /// It is told of the hole by a `gap` event and then gets, of all that it missed, only the newest event of each key:
  /// the key given to `publish`, else the event's type. Costs memory for the newest event of each key, up to the
  /// history's limits once more, and a search of the history for each reader that is overtaken.
  public static let newestOfEachKey = TopicLagRule(kind: .newestOfEachKey)

  /// It is not overtaken: `publish` waits until it has been sent the event, or has left, or is dropped for taking
  /// nothing (`EventServerLimits.stalledReader`). Costs every publisher, and so every other reader, the time of the
  /// slowest. What is dropped by the topic's `maxAge` is not waited for; the reader is then told of the hole.
  public static let publisherWaits = TopicLagRule(kind: .publisherWaits)
}
