import SSEHTTP1
import SSESockets
import ServerSentEvents

/// Serves the requests of one connection, one after the other, in the connection's task. On the loop's thread.
struct RequestLoop {
  let connection: ServedConnection
  let server: ServerLoop

  private var limits: EventServerLimits { server.configuration.limits }
  private var socket: StreamSocket { connection.socket }

  /// What becomes of the connection after a response.
  enum Next {
    /// It carries another request.
    case keep
    case close
    /// A topic's readers have its socket now.
    case handedOver
  }

  /// How a response went.
  struct Outcome {
    var status: HTTPStatus
    var bytes: Int
    var events = 0
    var ending: EventServerAccessRecord.Ending
    var next: Next
  }

  /// Returns when the connection is of no more use and the caller is to close it; false where it was handed over.
  func run() async -> Bool {
    while server.acceptsFurtherRequests {
      let head: RequestHead
      do {
        guard let next = try await connection.nextHead(limits: limits) else { return true }
        head = next
      } catch {
        await refuse(error)
        return true
      }
      switch await answer(head) {
      case .handedOver: return false
      case .keep where socket.isOpen && !Task.isCancelled: continue
      case .keep, .close:
        await connection.closeGently()
        return true
      }
    }
    return true
  }

  /// Answers a request that could not be read, and gives the connection up: where its next request begins is unknown.
  private func refuse(_ error: any Error) async {
    let status = (error as? HTTP1Error)?.status ?? (error as? HTTPStatus) ?? .badRequest
    server.configuration.log(.badRequest(from: connection.remoteAddress, reason: "\(error)"))
    await send(.failure(status, reason: "\(error)"), method: .get, keepAlive: false)
    await connection.closeGently()
  }

  private func answer(_ head: RequestHead) async -> Next {
    var record = OpenAccessRecord(head, remoteAddress: connection.remoteAddress)
    let body = RequestBody(head: head, connection: connection, limits: limits)
    let request = Request(
      head: head, remoteAddress: connection.remoteAddress,
      body: head.hasBody ? .connection(LoopBound(body, loop: socket.loop)) : .bytes([]))
    connection.route = record.route
    let response = await server.router.respond(to: request)
    record.route = response.route ?? record.route
    record.status = response.status
    connection.route = record.route
    let mayKeep =
      head.keepAlive && server.acceptsFurtherRequests && connection.requestCount < limits.requestsPerConnection
    let outcome: Outcome
    switch response.body {
    case .bytes, .file:
      // A body that nobody asked for is read, so that it is not taken for the next request.
      let canGoOn = await body.discardRest()
      outcome = await send(response, method: head.method, keepAlive: mayKeep && canGoOn)
    case .stream(let stream):
      outcome = await StreamResponse(request: head, response: response, loop: self).run(
        stream, keepAlive: mayKeep && body.canBeSkipped)
    case .topic(let topic, let lastEventID):
      appendTopicHead(head, response)
      if head.method != .head {
        server.handOver(
          socket, to: topic, after: lastEventID, isChunked: head.version == .http1_1, record)
        return .handedOver
      }
      let before = socket.sentTotal
      socket.flush()
      outcome = Outcome(
        status: response.status, bytes: socket.sentTotal - before, ending: .complete, next: .close)
    }
    if let fault = response.fault { server.configuration.log(.handlerFailed(route: record.route, reason: fault)) }
    record.status = outcome.status
    server.configuration.accessLog?(record.ended(outcome.ending, bytes: outcome.bytes, events: outcome.events))
    return outcome.next
  }

  /// Such a connection carries nothing afterwards.
  private func appendTopicHead(_ head: RequestHead, _ response: Response) {
    socket.append {
      response.appendStreamHead(
        to: &$0, isChunked: head.version == .http1_1, keepAlive: false, announcing: server.configuration.keepAlive)
    }
  }

  // MARK: - Responses of a known body

  @discardableResult
  func send(_ response: Response, method: HTTPMethod, keepAlive: Bool) async -> Outcome {
    // What the connection has sent before and after tells this response's bytes.
    let before = socket.sentTotal
    do {
      switch response.body {
      case .file(let file): try await send(file, response, method: method, keepAlive: keepAlive)
      case .bytes(let bytes): append(bytes, response, method: method, keepAlive: keepAlive)
      case .stream, .topic: break
      }
    } catch {
      server.configuration.log(.handlerFailed(route: connection.route, reason: "\(error)"))
      return Outcome(status: response.status, bytes: socket.sentTotal - before, ending: .failed, next: .close)
    }
    let isSent = await connection.allSent()
    return Outcome(
      status: response.status, bytes: socket.sentTotal - before, ending: isSent ? .complete : .readerLeft,
      next: keepAlive && isSent ? .keep : .close)
  }

  private func append(_ bytes: [UInt8], _ response: Response, method: HTTPMethod, keepAlive: Bool) {
    socket.append { buffer in
      response.appendHead(to: &buffer, bodyLength: bytes.count, keepAlive: keepAlive)
      if method != .head { buffer.append(contentsOf: bytes) }
    }
  }

  private func send(_ file: FileBody, _ response: Response, method: HTTPMethod, keepAlive: Bool) async throws {
    socket.append { response.appendHead(to: &$0, bodyLength: file.length, keepAlive: keepAlive) }
    guard method != .head else { return }
    while socket.isOpen, !Task.isCancelled, let piece = try file.nextPiece() {
      socket.append { $0.append(contentsOf: piece) }
      socket.flush()
      await socket.drained()
    }
  }
}
