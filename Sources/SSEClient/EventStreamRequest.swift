package import SSEHTTP1
package import SSESockets

/// A request that is checked once and sent over many connections, each of which is read by itself: for a load
/// generator. What an `EventSource` does besides is not done: no stream is opened again, no redirect followed, and
/// nothing that is silent is given up.
package struct EventStreamRequest: Sendable {
  private let outgoing: OutgoingRequest
  private var configuration: EventClientConfiguration

  /// - Throws: `EventClientError` where the URL, a header field or the body cannot be sent.
  package init(_ request: EventRequest, configuration: EventClientConfiguration) throws(EventClientError) {
    let url = try RequestURL(request.url)
    var headers = configuration.headers.replacing(with: request.headers)
    if configuration.acceptsContentCodings, !headers.contains("Accept-Encoding") {
      headers["Accept-Encoding"] = ContentCoding.acceptEncoding
    }
    let attempt = EventAttempt(
      url: url.description, number: 1, lastEventID: request.lastEventID, refusal: nil, headers: headers)
    let target = OutgoingRequest.Target(url: url, method: request.method, sendsBody: request.body != nil)
    outgoing = try OutgoingRequest(attempt, to: target, from: url.origin, body: request.body)
    self.configuration = configuration
  }

  /// The same, for connections whose warnings have been told with the first.
  package var withoutWarnings: EventStreamRequest {
    var request = self
    request.configuration.log = .none
    return request
  }

  /// Makes a connection and sends the request over it. Cancelling the task closes it and throws.
  package func connect(on loop: EventLoop) async throws(EventClientError) -> EventStreamConnection {
    let attempt = try ConnectionAttempt(for: outgoing, configuration, clock: ClientClock(nil))
    let message = try outgoing.message(via: attempt.route)
    let connection = try await attempt.connect(on: loop)
    connection.send(message)
    return EventStreamConnection(connection, to: outgoing, limits: configuration.limits)
  }
}

/// The one answer that a connection of an `EventStreamRequest` brings. For one task, which prefers the loop that it was
/// opened on. Letting go of it closes it.
package final class EventStreamConnection {
  package enum Step {
    /// `receive` follows.
    case needsInput
    /// The answer is accepted.
    case opened
    case event(ServerSentEvent)
    /// The stream ended normally, or the server has none to give (204).
    case ended
  }

  private let connection: ByteStream
  private var response: EventResponse
  private let url: String
  /// Bytes that have come, of the head and what frames the body too.
  package private(set) var receivedCount = 0

  fileprivate init(_ connection: ByteStream, to request: OutgoingRequest, limits: EventClientLimits) {
    self.connection = connection
    url = request.target.url.description
    response = EventResponse(
      to: request, limits: limits, deliversComments: false, deliversUnterminatedEvent: false)
  }

  deinit { connection.close() }

  /// Waits for the next bytes, or for the connection's end, of which `next` then tells. Cancelling the task closes the
  /// connection.
  ///
  /// - Throws: `.secureConnectionFailed` where TLS fails before an answer.
  package func receive() async throws(EventClientError) {
    do throws(SocketError) {
      let bytes = try await connection.receive()
      if bytes.isEmpty { return response.receivedEndOfFile() }
      receivedCount += bytes.count
      response.received(bytes)
    } catch {
      if case .tls(let error) = error.kind, error != .truncated, response.awaited == .head {
        throw .secureConnectionFailed(TLSFailure(error), url: url)
      }
      response.connectionFailed()
    }
  }

  /// What follows from the bytes that have come.
  ///
  /// - Throws: Why there is no stream, or no more of it: `.cut` where it broke off.
  package func next() throws(EventClientError) -> Step {
    while true {
      switch try response.next() {
      case .needsInput: return .needsInput
      case .opened: return .opened
      case .element(.event(let event)): return .event(event)
      case .element: continue
      case .redirected(let refusal): throw .unexpectedStatus(refusal)
      case .noContent, .finished(.ended): return .ended
      case .finished(let error): throw error
      }
    }
  }

  /// Returns when it is closed.
  package func closeNow() async { await connection.closeNow() }
}
