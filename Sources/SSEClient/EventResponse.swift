import SSEHTTP1
import ServerSentEvents

/// One response, from its first byte to its end, without I/O: HTTP/1.1, then the check of status and content type, then
/// the event stream in its body.
struct EventResponse: ~Copyable {
  enum Step {
    case needsInput
    /// The answer is accepted; elements follow.
    case opened(ResponseHead)
    case element(EventStreamElement)
    /// Status 204: there is nothing to read, and nothing will be.
    case noContent
    /// The response is over: `.ended`, `.cut` or `.noResponse`.
    case finished(EventClientError)
  }

  /// What more input would bring.
  enum Awaited {
    case head
    case errorBody
    case stream
  }

  /// Makes the error of an answer that is no event stream.
  private typealias Refusal = @Sendable (RefusedResponse) -> EventClientError

  private enum State {
    case head
    case stream
    case refused(Refusal, RefusedResponse)
  }

  /// How the connection ended.
  private enum ConnectionEnd {
    case endOfFile
    case failure
  }

  private let url: RequestURL
  private let limits: EventClientLimits
  private var http: ResponseParser
  private var parser: EventParser
  private var state = State.head
  private var connectionEnd: ConnectionEnd?

  init(
    url: RequestURL, method: HTTPMethod, lastEventID: String, limits: EventClientLimits, deliversComments: Bool
  ) {
    self.url = url
    self.limits = limits
    var httpLimits = HTTP1Limits()
    httpLimits.responseHead = limits.responseHead
    httpLimits.responseLine = limits.responseLine
    http = ResponseParser(limits: httpLimits, requestMethod: method)
    parser = EventParser(limits: limits.events, lastEventID: lastEventID, deliversComments: deliversComments)
  }

  var awaited: Awaited {
    switch state {
    case .head: .head
    case .refused: .errorBody
    case .stream: .stream
    }
  }

  // MARK: - Facts

  mutating func received(_ bytes: [UInt8]) { http.append(bytes) }

  mutating func receivedEndOfFile() { connectionEnd = .endOfFile }

  /// The connection was reset, or nothing more of it is wanted.
  mutating func connectionFailed() { connectionEnd = .failure }

  // MARK: - What follows from them

  /// - Throws: For an answer that is no event stream, that breaks HTTP/1.1, or goes beyond a limit.
  mutating func next() throws(EventClientError) -> Step {
    while true {
      if case .stream = state, let element = try nextElement() { return .element(element) }
      guard let part = try nextPart() else {
        guard let connectionEnd else { return .needsInput }
        return try finish(connectionEnd)
      }
      switch part {
      case .informational: break
      case .head(let head):
        if let step = received(head) { return step }
      case .body(let bytes): try received(body: bytes)
      case .end:
        if case .refused(let refusal, let response) = state { throw refusal(response) }
        return .finished(.ended(url: url.description))
      }
    }
  }

  private mutating func received(_ head: ResponseHead) -> Step? {
    if head.status == .noContent { return .noContent }
    let refusal: Refusal
    if head.status != .ok {
      refusal = { .unexpectedStatus($0) }
    } else if mediaType(of: head) != "text/event-stream" {
      refusal = { .unexpectedContentType($0) }
    } else if !head.headers.list("Content-Encoding").allSatisfy({ Token.areEqual($0, "identity") }) {
      refusal = { .unsupportedContentCoding($0) }
    } else {
      state = .stream
      return .opened(head)
    }
    state = .refused(refusal, RefusedResponse(url: url.description, head: head, body: []))
    return nil
  }

  /// Of several the last one counts (Fetch, "extract a MIME type").
  private func mediaType(of head: ResponseHead) -> String? {
    head.headers.list("Content-Type").compactMap { MediaType($0)?.essence }.last { $0 != "*/*" }
  }

  private mutating func received(body bytes: ArraySlice<UInt8>) throws(EventClientError) {
    guard case .refused(let refusal, var response) = state else { return parser.append(bytes) }
    response.body += bytes.prefix(max(0, limits.errorBody - response.body.count))
    if response.body.count >= limits.errorBody { throw refusal(response) }
    state = .refused(refusal, response)
  }

  private mutating func finish(_ end: ConnectionEnd) throws(EventClientError) -> Step {
    if case .refused(let refusal, let response) = state { throw refusal(response) }
    switch try bodyEnd() {
    case .beforeHead: return .finished(.noResponse(url: url.description))
    case .complete: return .finished(.ended(url: url.description))
    // Without a length and chunks only the stream itself tells whether all of it has come.
    case .delimitedByClose where end == .endOfFile && parser.isAtBlockBoundary:
      return .finished(.ended(url: url.description))
    case .delimitedByClose, .truncated: return .finished(.cut(url: url.description))
    }
  }

  // MARK: - The parsers, with this module's errors

  private mutating func nextElement() throws(EventClientError) -> EventStreamElement? {
    do throws(EventStreamError) {
      return try parser.next()
    } catch {
      switch error {
      case .lineTooLong(let limit): throw .limitExceeded(.line, bytes: limit, url: url.description)
      case .eventTooLarge(let limit): throw .limitExceeded(.event, bytes: limit, url: url.description)
      case .invalidType, .invalidID: throw .protocolViolation("\(error)", url: url.description)
      }
    }
  }

  private mutating func nextPart() throws(EventClientError) -> ResponsePart? {
    do throws(HTTP1Error) {
      return try http.next()
    } catch {
      throw clientError(error)
    }
  }

  private mutating func bodyEnd() throws(EventClientError) -> BodyEnd {
    do throws(HTTP1Error) {
      return try http.receivedEndOfStream()
    } catch {
      throw clientError(error)
    }
  }

  private func clientError(_ error: HTTP1Error) -> EventClientError {
    switch (error, state) {
    case (.headTooLarge(let limit), _): .limitExceeded(.responseHead, bytes: limit, url: url.description)
    case (.lineTooLong(let limit), .head): .limitExceeded(.responseLine, bytes: limit, url: url.description)
    default: .protocolViolation("\(error)", url: url.description)
    }
  }
}
