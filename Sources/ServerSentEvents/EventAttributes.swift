/// What an event has beside its data. Most events of a stream have nothing, or the same as the one before.
final class EventAttributes: Sendable {
  let type: String
  let id: String?
  let retry: Duration?
  let lastEventID: String
  /// Whether the type is another than "message".
  let hasType: Bool

  /// Whether the block had no other field beside its data.
  var isTypeAlone: Bool { id == nil && retry == nil }

  private init(type: String, hasType: Bool, id: String?, retry: Duration?, lastEventID: String) {
    self.type = type
    self.hasType = hasType
    self.id = id
    self.retry = retry
    self.lastEventID = lastEventID
  }

  /// Nil stands for the type "message" and nothing else.
  static func make(type: String, id: String?, retry: Duration?, lastEventID: String) -> EventAttributes? {
    let hasType = type != "message"
    if !hasType, id == nil, retry == nil, lastEventID.isEmpty { return nil }
    return EventAttributes(type: type, hasType: hasType, id: id, retry: retry, lastEventID: lastEventID)
  }
}

extension EventAttributes: Hashable {
  static func == (a: EventAttributes, b: EventAttributes) -> Bool {
    a === b || a.type == b.type && a.id == b.id && a.retry == b.retry && a.lastEventID == b.lastEventID
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(type)
    hasher.combine(id)
    hasher.combine(retry)
    hasher.combine(lastEventID)
  }
}
