extension StreamSocket {
  /// Waits for a connect that was begun. Its end is one of: the poller's word, the timeout, a close; each goes through
  /// `finishConnecting`, of which the first finds the continuation.
  func waitForConnect(_ continuation: UnsafeContinuation<SocketError?, Never>, timeout: Duration?) {
    // Cancelled before: the socket was closed first.
    guard isOpen else { return continuation.resume(returning: connectError(.closed)) }
    // The timer is cancelled with the wait, which does not outlive the socket.
    let timer = timeout.map { loop.schedule(after: $0) { [unowned self] in close(because: .timedOut) } }
    watchMode = .connecting(continuation, timer)
    updateInterest()
  }

  func finishConnecting(_ failure: SocketError.Kind?) {
    guard case .connecting(let continuation, let timer) = watchMode else { return }
    watchMode = .none
    if let timer { loop.cancel(timer) }
    updateInterest()
    continuation.resume(returning: failure.map { connectError($0) })
  }

  /// A reference, as it stands in the frames of tasks that connect; whoever connects names the address.
  private func connectError(_ kind: SocketError.Kind) -> SocketError { SocketError(kind, "connect to", "the peer") }
}
