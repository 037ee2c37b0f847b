public import SSEHTTP1

/// A connection to a server, as it stood a moment ago; see `EventServer.connections(limit:topics:)`.
public struct EventServerConnection: Sendable, Hashable, Identifiable, CustomStringConvertible {
  /// What a connection is there for.
  public enum Activity: Sendable, Hashable {
    /// Its request has not come, or not all of its head; or it is kept for another one.
    case waiting
    /// A request is being answered, or was.
    case answering
    /// A handler writes an event stream.
    case streaming
    /// It is sent the events of a topic, or of several.
    case reading
  }

  /// The number of the connection, the server's first being 1. No other connection of the server gets it.
  public let id: Int
  /// Where its request came from, in digits; behind a trusted proxy what that says.
  public let remoteAddress: String
  /// What it is there for.
  public let activity: Activity
  /// The request's method; nil while it waits for one.
  public let method: HTTPMethod?
  /// The request's path, as sent; nil while it waits for one.
  public let path: String?
  /// The route that answers, "GET /orders/:shop"; until that is known method and path; nil while it waits for a
  /// request.
  public let route: String?
  /// The names of the topics that it reads, sorted.
  public let topics: [String]
  /// How many events of its topics it has not been sent; nil where it reads none.
  public let lag: Int?
  /// Events of this stream that it was sent.
  public let events: Int
  /// Bytes of this response that it was sent, its head included; 0 while it waits for a request.
  public let bytes: Int
  /// Since its request came; nil while it waits for one.
  public let age: Duration?

  /// "GET /events/stream from 127.0.0.1".
  public var description: String { "\(route ?? "no request yet") from \(remoteAddress)" }
}
