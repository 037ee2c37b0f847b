public import SSEHTTP1
package import SSESockets

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// How an `EventClient` behaves; every member has a default.
public struct EventClientConfiguration: Sendable {
  /// What is read at most.
  public var limits: EventClientLimits
  /// How long is waited.
  public var timeouts: EventClientTimeouts
  /// How `https` connections are secured.
  public var tls: TLSSettings
  /// Header fields of all requests, such as `User-Agent`; a request's own field of the same name replaces them.
  public var headers: HeaderFields = [:]
  /// Whether streams may come compressed: sends `Accept-Encoding: gzip, deflate`. Default false, since it makes some
  /// intermediaries hold events back. What comes with one of these codings all the same is decoded either way. Needs
  /// zlib at run time.
  public var acceptsContentCodings = false
  /// Called before each attempt, also before each reconnect, to put a fresh token into its header fields:
  ///
  ///     configuration.prepareAttempt = { attempt in
  ///       attempt.headers["Authorization"] = "Bearer \(try await tokens.current(after: attempt.refusal))"
  ///     }
  ///
  /// An answer with status 401 makes the client call it once more, with the answer as `refusal`, before the error is
  /// thrown. What it throws ends the sequence, as `EventClientError.preparationFailed`. No timeout of the client's
  /// counts meanwhile; when the reader leaves, its task is cancelled.
  public var prepareAttempt: (@Sendable (inout EventAttempt) async throws -> Void)?
  /// The clock that delays and timeouts go by, for tests that move it by hand. Nil, the default, means the monotonic
  /// clock of the client's event loops.
  public var clock: (any Clock<Duration>)?
  /// Makes the requests where it is set; see `EventClient.init(configuration:transport:)`.
  var transport: EventTransport.Send?
  /// The HTTP proxy. Default: the one that the environment names, as for curl.
  public var proxy = ProxySetting.environment
  /// The path of a Unix domain socket that each connection is made to, whatever its URL's host, which is still sent as
  /// `Host`; no proxy then. Nil, the default, for none. A path of 1 to 107 bytes, on Apple platforms 103; a longer one
  /// is `EventClientError.connectionFailed`.
  public var unixSocketPath: String?
  /// Where host names are looked up.
  package var nameResolver = NameResolver.system
  /// The variables that may name a proxy, read at each attempt.
  package var environment: @Sendable () -> [String: String] = { ProcessInfo.processInfo.environment }
  /// Where warnings go.
  package var log = LogOutput.standardError

  /// Settings; see the limits and timeouts for the defaults.
  public init(limits: EventClientLimits = .init(), timeouts: EventClientTimeouts = .init(), tls: TLSSettings = .init())
  {
    self.limits = limits
    self.timeouts = timeouts
    self.tls = tls
  }
}

extension EventClientConfiguration {
  /// A request's own header fields, and for the rest the client's.
  func headers(of request: EventRequest) -> HeaderFields {
    var headers = headers.replacing(with: request.headers)
    // A transport of the caller's decodes for itself, and asks for what it can decode.
    if acceptsContentCodings, transport == nil, !headers.contains("Accept-Encoding") {
      headers["Accept-Encoding"] = ContentCoding.acceptEncoding
    }
    return headers
  }
}
