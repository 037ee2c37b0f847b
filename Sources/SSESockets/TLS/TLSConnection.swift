/// A TLS connection as its client may hold it on any thread: a `Connection` whose socket has a `TLSLayer`.
package struct TLSConnection: Sendable {
  private let connection: Connection

  package var loop: EventLoop { connection.loop }

  /// Makes a connection that stands secure, as its client: checks that the peer is `host`, a name or an address in
  /// digits. Cancelling the task closes it at once and throws `.cancelled`; after an error it is closed.
  ///
  /// - Throws: `.tls` with what the peer, its certificate or the protocol lacks; the peer has been told as far as TLS
  ///   has an alert for it.
  package static func client(
    over connection: Connection, context: TLSContext, host: String
  ) async throws(SocketError) -> TLSConnection {
    let begun = await connection.socket.run { socket in
      Result { () throws(TLSError) in socket.secure(with: try TLSSession(client: context, host: host)) }
    }
    let secure = TLSConnection(connection: connection)
    do throws(TLSError) { try begun.get() } catch {
      secure.close()
      throw SocketError(.tls(error), "talk securely to", host)
    }
    _ = try await secure.receive(atMost: 0, timeout: nil)
    return secure
  }

  /// The next bytes that the peer said; none once it has ended its stream with a `close_notify`. Suspends until some
  /// come. Waiting, cancelling and the timeout are as in `Connection.receive`.
  ///
  /// - Throws: `.tls`, after which the connection is closed: `.truncated` where it ends without a `close_notify`.
  package func receive(timeout: Duration? = nil) async throws(SocketError) -> [UInt8] {
    try await receive(atMost: 65_536, timeout: timeout)
  }

  private func receive(atMost most: Int, timeout: Duration?) async throws(SocketError) -> [UInt8] {
    do throws(SocketError) {
      return try await StreamSocket.receive(connection.socket, atMost: most, timeout: timeout)
    } catch {
      if case .tls = error.kind { close() }
      throw error
    }
  }

  /// Gives a receiver all that the peer says; see `StreamSocket.deliver`. In a task that prefers the loop.
  ///
  /// - Throws: `.tls`, after which the connection is closed: `.truncated` where it ends without a `close_notify`.
  package func deliver(to receiver: any StreamSocketDelegate) async throws(SocketError) {
    do throws(SocketError) {
      try await connection.socket.onLoop.deliver(to: receiver)
    } catch {
      if case .tls = error.kind { close() }
      throw error
    }
  }

  /// Ends `deliver`, which then returns. On the loop's thread.
  package func endDelivery() { connection.socket.onLoop.endDelivery() }

  /// Sends bytes without waiting for the peer to take them.
  package func send(_ bytes: [UInt8]) {
    connection.socket.submit { socket in
      socket.append { $0 += bytes }
      socket.flush()
    }
  }

  /// How many bytes the kernel has not taken.
  package var unsentCount: Int { get async { await connection.socket.run { $0.unsentCount } } }

  /// Tells the peer and closes, at once and without waiting; waiting calls throw `.closed`. Any thread; may be called
  /// again.
  package func close() { connection.close() }

  /// The same, and returns when it is closed.
  package func closeNow() async { await connection.socket.run { $0.close() } }
}
