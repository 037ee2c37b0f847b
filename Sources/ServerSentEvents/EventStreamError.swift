/// Why an event stream cannot be read or an event cannot be written.
public enum EventStreamError: Error, Hashable, CustomStringConvertible {
  /// A line of the stream is longer than `EventStreamLimits.line`.
  case lineTooLong(limit: Int)
  /// An event's data is longer than `EventStreamLimits.event`.
  case eventTooLarge(limit: Int)
  /// An event type to be sent holds a line end or NUL.
  case invalidType(String)
  /// An event ID to be sent holds a line end or NUL.
  case invalidID(String)

  /// What is wrong and what to change.
  public var description: String {
    switch self {
    case .lineTooLong(let limit):
      "a line of the event stream is longer than \(limit) bytes; raise EventStreamLimits.line if that is wanted"
    case .eventTooLarge(let limit):
      "an event's data is larger than \(limit) bytes; raise EventStreamLimits.event if that is wanted"
    case .invalidType(let type):
      "the event type \(type.debugDescription) holds a line end or NUL, which cannot be sent"
    case .invalidID(let id): "the event ID \(id.debugDescription) holds a line end or NUL, which cannot be sent"
    }
  }
}
