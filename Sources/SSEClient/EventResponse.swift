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
    /// A redirect; its body is not read.
    case redirected(RefusedResponse)
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
    // Indirect: seldom, and large.
    indirect case refused(Refusal, RefusedResponse)
    /// Everything has been delivered.
    case finished(EventClientError)
  }

  /// How the connection ended.
  private enum ConnectionEnd {
    /// By its own framing, whatever becomes of the connection.
    case endOfBody
    case endOfFile
    case failure
  }

  /// For errors.
  let url: String
  private let configuration: Shared<EventClientConfiguration>
  private var limits: EventClientLimits { configuration.value.limits }
  private let deliversUnterminatedEvent: Bool
  // What each read looks at stands together, before what is large.
  private var state = State.head
  private var connectionEnd: ConnectionEnd?
  private var isGiven = false
  /// From a transport that speaks HTTP itself; then `http` gets nothing.
  private var givenPart: Shared<ResponsePart>?
  /// Where the body has a content coding.
  private var decoding: Decoding?
  /// What was found in place of an event.
  private var foundElement: Shared<EventStreamElement>?
  private var http: ResponseParser
  private var parser: EventParser

  /// - Parameter knownURL: Its text is kept in place of a second one, where that is the request's URL.
  init(
    to request: OutgoingRequest, configuration: Shared<EventClientConfiguration>,
    delivering delivered: EventParser.Delivered, deliversUnterminatedEvent: Bool, knownURL: String = ""
  ) {
    let url = request.target.url.description
    self.url = url == knownURL ? knownURL : url
    self.configuration = configuration
    self.deliversUnterminatedEvent = deliversUnterminatedEvent
    http = ResponseParser(limits: configuration.value.limits.http1, requestMethod: request.target.method)
    parser = EventParser(
      limits: configuration.value.limits.events, lastEventID: request.lastEventID, delivering: delivered)
  }

  var awaited: Awaited {
    switch state {
    case .head: .head
    case .refused: .errorBody
    case .stream, .finished: .stream
    }
  }

  // MARK: - Facts

  /// Bytes of HTTP/1.1; or, behind a head that was given, of the body.
  mutating func received(_ bytes: [UInt8]) {
    if isGiven { givenPart = Shared(.body(bytes[...])) } else { http.append(bytes) }
  }

  /// A transport gives the head; what is received from here on is the body without any framing or coding.
  mutating func received(_ head: ResponseHead) {
    isGiven = true
    givenPart = Shared(.head(head))
  }

  mutating func receivedEndOfFile() { connectionEnd = .endOfFile }

  /// The connection was reset, or nothing more of it is wanted.
  mutating func connectionFailed() { connectionEnd = .failure }

  // MARK: - What follows from them

  /// The next event, where it is what comes next and has been received: false says nothing, `next` follows. Nearly all
  /// that comes is events, and this copies each of them once.
  mutating func takeEvent(into event: inout ServerSentEvent?) -> Bool {
    guard case .stream = state, foundElement == nil else { return false }
    do throws(EventStreamError) {
      switch try parser.next() {
      case .event(let received):
        event = received
        decoding?.decoder.outputWasUsed()
        return true
      case .some(let element):
        foundElement = Shared(element)
        return false
      case nil: return false
      }
    } catch {
      return false  // `next` throws it again.
    }
  }

  /// - Throws: For an answer that is no event stream, that breaks HTTP/1.1, or goes beyond a limit.
  mutating func next() throws(EventClientError) -> Step {
    while true {
      if let found = foundElement.take() { return .element(found.value) }
      if case .stream = state, let element = try nextElement() {
        if case .event = element { decoding?.decoder.outputWasUsed() }
        return .element(element)
      }
      if let content = try nextDecoded() {
        try received(content: content[...])
        continue
      }
      guard let part = try nextPart() else {
        guard let connectionEnd else { return .needsInput }
        return try finish(connectionEnd)
      }
      switch part {
      case .informational: break
      case .head(let head):
        if let step = try received(head) { return step }
      case .body(let bytes):
        if decoding == nil { try received(content: bytes) } else { decoding?.decoder.append(bytes) }
      case .end:
        if case .refused(let refusal, let response) = state { throw refusal(response) }
        connectionEnd = .endOfBody
      }
    }
  }

  private mutating func received(_ head: ResponseHead) throws(EventClientError) -> Step? {
    if head.status == .noContent { return .noContent }
    if head.status.isRedirect { return .redirected(RefusedResponse(url: url, head: head, body: [])) }
    let coding = isGiven ? nil : ContentCodingField(head.headers)
    if case .known(let coding) = coding {
      do throws(EventClientError) {
        try beginDecoding(coding)
      } catch {
        // A refusal is told as that, though its body cannot be read.
        if head.status == .ok { throw error }
      }
    }
    let refusal: Refusal
    if head.status != .ok {
      refusal = { .unexpectedStatus($0) }
    } else if mediaType(of: head) != "text/event-stream" {
      refusal = { .unexpectedContentType($0) }
    } else if case .unknown = coding {
      refusal = { .unsupportedContentCoding($0) }
    } else {
      state = .stream
      return .opened(head)
    }
    state = .refused(refusal, RefusedResponse(url: url, head: head, body: []))
    return nil
  }

  /// Of several the last one counts (Fetch, "extract a MIME type").
  private func mediaType(of head: ResponseHead) -> String? {
    head.headers.list("Content-Type").compactMap { MediaType($0)?.essence }.last { $0 != "*/*" }
  }

  private mutating func received(content bytes: ArraySlice<UInt8>) throws(EventClientError) {
    guard case .refused(let refusal, var response) = state else { return parser.append(bytes) }
    response.body += bytes.prefix(max(0, limits.errorBody - response.body.count))
    if response.body.count >= limits.errorBody { throw refusal(response) }
    state = .refused(refusal, response)
  }

  private mutating func finish(_ end: ConnectionEnd) throws(EventClientError) -> Step {
    switch state {
    case .refused(let refusal, let response): throw refusal(response)
    case .finished(let error): return .finished(error)
    case .head, .stream: break
    }
    switch try bodyEnd(end) {
    case .beforeHead: return .finished(.noResponse(url: url))
    case .complete: break
    // Without a length and chunks only the stream itself tells whether all of it has come.
    case .delimitedByClose where end == .endOfFile && isWhole: break
    case .delimitedByClose, .truncated: return .finished(.cut(url: url))
    }
    if decoding?.decoder.isAtEnd == false { return .finished(.cut(url: url)) }
    let ended = EventClientError.ended(url: url)
    state = .finished(ended)
    if let element = parser.finish(deliveringIncompleteEvent: deliversUnterminatedEvent) { return .element(element) }
    return .finished(ended)
  }

  /// Whether the stream may end here: between two blocks, or two lines where the last block may lack its blank line.
  private var isWhole: Bool { deliversUnterminatedEvent ? parser.isAtLineBoundary : parser.isAtBlockBoundary }
}

