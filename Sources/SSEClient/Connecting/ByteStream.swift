import SSESockets

/// The connection of an attempt, in plain TCP or secured by TLS.
enum ByteStream: Sendable {
  case plain(Connection)
  case secure(TLSConnection)

  /// The next bytes; none at the end of what the server sends, which under TLS its `close_notify` says. Cancelling the
  /// task closes the connection at once and throws `.cancelled`; `timeout` throws `.timedOut` and leaves it open.
  func receive(timeout: Duration? = nil) async throws(SocketError) -> [UInt8] {
    switch self {
    case .plain(let connection): try await connection.receive(timeout: timeout)
    case .secure(let connection): try await connection.receive(timeout: timeout)
    }
  }

  /// Gives a receiver all that the server sends; returns at the end of that. Cancelling the task closes the connection
  /// at once and throws `.cancelled`. In a task that prefers the connection's loop.
  func deliver(to receiver: any StreamSocketDelegate) async throws(SocketError) {
    switch self {
    case .plain(let connection): try await connection.socket.onLoop.deliver(to: receiver)
    case .secure(let connection): try await connection.deliver(to: receiver)
    }
  }

  /// Ends `deliver`, which then returns. On the loop's thread.
  func endDelivery() {
    switch self {
    case .plain(let connection): connection.socket.onLoop.endDelivery()
    case .secure(let connection): connection.endDelivery()
    }
  }

  /// Sends bytes without waiting for the server to take them.
  func send(_ bytes: [UInt8]) {
    switch self {
    case .plain(let connection):
      connection.socket.submit { socket in
        socket.append { $0 += bytes }
        socket.flush()
      }
    case .secure(let connection): connection.send(bytes)
    }
  }

  /// How many bytes the kernel has not taken.
  var unsentCount: Int {
    get async {
      switch self {
      case .plain(let connection): await connection.socket.run { $0.unsentCount }
      case .secure(let connection): await connection.unsentCount
      }
    }
  }

  /// Closes at once. Any thread; may be called again.
  func close() {
    switch self {
    case .plain(let connection): connection.close()
    case .secure(let connection): connection.close()
    }
  }

  /// Returns when it is closed.
  func closeNow() async {
    switch self {
    case .plain(let connection): await connection.socket.run { $0.close() }
    case .secure(let connection): await connection.closeNow()
    }
  }
}
