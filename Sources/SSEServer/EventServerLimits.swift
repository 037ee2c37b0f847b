import SSEHTTP1

/// Every bound of an `EventServer`, with its default. `Documentation/Limits.md` lists them.
public struct EventServerLimits: Sendable, Hashable {
  /// Bytes of a request line. Default 8 KiB; over it: 414 (RFC 9110, 15.5.15).
  public var requestLine = 8_192
  /// Bytes of a request's header section. Default 16 KiB; over it: 431 (RFC 6585).
  public var headerSection = 16_384
  /// Header fields of a request. Default 100; over it: 431.
  public var headerCount = 100
  /// Bytes of a request's body. Default 1 MiB; over it: 413 (RFC 9110, 15.5.14).
  public var requestBody = 1_048_576
  /// Bytes of the data of an event that a handler sends. Default 16 MiB; over it `send` throws
  /// `EventStreamError.eventTooLarge`.
  public var event = 16_777_216
  /// How long a request's head, or the next part of its body, may take. Default 10 s; over it: 408 and close. A new
  /// connection on which nothing has come by then is closed without an answer.
  public var requestTime: Duration = .seconds(10)
  /// Bytes a second that a request's body must bring beyond its first `requestTime`, measured from when it is first
  /// read. Default 500; 0 asks for none. Under it: 408 and close.
  public var requestBodyRate = 500
  /// How long a kept connection may wait for its next request. Default 60 s.
  public var idleKeepAlive: Duration = .seconds(60)
  /// Requests on one connection. Default 1,000; the last is answered with `Connection: close`.
  public var requestsPerConnection = 1_000
  /// Connections at once. Default nil: nine tenths of the descriptors that the process may hold. Over it: 503 with
  /// `Retry-After`. Those being refused do not count; while there are 64 of them, further ones are closed without an
  /// answer.
  public var connections: Int?
  /// Connections at once from one address; the IPv6 addresses of a /64 are one host's and count as one. Default nil: no
  /// limit. Over it: 429 with `Retry-After`. Behind a trusted
  /// proxy the requests under way are counted instead, by the address that it names; see `TrustedProxies`.
  public var connectionsPerAddress: Int?
  /// How long an event stream may last, so that readers move on to another server. Default nil: no limit. Each stream
  /// ends by chance within the last fifth of it, so that those which began together do not end together. A topic's
  /// reader gets the last chunk; a handler is cancelled, its stream gets the least reconnection time of
  /// `EventServerConfiguration.farewellRetry` and is cut, without a last chunk.
  public var streamAge: Duration?
  /// How long a reader may take none of the bytes that wait for it. Default 60 s; then its connection is reset.
  public var stalledReader: Duration = .seconds(60)
  /// Bytes of a further request that are kept while a stream goes out. Default 16 KiB.
  public var inputDuringStream = 16_384

  /// The defaults.
  public init() {}

  /// The part of them that the request parser keeps to.
  var http: HTTP1Limits {
    var limits = HTTP1Limits()
    limits.requestLine = requestLine
    limits.headerSection = headerSection
    limits.headerCount = headerCount
    limits.requestBody = requestBody
    return limits
  }
}
