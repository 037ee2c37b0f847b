/// Why a topic does not take an event, or cannot be read.
public enum TopicError: Error, Hashable, CustomStringConvertible {
  /// The event to be published brings an ID; a topic gives each event its own.
  case eventHasID(String)
  /// The event's type holds a line end or NUL, which cannot be sent.
  case invalidType(String)
  /// The event's data is larger than a topic takes.
  case eventTooLarge(bytes: Int, limit: Int)
  /// A subscription has fallen behind the topic's history, and the topic's rule is to end then. It has delivered
  /// everything up to this ID.
  case overtaken(lastEventID: String)

  /// What is wrong and what to change.
  public var description: String {
    switch self {
    case .eventHasID(let id):
      "the event to be published has the ID \(id.debugDescription); a topic gives each event its own, publish it without"
    case .invalidType(let type):
      "the event type \(type.debugDescription) holds a line end or NUL, which cannot be sent"
    case .eventTooLarge(let bytes, let limit):
      "an event's data of \(bytes) bytes is larger than the \(limit) bytes that a topic takes; publish where it can be "
        + "fetched instead"
    case .overtaken(let lastEventID):
      "the subscription has fallen behind the topic's history after \(lastEventID); subscribe again after that, hold a "
        + "longer history, or choose another TopicLagRule"
    }
  }
}
