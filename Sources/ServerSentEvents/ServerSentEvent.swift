/// One event of an event stream (HTML Standard, 9.2).
///
///     ServerSentEvent(data: "hello")
///     ServerSentEvent(data: "{}", type: "price", id: "17")
public struct ServerSentEvent: Sendable, Hashable, CustomStringConvertible {
  /// The data; its lines are separated by LF. CR and CRLF arrive as LF.
  public var data: String
  /// All that most events lack, kept apart: so an event is small, and is handed on in registers.
  private(set) var attributes: EventAttributes?

  /// The event type: "message" unless the stream names another. Line ends and NUL cannot be sent.
  public var type: String {
    get { attributes?.type ?? "message" }
    set { attributes = .make(type: newValue, id: id, retry: retry, lastEventID: lastEventID) }
  }

  /// The ID that this event's own block set, nil where it set none. Line ends and NUL cannot be sent.
  public var id: String? {
    get { attributes?.id }
    set { attributes = .make(type: type, id: newValue, retry: retry, lastEventID: lastEventID) }
  }

  /// How long a reader is to wait before it reconnects, where this event's block said so. Sent in whole milliseconds,
  /// from 0 to 24 hours.
  public var retry: Duration? {
    get { attributes?.retry }
    set { attributes = .make(type: type, id: id, retry: newValue, lastEventID: lastEventID) }
  }

  /// The last event ID string of the stream when the event was dispatched, HTML's `MessageEvent.lastEventId`; empty on
  /// events made by hand.
  public var lastEventID: String {
    get { attributes?.lastEventID ?? "" }
    set { attributes = .make(type: type, id: id, retry: retry, lastEventID: newValue) }
  }

  /// An event to send.
  public init(data: String, type: String = "message", id: String? = nil, retry: Duration? = nil) {
    self.init(data: data, attributes: .make(type: type, id: id, retry: retry, lastEventID: ""))
  }

  init(data: String, attributes: EventAttributes?) {
    self.data = data
    self.attributes = attributes
  }

  /// Type, ID and data on one line, for logs.
  public var description: String {
    let name = id.map { "\(type) #\($0)" } ?? type
    return "\(name): \(data)"
  }
}
