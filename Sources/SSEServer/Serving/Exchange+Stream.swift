import SSEHTTP1
import SSESockets

/// A response that a handler writes.
extension Exchange {
  /// Sends the response; what becomes of the connection.
  @inline(never)
  func respond() async -> RequestLoop.Next {
    guard case .stream(let body) = response.body, method != .head else { return await sendKnownBody() }
    let stream = openStream(sendingHeadAtOnce: body.sendsHeadAtOnce)
    var failure: (any Error)?
    do { try await body.write(to: EventWriter(stream)) } catch { failure = error }
    return await finish(stream, failure)
  }

  @inline(never)
  private func openStream(sendingHeadAtOnce: Bool) -> OutgoingStream {
    let connection = connection
    var coding = coding
    let encoder = coding == .gzip ? server.compressor?.makeEncoder() : nil
    // Without memory for it the stream goes as it is.
    if encoder == nil, coding == .gzip { coding = .identity }
    let stream = OutgoingStream(
      socket: socket, framing: isChunked ? .chunked : .untilClose, keepAlive: isChunked && mayKeepConnection(),
      encoder: encoder, eventLimit: configuration.limits.event, start: record.start,
      cancelHandler: { connection.cancel() })
    var head: [UInt8] = []
    response.appendStreamHead(
      to: &head, isChunked: isChunked, coding: coding, keepAlive: stream.keepAlive,
      announcing: server.announcedKeepAlive)
    // Of no more use once the head has left.
    stream.hold(head, response.headers, atMost: configuration.headDelay)
    response.headers = [:]
    connection.activity = .streaming(stream)
    socket.setDelegate(stream)
    connection.watchForLeave()
    if sendingHeadAtOnce { stream.sendHead() }
    return stream
  }

  private func mayKeepConnection() -> Bool { mayKeepConnection(bodyCanBeSkipped: bodyCanBeSkipped) }

  /// The handler has returned, or thrown `failure`.
  @inline(never)
  private func finish(_ stream: OutgoingStream, _ failure: (any Error)?) async -> RequestLoop.Next {
    connection.activity = .answering
    // While the stream was open its events were counted with it.
    server.counters.eventsSent += stream.eventCount
    defer {
      socket.stopWatchingForLeave()
      socket.setDelegate(nil)
    }
    if let leave = stream.leave {
      ended(leave, events: stream.eventCount)
      return .close
    }
    // Cancelled, and not because the reader left: by the server.
    if Task.isCancelled {
      stream.end(.cut(retry: configuration.randomFarewellRetry))
      ended(.serverEnded, events: stream.eventCount)
      return .close
    }
    if let failure { return await failed(stream, failure) }
    stream.end(.complete)
    let isSent = await connection.allSent() && stream.leave == nil
    let leave = stream.leave ?? (Task.isCancelled ? .serverEnded : connection.leave)
    ended(isSent ? .complete : leave, events: stream.eventCount)
    guard stream.keepAlive, isSent else { return .close }
    socket.stopWatchingForLeave()
    // If that fails the request has had its answer already.
    return await discardBody() ? .keep : .close
  }

  @inline(never)
  private func failed(_ stream: OutgoingStream, _ failure: any Error) async -> RequestLoop.Next {
    if let fields = stream.discardHead() {
      socket.stopWatchingForLeave()
      response.headers = fields
      response = response.replaced(by: server.router.failure(for: failure))
      if let fault = response.fault { log(fault) }
      return await sendKnownBody()
    }
    log(failure)
    // Without the last chunk, so that the reader can tell.
    stream.end(.cut(retry: nil))
    _ = await connection.allSent()
    ended(.failed, events: stream.eventCount)
    return .close
  }
}
