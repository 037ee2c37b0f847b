public import SSEHTTP1

/// One response, when its body has ended.
public struct EventServerAccessRecord: Sendable {
  /// Why a response ended.
  public enum Ending: Sendable, Hashable {
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
    /// The server was shut down.
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
}
