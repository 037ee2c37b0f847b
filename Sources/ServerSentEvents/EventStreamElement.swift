/// What a parser finds in a stream, in its order.
public enum EventStreamElement: Sendable, Hashable {
  /// A block with data has ended.
  case event(ServerSentEvent)
  /// A comment line, without its colon.
  case comment(String)
  /// A valid `retry` field; at most 24 hours. Given at once, also in a block without data.
  case retry(Duration)
  /// A block without data has set the last event ID.
  case lastEventID(String)
}
