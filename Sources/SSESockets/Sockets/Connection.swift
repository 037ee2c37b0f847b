/// A connected stream socket as any thread may hold it. Code on the socket's loop uses `StreamSocket` itself.
package struct Connection: Sendable {
  package let socket: LoopBound<StreamSocket>

  package var loop: EventLoop { socket.loop }

  /// On the loop's thread.
  package init(_ socket: StreamSocket) {
    self.socket = LoopBound(socket, loop: socket.loop)
  }

  private init(socket: LoopBound<StreamSocket>) { self.socket = socket }

  /// Connects to an address without blocking a thread. Cancelling the task closes the socket at once and throws
  /// `.cancelled`; `timeout` throws `.timedOut`.
  package static func connect(
    to address: SocketAddress, on loop: EventLoop, timeout: Duration? = nil
  ) async throws(SocketError) -> Connection {
    let connection = try begin(to: address, on: loop)
    let failure = await connection.finishConnecting(within: timeout)
    // First: whatever failed besides, a cancelled task's connect is told as that.
    guard let failure = Task.isCancelled ? .cancelled : failure?.kind else { return connection }
    connection.close()
    throw SocketError(failure, "connect to", address.description)
  }

  /// Opens a socket and starts to connect it, on any thread: nobody else knows it yet. `finishConnecting` follows.
  package static func begin(to address: SocketAddress, on loop: EventLoop) throws(SocketError) -> Connection {
    try address.check(for: "connect to")
    let descriptor = SystemCall.openStream(family: address.family)
    guard descriptor >= 0 else { throw SocketError(errno: SystemCall.lastError, "connect to", address.description) }
    if case .unix = address {} else { SystemCall.setNoDelay(descriptor) }
    let outcome = SystemCall.connect(descriptor, address)
    switch outcome {
    case .value: break
    case .failed(let code) where SystemCall.isInProgress(code): break
    // A Unix domain socket whose queue is full.
    case .wouldBlock:
      SystemCall.close(descriptor)
      throw SocketError(.refused, "connect to", address.description)
    case .failed(let code):
      SystemCall.close(descriptor)
      throw SocketError(errno: code, "connect to", address.description)
    }
    return Connection(socket: LoopBound(on: loop) { StreamSocket(descriptor: descriptor, loop: $0) })
  }

  /// Why a connect that was begun failed; nil when it is connected. Cancelling the task closes the socket at once.
  package func finishConnecting(within timeout: Duration?) async -> SocketError? {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        socket.submit { $0.waitForConnect(continuation, timeout: timeout) }
      }
    } onCancel: {
      socket.submit { $0.close(because: .cancelled) }  // First or second, as in `StreamSocket.receive`.
    }
  }

  /// The next bytes, at most `most` (and 64 KiB); none at end of file. Cancelling the task closes the socket at once
  /// and throws `.cancelled`; `timeout` throws `.timedOut` and leaves it open. One receiver at a time.
  package func receive(atMost most: Int = 65_536, timeout: Duration? = nil) async throws(SocketError) -> [UInt8] {
    try await StreamSocket.receive(socket, atMost: max(1, most), timeout: timeout)
  }

  /// Sends bytes; returns when the kernel has taken them all. Cancelling the task closes the socket and throws
  /// `.cancelled`.
  package func send(_ bytes: [UInt8]) async throws(SocketError) {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        socket.submit { $0.send(bytes, whenDone: continuation) }
      }
    } onCancel: {
      socket.submit { $0.close(because: .cancelled) }  // First or second, as in `StreamSocket.receive`.
    }
    if Task.isCancelled {
      close()
      throw SocketError(.cancelled, "send to", "the peer")
    }
    if let failure = await socket.run({ $0.sendFailure }) { throw failure }
  }

  /// Closes at once; waiting calls throw `.closed`. Any thread; may be called again.
  package func close() { socket.submit { $0.close() } }

  /// Closes with a reset, dropping what is unsent.
  package func reset() { socket.submit { $0.reset() } }

  /// Tells the peer that nothing more will be sent.
  package func shutDownWriting() { socket.submit { $0.shutDownWriting() } }

  package var remoteAddress: SocketAddress? { get async { await socket.run { $0.remoteAddress } } }
  package var localAddress: SocketAddress? { get async { await socket.run { $0.localAddress } } }
}

extension StreamSocket {
  fileprivate func send(_ bytes: [UInt8], whenDone continuation: UnsafeContinuation<Void, Never>) {
    append { $0.append(contentsOf: bytes) }
    flush()
    if unsentCount == 0 { return continuation.resume() }
    sendWaiters.append(SendWaiter(mostUnsent: 0, continuation))
  }
}
