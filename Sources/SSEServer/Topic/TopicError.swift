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
  /// The name of one of several topics on a connection is not 1 to 64 of `A–Z a–z 0–9 . _ -`.
  case invalidName(String)
  /// So many topics cannot share a connection.
  case topicCount(Int, limit: Int)
  /// A topic has two names on one connection; this is one of them.
  case joinedTwice(name: String)

  /// What is wrong and what to change.
  public var description: String {
    switch self {
    case .eventHasID(let id):
      "the event to be published has the ID \(id.debugDescription); a topic gives each event its own, "
        + "publish it without"
    case .invalidType(let type):
      "the event type \(type.debugDescription) holds a line end or NUL, which cannot be sent"
    case .eventTooLarge(let bytes, let limit):
      "an event's data of \(bytes) bytes is larger than the \(limit) bytes that a topic takes; publish where it can be "
        + "fetched instead"
    case .overtaken(let lastEventID):
      "the subscription has fallen behind the topic's history after \(lastEventID); subscribe again after that, hold a "
        + "longer history, or choose another TopicLagRule"
    case .invalidName(let name):
      "\(name.debugDescription) cannot be a topic's name: take 1 to 64 of A to Z, a to z, 0 to 9, '.', '_' and '-'"
    case .topicCount(let count, let limit):
      "\(count) topics cannot share a connection; give at least one and at most \(limit)"
    case .joinedTwice(let name):
      "the topic \(name.debugDescription) has another name on the same connection; give it one"
    }
  }
}
