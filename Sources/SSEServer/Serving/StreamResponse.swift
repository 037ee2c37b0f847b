import SSEHTTP1
import SSESockets
import ServerSentEvents

/// Answers one request with an event stream that a handler writes. On the loop's thread, in the connection's task.
struct StreamResponse {
  let request: RequestHead
  let response: Response
  let loop: RequestLoop

  private var connection: ServedConnection { loop.connection }
  private var socket: StreamSocket { connection.socket }
  private var configuration: EventServerConfiguration { loop.server.configuration }

  func run(_ body: EventStreamBody, keepAlive: Bool) async -> RequestLoop.Outcome {
    let isChunked = request.version == .http1_1
    let keepAlive = keepAlive && isChunked
    let before = socket.sentTotal
    if request.method == .head {
      socket.append { appendHead(to: &$0, isChunked: isChunked, keepAlive: keepAlive) }
      socket.flush()
      return outcome(.complete, events: 0, since: before, next: keepAlive ? .keep : .close)
    }
    let connection = connection
    let stream = OutgoingStream(
      socket: socket, framing: isChunked ? .chunked : .untilClose, cancelHandler: { connection.cancel() })
    open(stream, body, isChunked: isChunked, keepAlive: keepAlive)
    defer { socket.stopWatchingForLeave() }
    let failure: (any Error)?
    do {
      try await body.run(EventWriter(stream))
      failure = nil
    } catch {
      failure = error
    }
    connection.activity = .answering
    return await finish(stream, failure, keepAlive: keepAlive, since: before)
  }

  private func appendHead(to buffer: inout [UInt8], isChunked: Bool, keepAlive: Bool) {
    response.appendStreamHead(
      to: &buffer, isChunked: isChunked, keepAlive: keepAlive, announcing: configuration.keepAlive)
  }

  private func open(_ stream: OutgoingStream, _ body: EventStreamBody, isChunked: Bool, keepAlive: Bool) {
    var head: [UInt8] = []
    appendHead(to: &head, isChunked: isChunked, keepAlive: keepAlive)
    stream.hold(head, atMost: configuration.headDelay)
    connection.activity = .streaming(stream)
    socket.delegate = stream
    connection.watchForLeave()
    if body.sendsHeadAtOnce { stream.sendHead() }
  }

  private func finish(
    _ stream: OutgoingStream, _ failure: (any Error)?, keepAlive: Bool, since before: Int
  ) async -> RequestLoop.Outcome {
    let events = stream.eventCount
    if stream.hasReaderLeft { return outcome(.readerLeft, events: events, since: before, next: .close) }
    // Cancelled, and not because the reader left: by the server.
    if Task.isCancelled {
      stream.end(.cut(retry: configuration.randomFarewellRetry))
      return outcome(.serverEnded, events: events, since: before, next: .close)
    }
    guard let failure else {
      stream.end(.complete)
      let isSent = await connection.allSent() && !stream.hasReaderLeft
      return outcome(
        isSent ? .complete : .readerLeft, events: events, since: before, next: keepAlive && isSent ? .keep : .close)
    }
    if stream.isHeadHeld {
      stream.discardHead()
      socket.stopWatchingForLeave()
      let failed = response.failed(with: failure)
      if failed.fault != nil { log(failure) }
      return await loop.send(failed, method: request.method, keepAlive: keepAlive)
    }
    log(failure)
    // Without the last chunk, so that the reader can tell.
    stream.end(.cut(retry: nil))
    _ = await connection.allSent()
    return outcome(.failed, events: events, since: before, next: .close)
  }

  private func log(_ failure: any Error) {
    configuration.log(.handlerFailed(route: connection.route, reason: "\(failure)"))
  }

  private func outcome(
    _ ending: EventServerAccessRecord.Ending, events: Int, since before: Int, next: RequestLoop.Next
  ) -> RequestLoop.Outcome {
    RequestLoop.Outcome(
      status: response.status, bytes: socket.sentTotal - before, events: events, ending: ending, next: next)
  }
}
