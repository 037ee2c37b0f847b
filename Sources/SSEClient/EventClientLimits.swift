import SSEHTTP1
public import ServerSentEvents

/// What a client reads at most, in bytes unless a property says otherwise. Beyond a limit the sequence throws
/// `EventClientError.limitExceeded`, which names it; but the body of a refused answer is cut off, and a redirect too
/// many is `EventClientError.redirectFailed`.
public struct EventClientLimits: Sendable, Hashable {
  /// Bytes of a response's head. Default 64 KiB.
  public var responseHead: Int
  /// Bytes of one line of a response's head. Default 16 KiB.
  public var responseLine: Int
  /// How many bytes of the body of a refused answer its error keeps. Default 16 KiB.
  public var errorBody: Int
  /// How many redirects one attempt follows. Default 20, as the Fetch standard; past it the sequence throws
  /// `EventClientError.redirectFailed`.
  public var redirects: Int
  /// Bytes that a compressed stream may expand to without an event among them. Default 128 MiB; what is larger is a
  /// bomb, since `events` lets no event be so large.
  public var contentWithoutEvent: Int
  /// A line and an event of the stream. Default 16 MiB each.
  public var events: EventStreamLimits

  /// Limits; see the properties for units and defaults.
  public init(
    responseHead: Int = 65_536, responseLine: Int = 16_384, errorBody: Int = 16_384, redirects: Int = 20,
    contentWithoutEvent: Int = 134_217_728,
    events: EventStreamLimits = .init()
  ) {
    self.responseHead = responseHead
    self.responseLine = responseLine
    self.errorBody = errorBody
    self.redirects = redirects
    self.contentWithoutEvent = contentWithoutEvent
    self.events = events
  }
}

extension EventClientLimits {
  /// For the parser of a response.
  var http1: HTTP1Limits {
    var limits = HTTP1Limits()
    limits.responseHead = responseHead
    limits.responseLine = responseLine
    return limits
  }
}
