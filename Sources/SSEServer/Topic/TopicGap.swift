import ServerSentEvents

/// How readers are told of a hole: that events between the last one they saw and the next one will not come.
///
/// The event has no ID, and its data is JSON: `{"after":"1k-17","oldest":"1k-40","reason":"expired"}`, with the ID that
/// the reader asked for (or, for "skipped", the last one that it was sent), the oldest that is held ("" where none is),
/// and the reason: "expired" (not held any more), "unknown" (never given), "restarted" (given by another log, as before
/// a restart), or "skipped" (the reader was too slow). With several topics on a connection it names the topic too.
public struct TopicGapNotice: Sendable, Hashable {
  let type: String?

  /// An event of type "gap".
  public static let event = TopicGapNotice(type: "gap")

  /// An event of this type. A type with a line end or NUL stops the program.
  public static func event(type: String) -> TopicGapNotice {
    let event = ServerSentEvent(data: "", type: type)
    // The message below says what the error would.
    precondition((try? EventEncoder.validate(event)) != nil, "\(type.debugDescription) cannot be an event's type")
    return TopicGapNotice(type: type)
  }

  /// Readers are not told. What they missed is missing in silence: for readers that compare IDs themselves.
  public static let none = TopicGapNotice(type: nil)
}

/// A hole between what a reader saw last and what it gets next.
struct TopicGap: Encodable, Equatable {
  enum Reason: String, Encodable { case expired, unknown, restarted, skipped }
  /// The ID that the reader asked for; for `skipped`, the last one that it was sent.
  var after: String
  /// The ID of the oldest event held; empty when none is.
  var oldest: String
  var reason: Reason
  /// The topic's name, where a connection has several.
  var topic: String?

  /// The event that tells a reader of the hole; nil where readers are not told.
  func event(_ notice: TopicGapNotice) -> ServerSentEvent? {
    // Encoding cannot fail: all members are strings.
    guard let type = notice.type, let data = try? JSON.text(self) else { return nil }
    return ServerSentEvent(data: data, type: type)
  }
}
