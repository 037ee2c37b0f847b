public import SSEHTTP1

/// One response, when its body has ended.
public struct EventServerAccessRecord: Sendable, CustomStringConvertible {
  /// Why a response ended.
  public enum Ending: Sendable, Hashable, CaseIterable {
    /// Everything was sent.
    case complete
    /// The reader closed or reset.
    case readerLeft
    /// The reader took nothing for `EventServerLimits.stalledReader`.
    case readerStalled
    /// Nothing that was sent was acknowledged any more: the reader's network has vanished.
    case readerVanished
    /// The stream reached `EventServerLimits.streamAge`.
    case streamExpired
    /// A topic's reader fell behind what its topic holds.
    case overtaken
    /// The handler threw.
    case failed
    /// The server ended it: it was shut down, or `EventServer.close(connection:)` was called.
    case serverEnded
  }

  /// The request's method.
  public var method: HTTPMethod
  /// The request's path, as sent.
  public var path: String
  /// Where the request came from, in digits; behind a trusted proxy what that says.
  public var remoteAddress: String
  /// The response's status.
  public var status: HTTPStatus
  /// Bytes of the response, its head included.
  public var bytes: Int
  /// Events in it.
  public var events: Int
  /// From the request's head to the end of the response.
  public var duration: Duration
  /// How it ended.
  public var ending: Ending

  /// One line of at most 1 KB: "127.0.0.1 GET /news 200, 3 events, 1408 bytes in 12.345 s: readerLeft". Control
  /// characters are escaped.
  public var description: String {
    return EventServerLogEntry.line(
      "\(remoteAddress) \(method) \(path) \(status.code), \(events) events, \(bytes) bytes in "
        + "\((duration / .milliseconds(1)).rounded() / 1_000) s: \(ending)")
  }
}
