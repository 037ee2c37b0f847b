#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension StreamSocket {
  /// The next bytes, at most 64 KiB; none at end of file. Suspends until some come.
  ///
  /// Cancelling the task closes the socket at once and throws `.cancelled`; after `timeout` it throws `.timedOut` and
  /// leaves the socket open. One receiver at a time: a second gets `.system(EALREADY)` when it would have to wait.
  package func receive(atMost most: Int = 65_536, timeout: Duration? = nil) async throws(SocketError) -> [UInt8] {
    let bound = LoopBound(self, loop: loop)
    return try await Self.receive(bound, atMost: max(1, most), timeout: timeout)
  }

  /// The same for one who may stop waiting while the socket goes on: cancelling the task throws `.cancelled` and leaves
  /// the socket open.
  package func receiveUnlessCancelled(timeout: Duration?) async throws(SocketError) -> [UInt8] {
    let bound = LoopBound(self, loop: loop)
    let result = await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        startReceive(continuation, atMost: 65_536, timeout: timeout)
        // Cancelled before: the handler has come too early to find the receiver.
        if Task.isCancelled { stopReceiving() }
      }
    } onCancel: {
      bound.submit { $0.stopReceiving() }
    }
    return try result.get()
  }

  private func stopReceiving() {
    finishReceive(.failure(SocketError(.cancelled, "read from", "the peer")))
    updateInterest()
  }

  /// Takes what has come and drops it, at most so much, so that a close does not become a reset.
  package func dropInput(atMost limit: Int) {
    pendingInput = []
    var rest = limit
    while rest > 0, isOpen, case .value(let count) = SystemCall.receive(descriptor, into: loop.readBuffer), count > 0 {
      rest -= count
    }
  }

  /// The same from any thread. Of no bytes it is the handshake of a socket with TLS.
  @inline(__always) static func receive(
    _ bound: LoopBound<StreamSocket>, atMost most: Int, timeout: Duration?,
    isolation: isolated (any Actor)? = #isolation
  ) async throws(SocketError) -> [UInt8] {
    let reception = Reception(bound, atMost: most, timeout: timeout)
    let result = await withTaskCancellationHandler {
      // With its isolation: else it would leave the caller's actor to begin the wait.
      await withUnsafeContinuation(isolation: isolation) { reception.start($0) }
    } onCancel: {
      // A close is for good: where it comes first the receiver finds the socket closed and never stands, else the close
      // finds the receiver. Either way the continuation is resumed once.
      reception.cancel()
    }
    if Task.isCancelled {
      // Cancelled a moment ago, the handler may be gone already; the promise is kept all the same.
      reception.cancel()
      throw SocketError(.cancelled, "read from", "the peer")
    }
    return try result.get()
  }

  /// What a receiver waits for. One reference: what is captured stands in the frames of each task that waits.
  private final class Reception: Sendable {
    private let socket: LoopBound<StreamSocket>
    private let most: Int
    private let timeout: Duration?

    init(_ socket: LoopBound<StreamSocket>, atMost most: Int, timeout: Duration?) {
      self.socket = socket
      self.most = most
      self.timeout = timeout
    }

    func start(_ continuation: UnsafeContinuation<ReceiveResult, Never>) {
      socket.submit { [self] in $0.startReceive(continuation, atMost: most, timeout: timeout) }
    }

    func cancel() {
      socket.submit { $0.close(because: .cancelled) }
    }
  }

  private func startReceive(
    _ continuation: UnsafeContinuation<ReceiveResult, Never>, atMost most: Int, timeout: Duration?
  ) {
    if let result = receiveNow(atMost: most) { return continuation.resume(returning: result) }
    guard case .none = watchMode else {
      let error = SocketError(.system(EALREADY), "read from", endpoint)
      return continuation.resume(returning: .failure(error))
    }
    if timeout == .zero {
      return continuation.resume(returning: .failure(SocketError(.timedOut, "read from", "the peer")))
    }
    // The timer is cancelled with the wait, which does not outlive the socket.
    let timer = timeout.map {
      loop.schedule(after: $0) { [unowned self] in
        finishReceive(.failure(SocketError(.timedOut, "read from", endpoint)))
        updateInterest()
      }
    }
    watchMode = .receiving(continuation, timer, most: Int32(clamping: most))
    updateInterest()
  }

  private func takePendingInput(atMost most: Int) -> [UInt8] {
    if pendingInput.count <= most {
      var taken: [UInt8] = []
      swap(&taken, &pendingInput)
      return taken
    }
    let taken = Array(pendingInput[..<most])
    pendingInput.removeFirst(most)
    return taken
  }

  /// What can be read without waiting; nil when nothing can.
  func receiveNow(atMost most: Int) -> ReceiveResult? {
    guard isOpen else { return .failure(SocketError(.closed, "read from", "the peer")) }
    if !pendingInput.isEmpty { return .success(takePendingInput(atMost: most)) }
    if hasReachedEndOfFile { return .success([]) }
    if let tls { return receiveNow(by: tls, atMost: most) }
    let buffer = UnsafeMutableRawBufferPointer(rebasing: loop.readBuffer[..<min(most, loop.readBuffer.count)])
    switch SystemCall.receive(descriptor, into: buffer) {
    case .value(0) where wasReset: return .failure(SocketError(.reset, "read from", endpoint))
    case .value(let count):
      if count == 0 { hasReachedEndOfFile = true }
      return .success([UInt8](buffer[..<count]))
    case .wouldBlock: return nil
    case .failed(let code): return .failure(SocketError(errno: code, "read from", endpoint))
    }
  }

  /// As much ciphertext as there is, once: a peer that always has some that says nothing would hold the loop.
  private func receiveNow(by tls: TLSLayer, atMost most: Int) -> ReceiveResult? {
    if let ending = ending(of: tls) { return ending }
    if most == 0, tls.session.canSend { return .success([]) }
    switch SystemCall.receive(descriptor, into: loop.readBuffer) {
    case .value(0) where wasReset: return .failure(SocketError(.reset, "read from", endpoint))
    case .value(let count):
      let result = received(UnsafeRawBufferPointer(rebasing: loop.readBuffer[..<count]), by: tls)
      if result == nil, most == 0, tls.session.canSend { return .success([]) }
      guard case .success(let plaintext) = result, plaintext.count > most else { return result }
      pendingInput = plaintext
      return .success(takePendingInput(atMost: most))
    case .wouldBlock: return nil
    case .failed(let code): return .failure(SocketError(errno: code, "read from", endpoint))
    }
  }

  func receiveReady() {
    // A handshake may take a millisecond, and hundreds may come at once.
    if let tls, case .handshaking = tls.session.phase, loop.isPollOver { return }
    guard case .receiving(_, _, let most) = watchMode, let result = receiveNow(atMost: Int(most)) else { return }
    finishReceive(result)
    // The interest stays: most receivers come back at once, and two system calls are saved. A second readiness
    // without a receiver takes it away (see `becameReady`).
  }

  func finishReceive(_ result: ReceiveResult) {
    guard case .receiving(let continuation, let timer, _) = watchMode else { return }
    watchMode = .none
    if let timer { loop.cancel(timer) }
    continuation.resume(returning: result)
  }

  // MARK: - While a stream goes out

  /// From now on the end of file is a leave, told to the delegate. Further input is kept for the next `receive`, up to
  /// `limit` bytes here and the rest in the kernel, or read and dropped.
  package func watchForLeave(keepingAtMost limit: Int, dropsInput: Bool = false, halfCloseAllowed: Bool = false) {
    watchMode = .stream(
      limit: Int32(clamping: limit), dropsInput: dropsInput, halfCloseAllowed: halfCloseAllowed)
    updateInterest()
    // The end of its stream may have come together with its request: the poller would not tell of that.
    if let tls, let ending = ending(of: tls) { endedInStream(ending, halfCloseAllowed) }
  }

  /// Ends `watchForLeave`.
  package func stopWatchingForLeave() {
    guard case .stream = watchMode else { return }
    watchMode = .none
    updateInterest()
  }

  func streamInputReady(_ ready: Readiness) {
    guard case .stream(let limit, let dropsInput, let halfCloseAllowed) = watchMode else { return }
    // No more than there is room for: what is beyond the limit is not lost.
    let room = dropsInput ? loop.readBuffer.count : min(Int(limit) - pendingInput.count, loop.readBuffer.count)
    if ready.contains(.read), room > 0 {
      let buffer = UnsafeMutableRawBufferPointer(rebasing: loop.readBuffer[..<room])
      switch SystemCall.receive(descriptor, into: buffer) {
      case .value(0):
        hasReachedEndOfFile = true
        return halfCloseAllowed ? halfClosed() : left(.closed)
      case .value(let count):
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        if let tls {
          let ending = receivedInStream(bytes, by: tls, dropsInput)
          if let ending { return endedInStream(ending, halfCloseAllowed) }
        } else if !dropsInput {
          pendingInput.append(contentsOf: bytes)
        }
        updateInterest()
      case .wouldBlock: break
      case .failed(let code): return left(.reset(code))
      }
    }
    if ready.contains(.hangUp) {
      let code = SystemCall.pendingError(descriptor)
      if code != 0 { return left(.reset(code)) }
      // Where half-closing is allowed only the end of both directions is reported.
      left(.closed)
    }
  }

  /// How the peer's stream has ended; nil while it goes on.
  private func receivedInStream(
    _ bytes: UnsafeRawBufferPointer, by tls: TLSLayer, _ dropsInput: Bool
  ) -> ReceiveResult? {
    let result = received(bytes, by: tls)
    guard case .success(let plaintext) = result, !plaintext.isEmpty else { return result }
    if !dropsInput { pendingInput += plaintext }
    return ending(of: tls)
  }

  private func endedInStream(_ ending: ReceiveResult, _ halfCloseAllowed: Bool) {
    if case .success = ending, halfCloseAllowed { halfClosed() } else { left(.closed) }
  }

  private func halfClosed() {
    updateInterest()
    delegate?.socketPeerLeft(.halfClosed)
  }

  func left(_ reason: LeaveReason) {
    watchMode = .none
    updateInterest()
    delegate?.socketPeerLeft(reason)
  }
}
