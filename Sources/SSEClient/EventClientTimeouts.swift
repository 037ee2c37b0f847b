/// How long a client waits. Past a limit it gives up the attempt with `EventClientError.timedOut`, and reconnects where
/// its policy says so. Zero or less gives up at once. The times go by `EventClientConfiguration.clock`.
public struct EventClientTimeouts: Sendable, Hashable {
  /// From the start of an attempt until its connection stands; name resolution, all addresses that are tried, a
  /// proxy's tunnel and the TLS handshake are included. Default 10 s. Each redirect is given both times anew.
  public var connect: Duration
  /// From there until the whole head of the response has come, the time that the request takes included. Default 60 s.
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
