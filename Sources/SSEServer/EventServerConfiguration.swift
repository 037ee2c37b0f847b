package import SSEHTTP1
package import SSESockets
public import ServerSentEvents

/// How an `EventServer` behaves; every member has a default.
public struct EventServerConfiguration: Sendable {
  /// Whether a reader that shuts down its sending side (RFC 9293, 3.6) still wants its stream.
  public enum HalfClose: Sendable, Hashable {
    /// End of file from the reader is a leave: the handler is cancelled at once. Browsers and `curl` mean it so.
    case isLeave
    /// One comment is written at once; a reader that has gone answers with a reset and is a leave, another stays.
    case allowed
  }

  /// A comment is sent when a stream was idle for this long, and the interval is announced in the response's head
  /// (`Event-Stream-Keep-Alive`, in seconds). Default 15 s; nil sends none, nor does a time that is not above zero.
  public var keepAlive: Duration? = .seconds(15)
  /// How long a handler's head is held back for its first event, so that it can still throw a status. Default 1 s.
  public var headDelay: Duration = .seconds(1)
  /// How long handlers may go on after `drain()` before they are cancelled. Default 10 s.
  public var gracePeriod: Duration = .seconds(10)
  /// The last event that a topic's reader gets from a server that shuts down, after its reconnection time. It must have
  /// no ID: the reader resumes after the topic's last event. Default nil: none.
  public var farewell: ServerSentEvent?
  /// The reconnection times given to readers while the server shuts down, so that they do not all come back at once.
  /// Default 3 to 13 s.
  public var farewellRetry: ClosedRange<Duration> = .seconds(3)...(.seconds(13))
  /// The proxies in front of the server, whose word on where a request comes from is believed. Default nil: none.
  public var trustedProxies: TrustedProxies?
  /// Default `.isLeave`.
  public var halfClose = HalfClose.isLeave
  /// How connections are secured. Default nil: they are not, the server speaks plain HTTP.
  public var tls: EventServerTLS?
  /// How event streams are compressed for readers that ask for it. Default nil: they are not; see
  /// `EventStreamCompression`.
  public var compression: EventStreamCompression?
  /// Event loops, each with its own thread. Default nil: one a processor that the process may use.
  public var loopCount: Int?
  /// Default: see `EventServerLimits`.
  public var limits = EventServerLimits()
  /// Told of what went wrong; called on the server's threads, so it must not block. Default: one line each on standard
  /// error, at once; lines that nobody reads there are dropped and counted.
  public var log: @Sendable (EventServerLogEntry) -> Void = { entry in
    LogOutput.standardError.write(line: "\(entry)")
  }
  /// Called with each response to a request that could be read, when the response's body has ended, on the server's
  /// threads. Default: nil. What could not be read is in `log`.
  public var accessLog: (@Sendable (EventServerAccessRecord) -> Void)?
  /// Which poller the loops use.
  package var poller = PollerKind.automatic
  /// Where the compression comes from.
  package var loadZlib: @Sendable () throws(ContentCodingError) -> Zlib = { () throws(ContentCodingError) in
    try Zlib.system()
  }

  /// The defaults.
  public init() {}

  /// How long the kernel waits for an acknowledgement (TCP_USER_TIMEOUT), so that a peer that has vanished from the
  /// network is noticed within three keep-alive intervals: one may pass before a comment is sent, and for two nothing
  /// is acknowledged. Nil where no comments are sent.
  var userTimeout: Duration? { keepAlive.map { $0 * 2 } }

  /// Throws where `farewell` cannot be sent.
  func validate() throws(EventServerError) {
    guard let farewell else { return }
    if farewell.id != nil { throw .badFarewell(reason: "it has an ID; leave it nil, so that readers resume") }
    do throws(EventStreamError) {
      try EventEncoder.validate(farewell)
    } catch {
      throw .badFarewell(reason: "\(error)")
    }
  }

  /// What a topic's reader gets last, with a reconnection time of its own.
  func appendFarewell(to buffer: inout [UInt8]) {
    EventEncoder.encode(retry: randomFarewellRetry, into: &buffer)
    // `run` has validated it.
    if let farewell { try? EventEncoder.encode(farewell, into: &buffer) }
  }

  /// One reader's share of `farewellRetry`.
  var randomFarewellRetry: Duration {
    let low = farewellRetry.lowerBound.clampedNanoseconds / 1_000_000
    let high = farewellRetry.upperBound.clampedNanoseconds / 1_000_000
    return .milliseconds(Int64(UInt64.random(in: low...high)))
  }
}
