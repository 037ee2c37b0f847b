/// A TLS connection as any thread may hold it; see `TLSStream`.
package struct TLSConnection: Sendable {
  private let stream: LoopBound<TLSStream>

  package var loop: EventLoop { stream.loop }

  /// Makes a connection that stands secure, as its client: checks that the peer is `host`, a name or an address in
  /// digits. Cancelling the task closes it at once and throws `.cancelled`; after an error it is closed.
  ///
  /// - Throws: `.tls` with what the peer, its certificate or the protocol lacks.
  package static func client(
    over connection: Connection, context: TLSContext, host: String
  ) async throws(SocketError) -> TLSConnection {
    let made = await connection.socket.run { socket in
      Result { () throws(TLSError) in
        LoopBound(TLSStream(try TLSSession(client: context, host: host), over: socket), loop: socket.loop)
      }
    }
    switch made {
    case .failure(let error):
      connection.close()
      throw SocketError(.tls(error), "talk securely to", host)
    case .success(let stream):
      try await withTaskExecutorPreference(stream.loop) { () async throws(SocketError) in
        try await handshake(stream)
      }
      return TLSConnection(stream: stream)
    }
  }

  /// What `TLSStream.receive` does, from any thread.
  package func receive(timeout: Duration? = nil) async throws(SocketError) -> [UInt8] {
    try await withTaskExecutorPreference(stream.loop) { () async throws(SocketError) in
      try await Self.receive(stream, timeout: timeout)
    }
  }

  // Both run where the task prefers to: on the loop, for all of their steps.
  @concurrent private static func handshake(_ stream: LoopBound<TLSStream>) async throws(SocketError) {
    try await stream.onLoop.handshake()
  }

  @concurrent private static func receive(
    _ stream: LoopBound<TLSStream>, timeout: Duration?
  ) async throws(SocketError) -> [UInt8] {
    try await stream.onLoop.receive(timeout: timeout)
  }

  /// Sends bytes without waiting for the peer to take them.
  package func send(_ bytes: [UInt8]) { stream.submit { $0.send(bytes) } }

  /// How many encrypted bytes the kernel has not taken.
  package var unsentCount: Int { get async { await stream.run { $0.socket.unsentCount } } }

  /// Tells the peer and closes, at once and without waiting; waiting calls throw `.closed`. Any thread; may be called
  /// again.
  package func close() { stream.submit { $0.close() } }

  /// The same, and returns when it is closed.
  package func closeNow() async { await stream.run { $0.close() } }
}
