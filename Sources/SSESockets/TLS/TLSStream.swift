/// A TLS connection on its socket: moves bytes between the two. It belongs to the socket's loop; `TLSConnection` is its
/// face for other threads.
package final class TLSStream {
  /// How much the peer may make this side answer by itself (key updates) while it takes none of that.
  static let unsentAnswersLimit = 65_536

  package let socket: StreamSocket
  private var session: TLSSession
  /// What of the unsent bytes is answers of the protocol, at most.
  private var unsentAnswers = 0

  /// On the loop's thread.
  package init(_ session: consuming TLSSession, over socket: StreamSocket) {
    self.session = session
    self.socket = socket
  }

  /// Returns when the handshake is done. Cancelling the task closes the socket at once and throws `.cancelled`; after a
  /// failure the peer has been told as far as TLS has an alert for it, and the socket is closed.
  package func handshake() async throws(SocketError) {
    flush()
    while case .handshaking = session.phase { try await receiveMore(before: nil) }
    if case .failed(let error) = session.phase { throw failed(error) }
  }

  /// The next bytes that the peer said; none once it has ended its stream with a `close_notify`. Suspends until some
  /// come. Waiting, cancelling and the timeout are as in `StreamSocket.receive`.
  ///
  /// - Throws: `.tls(.truncated)` where the connection ends without a `close_notify`.
  package func receive(timeout: Duration?) async throws(SocketError) -> [UInt8] {
    let deadline = timeout.map { EventLoop.now &+ $0.clampedNanoseconds }
    var isFirst = true
    while true {
      if session.hasPlaintext { return session.takePlaintext() }
      switch session.phase {
      case .endedByPeer: return []
      case .failed(let error): throw failed(error)
      case .handshaking, .open: break
      }
      // There may always be something to read that says nothing, tickets without end for example.
      if !isFirst, let deadline, deadline <= EventLoop.now {
        throw SocketError(.timedOut, "read from", socket.endpoint)
      }
      isFirst = false
      try await receiveMore(before: deadline)
    }
  }

  /// Encrypts and sends as far as the kernel takes it; the rest goes when it takes more.
  package func send(_ bytes: [UInt8]) {
    socket.append { outbound in bytes.withUnsafeBytes { session.send($0, into: &outbound) } }
    socket.flush()
  }

  /// Ends this side's stream and closes, as far as the kernel takes that without waiting.
  package func close() {
    guard socket.isOpen else { return }
    session.close()
    flush()
    socket.close()
  }

  /// - Parameter deadline: In nanoseconds of the loop's clock.
  private func receiveMore(before deadline: UInt64?) async throws(SocketError) {
    let now = EventLoop.now
    let timeout = deadline.map { Duration.nanoseconds(Int64($0 > now ? $0 - now : 0)) }
    let bytes = try await socket.receive(timeout: timeout)
    if bytes.isEmpty { session.receivedEndOfFile() } else { session.received(bytes) }
    try answer()
    // Who asks again at once, and always finds something, would leave the loop no turn for its timers and other sockets.
    if !session.hasPlaintext { await Task.yield() }
  }

  /// Sends what the protocol itself answers.
  private func answer() throws(SocketError) {
    if socket.unsentCount == 0 { unsentAnswers = 0 }
    let before = socket.unsentCount
    flush()
    // What the kernel took at once is not in it; what it did not is, at least.
    unsentAnswers += max(0, socket.unsentCount - before)
    if unsentAnswers > Self.unsentAnswersLimit {
      throw failed(.protocolViolation("the peer asks for new keys and does not read the answers"))
    }
  }

  private func flush() {
    socket.append { session.takeCiphertext(into: &$0) }
    socket.flush()
    // After sending has failed nothing was taken; receiving goes on.
    if socket.sendFailure != nil { session.dropCiphertext() }
  }

  private func failed(_ error: TLSError) -> SocketError {
    // Asked before the close, which forgets it.
    let failure = SocketError(.tls(error), "talk securely to", socket.endpoint)
    socket.close()
    return failure
  }
}
