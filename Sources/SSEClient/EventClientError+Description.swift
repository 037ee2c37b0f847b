import SSEHTTP1

extension EventClientError: CustomStringConvertible {
  /// One line: the URL, what happened, and what to do.
  public var description: String {
    // Some of it is the server's: nothing that it sends may write a second line or steer a terminal.
    "\(url): \(explanation)".onOneLine
  }

  private var explanation: String {
    switch self {
    case .malformedURL(_, let reason): "malformed URL: \(reason)"
    case .unsupportedScheme(let scheme, let url) where url.dropFirst(scheme.count + 1).first?.isNumber == true:
      "the scheme is missing; write http://\(url)"
    case .unsupportedScheme(let scheme, _): "the scheme '\(scheme)' is not supported; use http or https"
    case .invalidRequest(let why, _): "the request cannot be sent: \(why)"
    case .unknownHost(let host, _):
      "unknown host '\(host)'; check its spelling and the machine's name resolution"
    case .connectionRefused(let address, _): "connection to \(address) refused; is the server running there?"
    case .connectionFailed(let why, _): "cannot connect: \(why)"
    case .unusableProxy(let proxy, let reason, _): "the proxy '\(proxy)' cannot be used: \(reason)"
    case .proxyFailed(let why, let proxy, _):
      "no connection through the proxy \(proxy): \(why); see EventClientConfiguration.proxy"
    case .proxyRefused(let response, let proxy):
      "the proxy \(proxy) answered CONNECT with \(response.head.status), not 200\(response.proxyAdvice)."
        + response.excerpt
    case .preparationFailed(let error, _): "preparing the attempt failed: \(error)"
    case .transportFailed(let error, _): "the transport failed: \(error)"
    case .secureConnectionFailed(let failure, _): "the connection is not secure: \(failure)"
    case .timedOut(let wait, let limit, _): "\(wait.explanation) within \(limit); raise \(wait.setting) to wait longer"
    case .noResponse: "the server closed the connection without an answer; is it an HTTP server?"
    case .unexpectedStatus(let response):
      "the server answered \(response.head.status), not 200\(response.proxyAdvice).\(response.excerpt)"
    case .redirectFailed(let failure, let response):
      "the server answered \(response.head.status), \(failure.explanation)"
    case .unexpectedContentType(let response):
      "the server answered with \(response.contentType.map { "content type '\($0)'" } ?? "no content type"), "
        + "not text/event-stream; is it the URL of an event stream?\(response.excerpt)"
    case .unsupportedContentCoding(let response):
      "the server answered with content coding '\(response.head.headers["Content-Encoding"] ?? "")', which is not "
        + "understood; gzip and deflate are"
    case .contentDecodingFailed(let why, _): why
    case .protocolViolation(let what, _): "the server does not speak HTTP/1.1 correctly: \(what)"
    case .limitExceeded(let limit, let bytes, _):
      "\(limit.explanation) is larger than \(bytes) bytes; raise \(limit.setting) if that is wanted"
    case .ended: "the stream ended"
    case .cut: "the stream broke off before its end"
    case .gaveUp(let attempts, let last):
      "gave up after \(attempts) attempt\(attempts == 1 ? "" : "s"), the last of which failed: \(last.explanation)"
    case .endedEarly(let awaited, _): "the stream ended before \(awaited): the answer is not whole"
    case .invalidPayload(let payload): "\(payload.explanation) (invalidPayloads: .skip { … } goes on without it)"
    case .unexpectedType(let event, _):
      "the event type '\(event.type.excerpt(InvalidPayload.excerptLength))' is not among those that are decoded; name "
        + "it with EventDecoding.on, or let unlistedTypes be .ignore"
    case .alreadyIterating: "the events are already being read; make a second source to read them twice"
    }
  }
}

extension EventClientError.Wait {
  fileprivate var explanation: String {
    switch self {
    case .connect: "no connection"
    case .responseHead: "no answer"
    case .request: "the server did not take the whole request"
    case .read: "neither an event nor a comment"
    }
  }

  fileprivate var setting: String {
    switch self {
    case .connect: "EventClientTimeouts.connect"
    case .responseHead, .request: "EventClientTimeouts.responseHead"
    case .read: "EventClientTimeouts.read"
    }
  }
}

extension EventClientError.Limit {
  fileprivate var explanation: String {
    switch self {
    case .responseHead: "the response's head"
    case .responseLine: "a line of the response's head"
    case .contentWithoutEvent: "what the compressed stream expands to without an event"
    case .line: "a line of the event stream"
    case .event: "an event's data"
    }
  }

  fileprivate var setting: String {
    switch self {
    case .responseHead: "EventClientLimits.responseHead"
    case .responseLine: "EventClientLimits.responseLine"
    case .contentWithoutEvent: "EventClientLimits.contentWithoutEvent"
    case .line: "EventClientLimits.events.line"
    case .event: "EventClientLimits.events.event"
    }
  }
}

extension RefusedResponse {
  static let excerptLength = 200

  /// The body's beginning on one line, for messages.
  fileprivate var excerpt: String {
    let line = text.prefix(Self.excerptLength).split { $0.isWhitespace }.joined(separator: " ")
    return line.isEmpty ? "" : " The body begins: \(line)"
  }

  fileprivate var proxyAdvice: String {
    head.status == .proxyAuthenticationRequired ? "; write the proxy's user and password into its URL" : ""
  }
}

extension EventClientError.RedirectFailure {
  fileprivate var explanation: String {
    switch self {
    case .noLocation: "a redirect that does not say where to"
    case .invalidLocation(let location): "a redirect to '\(location)', which is no URL that can be asked"
    case .tooMany(let limit):
      "one redirect more than \(limit); does it lead in a circle? Else raise EventClientLimits.redirects"
    case .insecure(let location):
      "a redirect from https to \(location), which is not followed since it is not encrypted; ask for that URL if you "
        + "mean it"
    }
  }
}
