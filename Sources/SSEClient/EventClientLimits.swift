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

/// How long a client waits. Past a limit it gives up the attempt with `EventClientError.timedOut`, and reconnects where
/// its policy says so.
public struct EventClientTimeouts: Sendable, Hashable {
  /// From the start of an attempt until its connection stands, name resolution included. Default 10 s.
  public var connect: Duration
  /// From there until the kernel has taken the request, and from then on until the whole head of the response has
  /// come. Default 60 s.
  public var responseHead: Duration
  /// How long the body of a refused answer is waited for; the error then holds what has come. Default 2 s.
  public var errorBody: Duration
  /// How long an open stream may be silent; a comment counts as life. Nil, the default, means three times the interval
  /// that the server announced in `Event-Stream-Keep-Alive`, or 5 minutes where it announced none.
  public var read: Duration?

  /// Timeouts; see the properties for the defaults.
  public init(
    connect: Duration = .seconds(10), responseHead: Duration = .seconds(60), errorBody: Duration = .seconds(2),
    read: Duration? = nil
  ) {
    self.connect = connect
    self.responseHead = responseHead
    self.errorBody = errorBody
    self.read = read
  }
}
