public import ServerSentEvents

/// What a client reads at most. Beyond a limit the sequence throws `EventClientError.limitExceeded`; only the body of
/// a refused answer is cut off instead.
public struct EventClientLimits: Sendable, Hashable {
  /// Bytes of a response's head. Default 64 KiB.
  public var responseHead: Int
  /// Bytes of one line of a response's head. Default 16 KiB.
  public var responseLine: Int
  /// How many bytes of the body of a refused answer its error keeps. Default 16 KiB.
  public var errorBody: Int
  /// A line and an event of the stream. Default 16 MiB each.
  public var events: EventStreamLimits

  /// Limits in bytes; see the properties for the defaults.
  public init(
    responseHead: Int = 65_536, responseLine: Int = 16_384, errorBody: Int = 16_384, events: EventStreamLimits = .init()
  ) {
    self.responseHead = responseHead
    self.responseLine = responseLine
    self.errorBody = errorBody
    self.events = events
  }
}
