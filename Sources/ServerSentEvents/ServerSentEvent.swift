/// One event of an event stream (HTML Standard, 9.2).
///
///     ServerSentEvent(data: "hello")
///     ServerSentEvent(data: "{}", type: "price", id: "17")
public struct ServerSentEvent: Sendable, Hashable, CustomStringConvertible {
  /// The event type: "message" unless the stream names another. Line ends and NUL cannot be sent.
  public var type: String
  /// The data; its lines are separated by LF. CR and CRLF arrive as LF.
  public var data: String
  /// The ID that this event's own block set, nil where it set none. Line ends and NUL cannot be sent.
  public var id: String?
  /// How long a reader is to wait before it reconnects, where this event's block said so. Sent in whole milliseconds,
  /// from 0 to 24 hours.
  public var retry: Duration?
  /// The last event ID string of the stream when the event was dispatched, HTML's `MessageEvent.lastEventId`; empty on
  /// events made by hand.
  public var lastEventID: String

  /// An event to send.
  public init(data: String, type: String = "message", id: String? = nil, retry: Duration? = nil) {
    self.init(data: data, type: type, id: id, retry: retry, lastEventID: "")
  }

  init(data: String, type: String, id: String?, retry: Duration?, lastEventID: String) {
    self.type = type
    self.data = data
    self.id = id
    self.retry = retry
    self.lastEventID = lastEventID
  }

  /// Type, ID and data on one line, for logs.
  public var description: String {
    let name = id.map { "\(type) #\($0)" } ?? type
    return "\(name): \(data)"
  }
}
