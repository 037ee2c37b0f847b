import SSEHTTP1
import SSESockets

/// One request and its response. On the loop's thread only.
final class Exchange {
  let connection: ServedConnection
  let method: HTTPMethod
  let version: HTTPVersion
  /// Nil when the router has it.
  private var request: Request?
  let body: RequestBody?
  private let requesterKeepsAlive: Bool
  var response = Response()
  var record: OpenAccessRecord
  /// What the connection had sent before.
  private let sentBefore: Int

  init(_ head: RequestHead, _ connection: ServedConnection) {
    self.connection = connection
    method = head.method
    version = head.version
    requesterKeepsAlive = head.keepAlive
    body = head.hasBody ? RequestBody(head: head, connection: connection) : nil
    record = OpenAccessRecord(head, remoteAddress: connection.remoteAddress)
    sentBefore = connection.socket.sentTotal
    request = Request(
      head: head, remoteAddress: connection.remoteAddress,
      body: body.map { .connection(LoopBound($0, loop: connection.socket.loop)) } ?? .bytes([]))
    connection.route = record.route
  }

  var server: ServerLoop { connection.server }
  var socket: StreamSocket { connection.socket }
  var configuration: EventServerConfiguration { connection.server.configuration }
  var isChunked: Bool { version == .http1_1 }
  var sentCount: Int { socket.sentTotal - sentBefore }

  @inline(never)
  func askRouter() async {
    guard let request else { return }
    self.request = nil
    answered(await server.router.respond(to: request))
  }

  @inline(never)
  private func answered(_ answer: Response) {
    response = answer.withoutForbiddenContent
    if Task.isCancelled, response.fault is CancellationError {
      // The server has ended it, and not the application.
      response = .failure(.serviceUnavailable, reason: HTTPStatus.serviceUnavailable.reasonPhrase)
      response.route = answer.route
    }
    if let route = response.route { record.route = route.name }
    connection.route = record.route
    if let fault = response.fault { log(fault) }
  }

  /// Whether the connection may carry another request after this response.
  func mayKeepConnection(bodyCanBeSkipped: Bool) -> Bool {
    requesterKeepsAlive && bodyCanBeSkipped && server.acceptsFurtherRequests
      && connection.requestCount < configuration.limits.requestsPerConnection
  }

  /// Whether the next request can be told from what is left of this one's body.
  var bodyCanBeSkipped: Bool { body?.canBeSkipped ?? true }

  /// A peer that has vanished from the network is noticed after three keep-alive intervals (RFC 5482).
  func setUserTimeout() {
    if let interval = configuration.keepAlive { socket.setUserTimeout(interval * 3) }
  }

  /// Reads what is left of the body; false where the next request cannot be told from it.
  func discardBody() async -> Bool { await body?.discardRest() ?? true }

  /// Who kept the request reads nothing of the next one.
  func end() { body?.end() }

  func log(_ fault: any Error) { configuration.log(.handlerFailed(route: record.route, reason: "\(fault)")) }

  /// Writes the access record.
  func ended(_ ending: EventServerAccessRecord.Ending, events: Int = 0) {
    guard let accessLog = configuration.accessLog else { return }
    record.status = response.status
    accessLog(record.ended(ending, bytes: sentCount, events: events))
  }
}
