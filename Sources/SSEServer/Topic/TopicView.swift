public import ServerSentEvents

/// What one reader gets of a topic: which events, in which form, and what it is told first.
///
///     router.events("/prices", from: prices) { request in
///       let symbol = request.query("symbol") ?? ""
///       return TopicView(filter: { $0.type == symbol }, snapshot: { ServerSentEvent(data: table.text(symbol)) })
///     }
///
/// The closures are called on the reader's event loop, one event at a time, so they must be short and must not block:
/// meanwhile no other connection of that loop is served. What they throw is logged, and the reader's stream is cut.
public struct TopicView: Sendable {
  /// Whether the reader gets an event.
  public typealias Filter = @Sendable (ServerSentEvent) throws -> Bool
  /// What the reader gets in an event's place; nil leaves it out.
  public typealias Transform = @Sendable (ServerSentEvent) throws -> ServerSentEvent?
  /// What stands for all that was published before.
  public typealias Snapshot = @Sendable () throws -> ServerSentEvent?

  let filter: Filter?
  let transform: Transform?
  let snapshot: Snapshot?

  /// A view; without arguments it is the whole topic.
  ///
  /// - Parameters:
  ///   - filter: Called with each event, as the reader would get it. Events that it leaves out are no hole.
  ///   - transform: Called with each event that the filter lets through. What it gives keeps the topic's ID, whatever
  ///     ID it has, and is encoded for this reader alone.
  ///   - snapshot: Called when a reader begins, unless it comes back and misses nothing. Its event is sent first, with
  ///     the ID of the reader's place, and then what is published after that: so the snapshot must tell everything up
  ///     to the moment when it is made, and may tell what comes again.
  public init(filter: Filter? = nil, transform: Transform? = nil, snapshot: Snapshot? = nil) {
    self.filter = filter
    self.transform = transform
    self.snapshot = snapshot
  }

  /// Whether every event is sent as it stands in the log.
  var isWhole: Bool { filter == nil && transform == nil && snapshot == nil }
}
