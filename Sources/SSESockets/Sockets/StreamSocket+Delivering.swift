#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Who is given what a socket receives, as it comes. For one that reads thousands of sockets: to wake a task for each
/// piece would be most of what reading costs. On the loop's thread.
package protocol StreamSocketReceiver: AnyObject {
  /// The next bytes, there during the call only. The socket may be closed, or its delivery ended, from within.
  func socketReceived(_ bytes: UnsafeRawBufferPointer)
}

extension StreamSocket {
  /// Gives a receiver all that comes. Returns at the end of the peer's stream, or when the receiver ends it with
  /// `endDelivery`. Cancelling the task closes the socket at once and throws `.cancelled`. For a task that prefers the
  /// loop; nobody else receives meanwhile.
  package func deliver(to receiver: any StreamSocketReceiver) async throws(SocketError) {
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
    to receiver: any StreamSocketReceiver, _ continuation: UnsafeContinuation<SocketError?, Never>
  ) {
    guard case .none = watchMode else {
      return continuation.resume(returning: SocketError(.system(EALREADY), "read from", endpoint))
    }
    watchMode = .delivering(to: receiver, continuation)
    // What came with a handshake, or before. All of it: the poller would not tell of a rest that is here.
    if let result = receiveNow(atMost: .max) { deliver(result, to: receiver) }
    updateInterest()
  }

  func deliverReady(to receiver: any StreamSocketReceiver) {
    guard tls == nil else {
      // All of it: a record that was begun before may make it longer than what was read.
      if let result = receiveNow(atMost: .max) { deliver(result, to: receiver) }
      return
    }
    switch SystemCall.receive(descriptor, into: loop.readBuffer) {
    case .value(let count) where count > 0:
      receiver.socketReceived(UnsafeRawBufferPointer(rebasing: loop.readBuffer[..<count]))
    case .value:
      hasReachedEndOfFile = true
      finishDelivery(wasReset ? SocketError(.reset, "read from", endpoint) : nil)
    case .wouldBlock: break
    case .failed(let code): finishDelivery(SocketError(errno: code, "read from", endpoint))
    }
  }

  private func deliver(_ result: ReceiveResult, to receiver: any StreamSocketReceiver) {
    switch result {
    case .success(let bytes) where bytes.isEmpty: finishDelivery(nil)
    case .success(let bytes):
      bytes.withUnsafeBytes { receiver.socketReceived($0) }
      // The end of its stream may have come together with them: the poller would not tell of that.
      if let tls, let ending = ending(of: tls) { deliver(ending, to: receiver) }
    case .failure(let error): finishDelivery(error)
    }
  }

  func finishDelivery(_ failure: SocketError?) {
    guard case .delivering(_, let continuation) = watchMode else { return }
    watchMode = .none
    updateInterest()
    continuation.resume(returning: failure)
  }
}
