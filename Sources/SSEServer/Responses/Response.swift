public import SSEHTTP1
public import ServerSentEvents

/// An answer to a request: a head, and a body that is known or a stream.
///
/// One with a known body may be thrown where an `HTTPStatus` may: a gateway's stream passes on the refusal that it got.
public struct Response: Error, Sendable, CustomStringConvertible {
  /// Indirect: responses are handed on through many frames.
  indirect enum Body: Sendable {
    case bytes([UInt8])
    case file(FileBody)
    case stream(EventStreamBody)
    case topics(TopicStream)
  }

  /// The status.
  public var status: HTTPStatus
  /// The header fields. `Date`, `Content-Length`, `Transfer-Encoding` and `Connection` are the server's.
  public var headers: HeaderFields
  /// Whether a stream may be compressed, where `EventServerConfiguration.compression` has it. Middleware sets it to
  /// false where events hold a secret beside text that somebody else chooses. Default true. One with a
  /// `Content-Encoding` of its own is not compressed again.
  public var allowsCompression = true
  var body: Body
  /// The route that answered, for logs.
  var route: Route?
  /// Why the server failed, for its log; nil where it did not.
  var fault: (any Error)?

  /// A response with these bytes as its body.
  public init(status: HTTPStatus = .ok, headers: HeaderFields = [:], bytes: [UInt8] = []) {
    self.init(status: status, headers: headers, body: .bytes(bytes))
  }

  init(status: HTTPStatus, headers: HeaderFields, body: Body) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// Plain text in UTF-8.
  public static func text(_ text: String, status: HTTPStatus = .ok) -> Response {
    Response(status: status, headers: ["Content-Type": "text/plain; charset=utf-8"], bytes: Array(text.utf8))
  }

  /// A page in UTF-8.
  public static func html(_ text: String, status: HTTPStatus = .ok) -> Response {
    Response(status: status, headers: ["Content-Type": "text/html; charset=utf-8"], bytes: Array(text.utf8))
  }

  /// A value in JSON: compact, slashes not escaped, keys sorted. Throws what its encoding throws.
  public static func json(_ value: some Encodable, status: HTTPStatus = .ok) throws -> Response {
    Response(status: status, headers: ["Content-Type": "application/json"], bytes: try JSON.bytes(value))
  }

  /// A refusal: the status with `{"error":"…"}` in JSON; without a message, the status's phrase. To be returned or
  /// thrown.
  public static func error(_ status: HTTPStatus, _ message: String? = nil) -> Response {
    failure(status, reason: message ?? status.reasonPhrase)
  }

  /// The status, for logs.
  public var description: String { status.description }

  // MARK: - Streams

  /// An event stream that an async closure writes; see `Router.events(_:method:_:)`.
  public static func events(_ handler: @escaping @Sendable (EventWriter) async throws -> Void) -> Response {
    stream(EventStreamBody(sendsHeadAtOnce: false, source: .closure(handler)))
  }

  static func events(_ handler: @escaping Router.EventHandler, _ request: Request) -> Response {
    stream(EventStreamBody(sendsHeadAtOnce: false, source: .handler(handler, request)))
  }

  /// An event stream that is an async sequence, iterated once.
  public static func events<Events: AsyncSequence & SendableMetatype>(from events: sending Events) -> Response
  where Events.Element == ServerSentEvent, Events.AsyncIterator: SendableMetatype {
    let events = SingleUse(events)
    return stream(
      EventStreamBody(
        sendsHeadAtOnce: true,
        source: .closure { writer in
          guard let events = events.take() else { return }
          for try await event in events { try await writer.send(event) }
        }))
  }

  /// The events of a topic after a position; nil begins live. `view` chooses what the reader gets of it.
  public static func events(
    from topic: Topic, after lastEventID: String? = nil, view: TopicView = TopicView()
  ) -> Response {
    events(TopicStream(topic, after: lastEventID, view: view))
  }

  /// The events of several topics, each with a name, after a position in all of them; topics that it does not name
  /// begin live. The events' IDs name the position in each topic (`a=1k-17,b=1k-4`), and each topic keeps its order.
  ///
  /// - Throws: `TopicError` unless there are 1 to 64 topics, each once, with names of 1 to 64 of `A–Z a–z 0–9 . _ -`.
  public static func events(
    from topics: [String: Topic], after lastEventID: String? = nil, view: TopicView = TopicView()
  ) throws(TopicError) -> Response {
    try TopicStream.check(topics)
    return events(TopicStream(topics, after: lastEventID, view: view))
  }

  private static func events(_ stream: TopicStream) -> Response {
    Response(status: .ok, headers: eventStreamHeaders, body: .topics(stream))
  }

  private static func stream(_ body: EventStreamBody) -> Response {
    Response(status: .ok, headers: eventStreamHeaders, body: .stream(body))
  }

  /// What every event stream says: never from a cache, never changed or held back on the way.
  private static let eventStreamHeaders: HeaderFields = [
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
  ]

  // MARK: - Failures

  /// What an error becomes: its own status where it is one, else 500. The body says so in JSON.
  static func failure(_ error: any Error) -> Response {
    switch error {
    case let status as HTTPStatus where status.isInterim: return failure(InterimStatus(status: status))
    case let status as HTTPStatus: return failure(status, reason: status.reasonPhrase)
    case let response as Response: return thrown(response)
    case let error as HTTP1Error where error.isRequestFault: return failure(error.status, reason: error.description)
    default: return fault(error)
    }
  }

  private static func fault(_ error: any Error) -> Response {
    var response = failure(.internalServerError, reason: HTTPStatus.internalServerError.reasonPhrase)
    response.fault = error
    return response
  }

  /// A response in an error's place. Nothing after it asks whether it can be sent.
  private static func thrown(_ response: Response) -> Response {
    do {
      try response.headers.validate()
      if response.status.isInterim { throw InterimStatus(status: response.status) }
      switch response.body {
      case .bytes, .file: return response.withoutForbiddenContent
      case .stream, .topics: throw ThrownStream()
      }
    } catch {
      return fault(error)
    }
  }

  private struct ThrownStream: Error, CustomStringConvertible {
    var description: String { "a response whose body is a stream was thrown; return it instead" }
  }

  private struct InterimStatus: Error, CustomStringConvertible {
    let status: HTTPStatus
    var description: String { "'\(status)' announces another response and cannot be one" }
  }

  static func failure(_ status: HTTPStatus, reason: String) -> Response {
    // None goes with 204 and 304 (RFC 9110, 6.4.1), nor with success or a redirection.
    guard status.code >= 400, let body = try? JSON.bytes(["error": reason]) else {  // A string always encodes.
      return Response(status: status)
    }
    return Response(status: status, headers: ["Content-Type": "application/json"], bytes: body)
  }

  /// The answer in this one's place, as its handler has failed before the head had left: with the fields that
  /// middleware and router set.
  func replaced(by failure: Response) -> Response {
    var answer = failure
    for field in headers where !Self.eventStreamHeaders.contains(field.name) {
      // What several parties may say, each for itself, is kept from both.
      guard !failure.headers.contains(field.name) || Self.additiveHeaders.contains(field.name) else { continue }
      answer.headers.append(field.name, field.value)
    }
    answer.route = route
    return answer
  }

  private static let additiveHeaders: HeaderFields = ["Vary": "", "Set-Cookie": ""]
}