// MARK: - Content codings (RFC 9110, 8.4)

extension EventResponse {
  /// A reference, since few responses have one, and all have room for it.
  private final class Decoding {
    var decoder: ContentDecoder

    init(_ decoder: consuming ContentDecoder) { self.decoder = decoder }
  }

  private enum ContentCodingField {
    case known(ContentCoding)
    case unknown

    /// Nil where there is none. Of more than one coding no server makes use.
    init?(_ fields: HeaderFields) {
      let names = fields.list("Content-Encoding").filter { !Token.areEqual($0, "identity") }
      guard let name = names.first else { return nil }
      if names.count == 1, let coding = ContentCoding(name) { self = .known(coding) } else { self = .unknown }
    }
  }

  private mutating func beginDecoding(_ coding: ContentCoding) throws(EventClientError) {
    do throws(ContentCodingError) {
      decoding = Decoding(try ContentDecoder(coding, longestUnused: limits.contentWithoutEvent))
    } catch {
      throw .contentDecodingFailed("\(error)", url: url)
    }
  }

  private mutating func nextDecoded() throws(EventClientError) -> [UInt8]? {
    do throws(ContentCodingError) {
      return try decoding?.decoder.next()
    } catch {
      // Of a refusal what could be decoded will do.
      if case .refused(let refusal, let response) = state { throw refusal(response) }
      if case .expandsTooFar(let limit) = error { throw .limitExceeded(.contentWithoutEvent, bytes: limit, url: url) }
      throw .contentDecodingFailed("\(error)", url: url)
    }
  }
}

// MARK: - The parsers, with this module's errors

extension EventResponse {
  private mutating func nextElement() throws(EventClientError) -> EventStreamElement? {
    do throws(EventStreamError) {
      return try parser.next()
    } catch {
      switch error {
      case .lineTooLong(let limit): throw .limitExceeded(.line, bytes: limit, url: url)
      case .eventTooLarge(let limit): throw .limitExceeded(.event, bytes: limit, url: url)
      case .invalidType, .invalidID: throw .protocolViolation("\(error)", url: url)
      }
    }
  }

  private mutating func nextPart() throws(EventClientError) -> ResponsePart? {
    if isGiven { return givenPart.take()?.value }
    do throws(HTTP1Error) {
      return try http.next()
    } catch {
      throw clientError(error)
    }
  }

  private mutating func bodyEnd(_ end: ConnectionEnd) throws(EventClientError) -> BodyEnd {
    if isGiven { return .delimitedByClose }
    if end == .endOfBody { return .complete }
    do throws(HTTP1Error) {
      return try http.receivedEndOfStream()
    } catch {
      throw clientError(error)
    }
  }

  private func clientError(_ error: HTTP1Error) -> EventClientError {
    switch (error, state) {
    case (.headTooLarge(let limit), _): .limitExceeded(.responseHead, bytes: limit, url: url)
    case (.lineTooLong(let limit), .head): .limitExceeded(.responseLine, bytes: limit, url: url)
    default: .protocolViolation("\(error)", url: url)
    }
  }
}
