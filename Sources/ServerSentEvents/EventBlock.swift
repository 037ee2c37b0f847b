/// The block under way: the standard's data, event type and last event ID buffers (HTML Standard, 9.2.6).
struct EventBlock: Sendable {
  enum EventType {
    case none
    /// That of the event before, which need not be copied again.
    case asBefore
    case other(String)
  }

  /// The values of its `data` lines, LF between them; nil where there was none.
  var data: LineBuffer.Piece?
  var type = EventType.none
  var id: String?
  var retry: Duration?
  /// Whether any field has been set.
  var hasFields = false

  /// Whether type, ID or retry time has been set.
  var hasAttributes: Bool {
    if case .none = type { id != nil || retry != nil } else { true }
  }

  /// Bytes of the data, each line with an LF behind it.
  var dataCount: Int {
    guard let data else { return 0 }
    return data.range.count + 1
  }
}
