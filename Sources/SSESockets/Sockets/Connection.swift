import CSSEPosix

/// A connected stream socket as any thread may hold it. Code on the socket's loop uses `StreamSocket` itself.
package struct Connection: Sendable {
  package let socket: LoopBound<StreamSocket>

  package var loop: EventLoop { socket.loop }

  package init(_ socket: StreamSocket) {
    self.socket = LoopBound(socket, loop: socket.loop)
  }

  /// Connects to an address without blocking a thread. Cancelling the task closes the socket at once and throws
  /// `.cancelled`; `timeout` throws `.timedOut`.
  package static func connect(
    to address: SocketAddress, on loop: EventLoop, timeout: Duration? = nil
  ) async throws(SocketError) -> Connection {
    let result = await loop.run { Result { () throws(SocketError) in try begin(address, on: loop) } }
    let (connection, isConnected) = try result.get()
    if !isConnected { try await connection.waitUntilConnected(to: address, timeout: timeout) }
    if Task.isCancelled {
      connection.close()
      throw SocketError(.cancelled, "connect to", address.description)
    }
    return connection
  }

  /// Opens the socket and starts the connect; on the loop's thread.
  private static func begin(
    _ address: SocketAddress, on loop: EventLoop
  ) throws(SocketError) -> (Connection, isConnected: Bool) {
    if case .unix(let path) = address, path.utf8.count > SocketAddress.longestUnixPath {
      throw SocketError(.badAddress, "connect to", address.description)
    }
    let descriptor = SystemCall.openStream(family: address.family)
    guard descriptor >= 0 else { throw SocketError(errno: SystemCall.lastError, "connect to", address.description) }
    if case .unix = address {} else { SystemCall.setNoDelay(descriptor) }
    let socket = StreamSocket(descriptor: descriptor, loop: loop)
    switch SystemCall.connect(descriptor, address) {
    case .value: return (Connection(socket), true)
    case .failed(let code) where SystemCall.isInProgress(code): return (Connection(socket), false)
    case .wouldBlock:
      // A Unix domain socket whose queue is full.
      socket.close()
      throw SocketError(.refused, "connect to", address.description)
    case .failed(let code):
      socket.close()
      throw SocketError(errno: code, "connect to", address.description)
    }
  }

  private func waitUntilConnected(to address: SocketAddress, timeout: Duration?) async throws(SocketError) {
    let outcome = await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        socket.submit { $0.waitForConnect(continuation, timeout: timeout) }
        if Task.isCancelled { socket.submit { $0.close(because: .cancelled) } }
      }
      return await socket.run { $0.connectOutcome() }
    } onCancel: {
      socket.submit { $0.close(because: .cancelled) }
    }
    if let kind = outcome {
      close()
      throw SocketError(kind, "connect to", address.description)
    }
  }

  /// The next bytes, at most `most` (and 64 KiB); none at end of file. Cancelling the task closes the socket at once
  /// and throws `.cancelled`; `timeout` throws `.timedOut`. One receiver at a time.
  package func receive(atMost most: Int = 65_536, timeout: Duration? = nil) async throws(SocketError) -> [UInt8] {
    try await StreamSocket.receive(socket, atMost: most, timeout: timeout)
  }

  /// Sends bytes; returns when the kernel has taken them all. Cancelling the task closes the socket and throws
  /// `.cancelled`.
  package func send(_ bytes: [UInt8]) async throws(SocketError) {
    let failure = await withTaskCancellationHandler {
      await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
        socket.submit { $0.send(bytes, whenDone: continuation) }
        if Task.isCancelled { socket.submit { $0.close(because: .cancelled) } }
      }
      return await socket.run { $0.sendFailure }
    } onCancel: {
      socket.submit { $0.close(because: .cancelled) }
    }
    if let failure { throw failure }
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
  fileprivate func waitForConnect(_ continuation: UnsafeContinuation<Void, Never>, timeout: Duration?) {
    guard isOpen else { return continuation.resume() }
    writableWaiter = continuation
    if let timeout {
      connectTimer = loop.schedule(after: timeout) { [unowned self] in close(because: .timedOut) }
    }
    updateInterest()
  }

  /// Why connecting failed, or nil.
  fileprivate func connectOutcome() -> SocketError.Kind? {
    if let timer = connectTimer { loop.cancel(timer) }
    connectTimer = nil
    guard isOpen else { return sendFailure?.kind ?? .closed }
    let code = SystemCall.pendingError(descriptor)
    return code == 0 ? nil : SocketError.Kind(errno: code)
  }

  fileprivate func send(_ bytes: [UInt8], whenDone continuation: UnsafeContinuation<Void, Never>) {
    append { $0.append(contentsOf: bytes) }
    flush()
    if unsentCount == 0 || sendFailure != nil { return continuation.resume() }
    completionWaiters.append(continuation)
  }
}
