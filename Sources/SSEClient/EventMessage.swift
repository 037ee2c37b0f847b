public import SSEHTTP1
public import ServerSentEvents

/// What happens on an event source, in the order of the stream; see `EventSource.messages`.
public enum EventMessage: Sendable {
  /// An answer was accepted: status 200 and `text/event-stream`. Events of this connection follow.
  case opened(ResponseHead)
  /// An event of the stream.
  case event(ServerSentEvent)
  /// A comment line, without its colon; servers send them to keep a silent connection alive.
  case comment(String)
  // Indirect: a message is copied for each event, and a gap is larger than one.
  /// The server of this package could not go on where it was asked to: events are missing before the next one. Who
  /// reads events only gets it as an event of type `gap`.
  indirect case gap(Gap)
  /// The connection is over, or could not be made, and is opened again after the delay, counted from that moment,
  /// whenever this message is taken. The error says why: `.ended` after a normal end, `.cut` where the stream broke
  /// off, or what kept the connection from being made.
  case interrupted(EventClientError, retryAfter: Duration)
}
