import SSEHTTP1
import SSESockets

/// A response that a handler writes.
extension Exchange {
  /// Prepares the stream; nil where the response is none, or where only its head was asked for.
  @inline(never)
  func openStream() -> OutgoingStream? {
    guard case .stream(let body) = response.body, method != .head else { return nil }
    let connection = connection
    let stream = OutgoingStream(
      socket: socket, framing: isChunked ? .chunked : .untilClose, keepAlive: isChunked && mayKeepConnection(),
      cancelHandler: { connection.cancel() })
    var head: [UInt8] = []
    response.appendStreamHead(
      to: &head, isChunked: isChunked, keepAlive: stream.keepAlive, announcing: configuration.keepAlive)
    stream.hold(head, atMost: configuration.headDelay)
    connection.activity = .streaming(stream)
    socket.delegate = stream
    connection.watchForLeave()
    if body.sendsHeadAtOnce { stream.sendHead() }
    return stream
  }

  private func mayKeepConnection() -> Bool { mayKeepConnection(bodyCanBeSkipped: bodyCanBeSkipped) }

  func runHandler(_ stream: OutgoingStream) async throws {
    guard case .stream(let body) = response.body else { return }
    switch body.source {
    case .handler(let handler, let request): try await handler(request, EventWriter(stream))
    case .closure(let write): try await write(EventWriter(stream))
    }
  }

  /// The handler has returned, or thrown `failure`.
  @inline(never)
  func finish(_ stream: OutgoingStream, _ failure: (any Error)?) async -> RequestLoop.Next {
    connection.activity = .answering
    defer {
      socket.stopWatchingForLeave()
      socket.delegate = nil
    }
    if stream.hasReaderLeft {
      ended(.readerLeft, events: stream.eventCount)
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
    let isSent = await connection.allSent() && !stream.hasReaderLeft
    ended(isSent ? .complete : .readerLeft, events: stream.eventCount)
    guard stream.keepAlive, isSent else { return .close }
    socket.stopWatchingForLeave()
    // If that fails the request has had its answer already.
    return await discardBody() ? .keep : .close
  }

  @inline(never)
  private func failed(_ stream: OutgoingStream, _ failure: any Error) async -> RequestLoop.Next {
    if stream.isHeadHeld {
      stream.discardHead()
      socket.stopWatchingForLeave()
      response = response.failed(with: failure)
      if let fault = response.fault { log(fault) }
      return await sendKnownBody()
    }
    log("\(failure)")
    // Without the last chunk, so that the reader can tell.
    stream.end(.cut(retry: nil))
    _ = await connection.allSent()
    ended(.failed, events: stream.eventCount)
    return .close
  }
}
