#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension StreamSocket {
  /// Makes a receiver the delegate, and gives it all that comes: for one that reads thousands of sockets, where to wake
  /// a task for each piece would be most of what reading costs. Returns at the end of the peer's stream, or when the
  /// receiver ends it with `endDelivery`. Cancelling the task closes the socket at once and throws `.cancelled`. For a
  /// task that prefers the loop; nobody else receives meanwhile.
  package func deliver(to receiver: any StreamSocketDelegate) async throws(SocketError) {
    let bound = LoopBound(self, loop: loop)
    let failure = await withTaskCancellationHandler {
      await withUnsafeContinuation { startDelivering(to: receiver, $0) }
    } onCancel: {
      // First or second, as in `receive`.
      bound.submit { $0.close(because: .cancelled) }
    }
    if Task.isCancelled {
      close(because: .cancelled)
      throw SocketError(.cancelled, "read from", "the peer")
    }
    if let failure { throw failure }
  }

  /// Ends `deliver`, which then returns; the socket stays open.
  package func endDelivery() { finishDelivery(nil) }

  private func startDelivering(
    to receiver: any StreamSocketDelegate, _ continuation: UnsafeContinuation<SocketError?, Never>
  ) {
    guard case .none = watchMode else {
      return continuation.resume(returning: SocketError(.system(EALREADY), "read from", endpoint))
    }
    watchMode = .delivering(continuation)
    setDelegate(receiver)
    // What came with a handshake, or before. All of it: the poller would not tell of a rest that is here.
    if let result = receiveNow(atMost: .max) { deliver(result) }
    updateInterest()
  }

  func deliverReady() {
    guard tls == nil else {
      // All of it: a record that was begun before may make it longer than what was read.
      if let result = receiveNow(atMost: .max) { deliver(result) }
      return
    }
    switch SystemCall.receive(descriptor, into: loop.readBuffer) {
    case .value(let count) where count > 0:
      delegate?.socketReceived(UnsafeRawBufferPointer(rebasing: loop.readBuffer[..<count]))
    case .value:
      hasReachedEndOfFile = true
      finishDelivery(wasReset ? SocketError(.reset, "read from", endpoint) : nil)
    case .wouldBlock: break
    case .failed(let code): finishDelivery(SocketError(errno: code, "read from", endpoint))
    }
  }

  private func deliver(_ result: ReceiveResult) {
    switch result {
    case .success(let bytes) where bytes.isEmpty: finishDelivery(nil)
    case .success(let bytes):
      bytes.withUnsafeBytes { delegate?.socketReceived($0) }
      // The end of its stream may have come together with them: the poller would not tell of that.
      if let tls, let ending = ending(of: tls) { deliver(ending) }
    case .failure(let error): finishDelivery(error)
    }
  }

  func finishDelivery(_ failure: SocketError?) {
    guard case .delivering(let continuation) = watchMode else { return }
    watchMode = .none
    setDelegate(nil)
    updateInterest()
    continuation.resume(returning: failure)
  }
}
