import SSEHTTP1
package import SSESockets

/// A request that is checked once and sent over many connections, each of which is read by itself: for a load
/// generator. What an `EventSource` does besides is not done: no stream is opened again, no redirect followed, and
/// nothing that is silent is given up.
package struct EventStreamRequest: Sendable {
  private let outgoing: Shared<OutgoingRequest>
  private var configuration: Shared<EventClientConfiguration>

  /// - Throws: `EventClientError` where the URL, a header field or the body cannot be sent.
  package init(_ request: EventRequest, configuration: EventClientConfiguration) throws(EventClientError) {
    let url = try RequestURL(request.url)
    let attempt = EventAttempt(
      url: url.description, number: 1, lastEventID: request.lastEventID, refusal: nil,
      headers: configuration.headers(of: request))
    let target = OutgoingRequest.Target(url: url, method: request.method, sendsBody: request.body != nil)
    outgoing = Shared(try OutgoingRequest(attempt, to: target, from: url.origin, body: request.body))
    self.configuration = Shared(configuration)
  }

  /// The same, for connections whose warnings have been told with the first.
  package var withoutWarnings: EventStreamRequest {
    var (request, configuration) = (self, configuration.value)
    configuration.log = .none
    request.configuration = Shared(configuration)
    return request
  }

  /// Makes a connection and sends the request over it. Cancelling the task closes it and throws.
  package func connect(on loop: EventLoop) async throws(EventClientError) -> EventStreamConnection {
    let attempt = try ConnectionAttempt(for: outgoing, configuration, clock: ClientClock(nil))
    let connection = try await attempt.connect(on: loop)
    connection.send(try attempt.message())
    return EventStreamConnection(connection, to: outgoing.value, configuration: configuration)
  }
}
