import SSEHTTP1
import SSESockets

/// What a response comes from: a socket, or the client's own transport.
enum IncomingConnection: Sendable {
  case socket(ByteStream)
  case transport(TransportBody)

  /// Has a transport send a request.
  static func send(
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
    case .socket(let connection) where clock.isEventLoops:
      do throws(SocketError) {
        return Self.input(try await connection.receive(timeout: limit))
      } catch {
        return await Self.input(error, from: connection)
      }
    case .socket(let connection): return await receive(from: connection, within: limit, clock: clock, loop: loop)
    case .transport(let body): return await receive(from: body, within: limit, clock: clock, loop: loop)
    }
  }

  static func input(_ bytes: [UInt8]) -> EventSession.Input { bytes.isEmpty ? .endOfFile : .bytes(bytes) }

  /// What it means that there are none.
  @inline(never)
  static func input(_ error: SocketError, from connection: ByteStream) async -> EventSession.Input {
    if error.kind == .timedOut { return await connection.unsentCount > 0 ? .timedOutSending : .timedOut }
    return TLSFailure(error).map { .insecure($0) } ?? .failure
  }

  @inline(never) private func receive(
    from connection: ByteStream, within limit: Duration, clock: ClientClock, loop: EventLoop
  ) async -> EventSession.Input {
    do throws(SocketError) {
      let timeout = SocketError(.timedOut, "read from", "the peer")
      return Self.input(
        try await withTimeLimit(limit, by: clock, on: loop, executor: loop, timeout: timeout) {
          () throws(SocketError) in try await connection.receive()
        })
    } catch {
      return await Self.input(error, from: connection)
    }
  }

  @inline(never) private func receive(
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
