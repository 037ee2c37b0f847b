import SSEHTTP1
import SSESockets

/// What a response comes from: a socket, or the client's own transport.
enum IncomingConnection: Sendable {
  case socket(ByteStream)
  case transport(TransportBody)

  /// Makes a connection and sends a request over it.
  ///
  /// - Returns: With the response's head where a transport has read it.
  static func open(
    _ request: OutgoingRequest, configuration: EventClientConfiguration, clock: ClientClock, loop: EventLoop
  ) async throws(EventClientError) -> (IncomingConnection, head: ResponseHead?) {
    if let transport = configuration.transport {
      let response = try await send(request, over: transport, configuration: configuration, clock: clock, loop: loop)
      return (.transport(response.makeBody()), response.head)
    }
    let attempt = try ConnectionAttempt(for: request, configuration, clock: clock)
    let message = try request.message(via: attempt.route)
    let connection = try await attempt.connect(on: loop)
    // It leaves while the answer is awaited: a server may answer before it has read all of it, and a refusal is to be
    // heard then (RFC 9112, 9.5).
    connection.send(message)
    return (.socket(connection), nil)
  }

  private static func send(
    _ request: OutgoingRequest, over transport: @escaping EventTransport.Send,
    configuration: EventClientConfiguration, clock: ClientClock, loop: EventLoop
  ) async throws(EventClientError) -> EventTransport.Response {
    let url = request.target.url.description
    let limit = configuration.timeouts.responseHead
    do {
      return try await withTimeLimit(limit, by: clock, on: loop, executor: nil, timeout: TimedOut() as any Error) {
        try await transport(EventTransport.Request(request))
      }
    } catch is TimedOut {
      throw .timedOut(.responseHead, after: limit, url: url)
    } catch {
      throw .transportFailed(error, url: url)
    }
  }

  /// The next bytes, or why there are none.
  func receive(within limit: Duration, clock: ClientClock, loop: EventLoop) async -> EventSession.Input {
    switch self {
    case .socket(let connection): await receive(from: connection, within: limit, clock: clock, loop: loop)
    case .transport(let body): await receive(from: body, within: limit, clock: clock, loop: loop)
    }
  }

  private func receive(
    from connection: ByteStream, within limit: Duration, clock: ClientClock, loop: EventLoop
  ) async -> EventSession.Input {
    do throws(SocketError) {
      let bytes: [UInt8]
      if clock.isEventLoops {
        bytes = try await connection.receive(timeout: limit)
      } else {
        let timeout = SocketError(.timedOut, "read from", "the peer")
        bytes = try await withTimeLimit(limit, by: clock, on: loop, executor: loop, timeout: timeout) {
          () throws(SocketError) in try await connection.receive()
        }
      }
      return bytes.isEmpty ? .endOfFile : .bytes(bytes)
    } catch {
      switch error.kind {
      case .timedOut: return await connection.unsentCount > 0 ? .timedOutSending : .timedOut
      // That it was cut is no more than a reset is; but a server may refuse a client's certificate only now, say
      // (RFC 8446, 4.4.2.4).
      case .tls(let error) where error != .truncated: return .insecure(TLSFailure(error))
      default: return .failure
      }
    }
  }

  private func receive(
    from body: TransportBody, within limit: Duration, clock: ClientClock, loop: EventLoop
  ) async -> EventSession.Input {
    do {
      let chunk = try await withTimeLimit(limit, by: clock, on: loop, executor: nil, timeout: TimedOut() as any Error) {
        let chunk = try await body.receive()
        // The streams of the standard library end when they are cancelled: that is not the body's end.
        if chunk == nil { try Task.checkCancellation() }
        return chunk
      }
      return chunk.map { .bytes($0) } ?? .endOfFile
    } catch {
      return error is TimedOut ? .timedOut : .failure
    }
  }

  private struct TimedOut: Error {}

  /// Any thread.
  func close() {
    switch self {
    case .socket(let connection): connection.close()
    case .transport(let body): body.close()
    }
  }

  /// Returns when it is closed.
  func closeNow() async {
    switch self {
    case .socket(let connection): await connection.closeNow()
    case .transport(let body): body.close()
    }
  }
}
