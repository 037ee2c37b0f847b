public import SSEHTTP1
public import ServerSentEvents

// Indirect: a task that waits has room in each of its frames for what it may throw, and so have messages.

/// Why a sequence of events ended, or was interrupted. Its description is one line: the URL, what happened, and what to
/// change.
///
/// URLs in it are without credentials, so that an error can be logged. A cancelled task is no error: its sequence ends.
public indirect enum EventClientError: Error, Sendable {
  /// The text is no URL that can be asked, and why.
  case malformedURL(String, reason: String)
  /// Only `http` and `https` are understood.
  case unsupportedScheme(String, url: String)
  /// The request cannot be sent as it is: a header field, the method or the body.
  case invalidRequest(String, url: String)
  /// `EventClientConfiguration.prepareAttempt` has thrown this error.
  case preparationFailed(any Error, url: String)

  /// No address was found for the host.
  case unknownHost(String, url: String)
  /// Nothing listens at the address.
  case connectionRefused(address: String, url: String)
  /// The connection could not be made or the request not be sent, for another reason.
  case connectionFailed(String, url: String)
  /// The proxy that the settings or the environment name cannot be used, and why. It is given without its credentials,
  /// here and below.
  case unusableProxy(String, reason: String, url: String)
  /// The proxy could not be reached, or did not answer in HTTP.
  case proxyFailed(String, proxy: String, url: String)
  /// The proxy did not make a connection to the URL's host: 407 where it asks for credentials.
  case proxyRefused(RefusedResponse, proxy: String)
  /// The connection stands, but TLS could not secure it.
  case secureConnectionFailed(TLSFailure, url: String)
  /// The client's own transport has thrown this error.
  case transportFailed(any Error, url: String)
  /// A limit of `EventClientTimeouts` passed.
  case timedOut(Wait, after: Duration, url: String)
  /// The connection was closed before the head of a response had come.
  case noResponse(url: String)

  /// The status is neither 200 nor 204, nor that of a redirect.
  case unexpectedStatus(RefusedResponse)
  /// The answer is a redirect that is not followed, and why.
  case redirectFailed(RedirectFailure, RefusedResponse)
  /// The status is 200, the content type is not `text/event-stream`.
  case unexpectedContentType(RefusedResponse)
  /// The response has a content coding other than gzip and deflate.
  case unsupportedContentCoding(RefusedResponse)
  /// The response's content coding could not be taken off: its data is broken, or zlib is missing.
  case contentDecodingFailed(String, url: String)
  /// The response breaks a rule of HTTP/1.1, in words.
  case protocolViolation(String, url: String)
  /// The response goes beyond a limit of `EventClientLimits`, given in bytes.
  case limitExceeded(Limit, bytes: Int, url: String)

  /// The stream ended normally: its last chunk or its length was reached, or the server closed after a whole event.
  case ended(url: String)
  /// The stream broke off before its end.
  case cut(url: String)
  /// As many attempts in a row as `ReconnectPolicy.attempts` and `.timeLimit` allow have brought no event; the last of
  /// them failed with this error.
  case gaveUp(after: Int, last: EventClientError)
  /// The stream ended normally and is not opened again, but the event that was to end the answer has not come: the
  /// answer is not whole. In words, what was waited for.
  case endedEarly(awaited: String, url: String)
  /// An event's data could not be decoded.
  case invalidPayload(InvalidPayload)
  /// An event has a type that an `EventDecoding` does not name, and those were to fail.
  case unexpectedType(ServerSentEvent, url: String)
  /// Another iterator of the same source, or another task, is reading. One source is one connection: make a second
  /// source to read twice.
  case alreadyIterating(url: String)

  /// What was waited for.
  public enum Wait: Sendable, Hashable {
    /// `EventClientTimeouts.connect`.
    case connect
    /// `EventClientTimeouts.responseHead`: no whole head had come.
    case responseHead
    /// `EventClientTimeouts.responseHead`: the server had not even taken the whole request.
    case request
    /// `EventClientTimeouts.read`.
    case read
  }

  /// What was too large.
  public enum Limit: Sendable, Hashable {
    /// `EventClientLimits.responseHead`.
    case responseHead
    /// `EventClientLimits.responseLine`.
    case responseLine
    /// `EventClientLimits.contentWithoutEvent`.
    case contentWithoutEvent
    /// `EventStreamLimits.line` of `EventClientLimits.events`.
    case line
    /// `EventStreamLimits.event` of `EventClientLimits.events`.
    case event
  }

  /// Why a redirect is not followed.
  public enum RedirectFailure: Sendable, Hashable {
    /// It names no `Location`.
    case noLocation
    /// Its `Location` is no URL that can be asked.
    case invalidLocation(String)
    /// It would be one more than `EventClientLimits.redirects`; the server may redirect in a circle.
    case tooMany(limit: Int)
    /// It leads from https to http.
    case insecure(String)
  }

  /// The answer of a server that has refused, also where the client gave up because of it; nil for other errors. A
  /// proxy that made no tunnel is no server: its answer is in `proxyRefused`.
  public var refusal: RefusedResponse? {
    switch self {
    case .unexpectedStatus(let response), .unexpectedContentType(let response),
      .unsupportedContentCoding(let response), .redirectFailed(_, let response):
      response
    case .gaveUp(_, let last): last.refusal
    default: nil
    }
  }

  /// The URL that was asked.
  public var url: String {
    switch self {
    case .malformedURL(let url, _), .unsupportedScheme(_, let url), .invalidRequest(_, let url),
      .unknownHost(_, let url), .connectionRefused(_, let url), .connectionFailed(_, let url),
      .secureConnectionFailed(_, let url), .preparationFailed(_, let url), .transportFailed(_, let url),
      .unusableProxy(_, _, let url), .proxyFailed(_, _, let url), .timedOut(_, _, let url), .noResponse(let url),
      .contentDecodingFailed(_, let url), .protocolViolation(_, let url), .limitExceeded(_, _, let url),
      .ended(let url), .cut(let url),
      .endedEarly(_, let url), .unexpectedType(_, let url), .alreadyIterating(let url):
      url
    case .invalidPayload(let payload): payload.url
    case .unexpectedStatus(let response), .unexpectedContentType(let response),
      .unsupportedContentCoding(let response), .redirectFailed(_, let response), .proxyRefused(let response, _):
      response.url
    case .gaveUp(_, let last): last.url
    }
  }
}

/// An answer that is no event stream.
public struct RefusedResponse: Sendable, Hashable {
  /// The URL that was asked.
  public let url: String
  /// Status and header fields.
  public let head: ResponseHead
  /// The beginning of the body, at most `EventClientLimits.errorBody` bytes.
  public internal(set) var body: [UInt8]

  /// `Content-Type`, nil where there was none.
  public var contentType: String? { head.headers["Content-Type"] }

  /// How long the server asks to wait (RFC 9110, 10.2.3), in seconds or until a date; nil where it does not say.
  func retryAfter(at secondsSince1970: Int64) -> Duration? {
    guard let value = head.headers["Retry-After"] else { return nil }
    if !value.isEmpty, value.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) {
      return .seconds(Int64(value) ?? .max)
    }
    return HTTPDate.secondsSince1970(value, now: secondsSince1970).map { .seconds(max(0, $0 - secondsSince1970)) }
  }

  /// The body as text; what is not UTF-8 becomes U+FFFD.
  public var text: String { String(decoding: body, as: UTF8.self) }
}
