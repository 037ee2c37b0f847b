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
  /// The connection's task, while the router is asked in another.
  private var waiting: UnsafeContinuation<Void, Never>?
  /// What the connection had sent before.
  private let sentBefore: Int
  /// Whether it, and not its connection, is counted for its address: it came through a proxy.
  var isCountedForItself = false
  /// Whether the request asks for gzip, and the server compresses streams.
  private let prefersGzip: Bool

  init(_ head: RequestHead, _ connection: ServedConnection) {
    self.connection = connection
    method = head.method
    version = head.version
    requesterKeepsAlive = head.keepAlive
    body = head.hasBody ? RequestBody(head: head, connection: connection) : nil
    let peer = connection.remoteAddress
    let origin = connection.server.configuration.trustedProxies?.origin(of: peer, head.headers) ?? peer
    record = OpenAccessRecord(head, remoteAddress: origin)
    prefersGzip = connection.server.compressor != nil && Negotiation.prefersGzip(head.headers)
    sentBefore = connection.socket.sentTotal
    request = Request(
      head: head, remoteAddress: origin,
      body: body.map { .connection(LoopBound($0, loop: connection.socket.loop)) } ?? .bytes([]),
      server: connection.server.server)
  }

  var server: ServerLoop { connection.server }
  var socket: StreamSocket { connection.socket }
  var configuration: EventServerConfiguration { connection.server.configuration }
  var isChunked: Bool { version == .http1_1 }
  /// Of a stream.
  var coding: StreamCoding {
    guard server.compressor != nil, response.allowsCompression, !response.headers.contains("Content-Encoding") else {
      return .none
    }
    return prefersGzip ? .gzip : .identity
  }
  var sentCount: Int { socket.sentTotal - sentBefore }

  @inline(never)
  func askRouter() async {
    guard isWithinLimitOfAddress() else { return refuse() }
    if server.router.hasLayers, server.answerInOwnTask(self) { return await answeredElsewhere() }
    guard let request = takeRequest() else { return }
    answered(await server.router.respond(to: request))
  }

  /// A task keeps the memory of its deepest frames until it ends. Those of middleware may be deep, and a stream may
  /// last for days: so middleware runs in a task of its own, which has ended when the stream begins.
  @inline(never)
  private func answeredElsewhere() async {
    await withUnsafeContinuation { waiting = $0 }
    connection.resumeTask()
  }

  /// The task of its own; like the connection's, the loop may cancel it.
  func answer(in task: UnsafeCurrentTask?) async {
    connection.beginAnswer(task)
    if let request = takeRequest() { answered(await server.router.respond(to: request)) }
    connection.endAnswer()
    waiting?.resume()
    waiting = nil
  }

  private func takeRequest() -> Request? {
    defer { request = nil }
    return request
  }

  private static let tooManyOfAddress: Response = {
    var response = Response.failure(.tooManyRequests, reason: "too many connections from one address")
    response.headers["Retry-After"] = Refusal.retryAfter
    return response
  }()

  /// Not inlined, as `answered`: what an async function's frame holds is held for as long as a stream lasts.
  @inline(never)
  private func refuse() { answered(server.router.completed(Self.tooManyOfAddress, takeRequest())) }

  private func isWithinLimitOfAddress() -> Bool {
    guard let isCounted = server.enter(origin: record.remoteAddress, of: connection) else { return true }
    isCountedForItself = isCounted
    if !isCounted { server.counters.count(.connectionsPerAddress) }
    return isCounted
  }

  @inline(never)
  private func answered(_ answer: Response) {
    response = answer.withoutForbiddenContent
    if Task.isCancelled, response.fault is CancellationError {
      // The server has ended it, and not the application.
      response = answer.replaced(by: .error(.serviceUnavailable))
    }
    if let route = response.route { record.routeName = route.name }
    if let fault = response.fault { log(fault) }
  }

  /// Whether the connection may carry another request after this response.
  func mayKeepConnection(bodyCanBeSkipped: Bool) -> Bool {
    requesterKeepsAlive && bodyCanBeSkipped && server.acceptsFurtherRequests
      && connection.requestCount < configuration.limits.requestsPerConnection
  }

  /// Whether the next request can be told from what is left of this one's body.
  var bodyCanBeSkipped: Bool { body?.canBeSkipped ?? true }

  /// Reads what is left of the body; false where the next request cannot be told from it.
  func discardBody() async -> Bool { await body?.discardRest() ?? true }

  /// Who kept the request reads nothing of the next one.
  func end() {
    body?.end()
    if isCountedForItself { server.leave(origin: record.remoteAddress) }
  }

  func log(_ fault: any Error) { configuration.log(.handlerFailed(route: record.route, reason: "\(fault)")) }

  /// Writes the access record.
  func ended(_ ending: EventServerAccessRecord.Ending, events: Int = 0) {
    server.counters.count(ending)
    guard let accessLog = configuration.accessLog else { return }
    record.status = response.status
    accessLog(record.ended(ending, bytes: sentCount, events: events))
  }
}
