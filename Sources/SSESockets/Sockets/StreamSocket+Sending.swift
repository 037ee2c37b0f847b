extension StreamSocket {
  /// How many bytes may wait before a sender suspends, and at which a burst is written before the turn's end.
  package static let waitingBytesLimit = 65_536

  package var unsentCount: Int { outbound.count - sentCount }

  /// Appends bytes to what waits, without sending yet: `commit` or `flush` follows.
  @inline(__always)
  package func append<E: Error>(_ body: (inout [UInt8]) throws(E) -> Void) throws(E) {
    guard sendFailure == nil else { return }
    if outbound.capacity == 0 { outbound = loop.spareBuffers.take() }
    try body(&outbound)
  }

  /// Lets what waits leave by the rule of merged writes: at once when nothing was written in this tick of the coarse
  /// clock or when 64 KiB wait, else at the end of the loop's turn. A `background` write (a head, a keep-alive) leaves
  /// at once and does not count as a write of its tick.
  @inline(__always)
  package func commit() {
    guard !waitsForWritable else { return }
    let tick = EventLoop.tick
    if tick != lastWriteTick || unsentCount >= Self.waitingBytesLimit {
      lastWriteTick = tick
      flush()
    } else if !isFlushScheduled {
      isFlushScheduled = true
      loop.flushAtEndOfTurn(self)
    }
  }

  /// Sends what waits, as far as the kernel takes it now; the rest goes when it takes more.
  package func flush() {
    guard isOpen, !waitsForWritable, unsentCount > 0 else { return }
    let outcome = outbound.withUnsafeBytes { SystemCall.send(descriptor, .init(rebasing: $0[sentCount...])) }
    switch outcome {
    case .value(let count):
      sentCount += count
      sentTotal += count
      if sentCount == outbound.count { allSent() } else { waitForWritable() }
    case .wouldBlock: waitForWritable()
    case .failed(let code): failSending(code)
    }
  }

  func endOfTurn() {
    isFlushScheduled = false
    guard isOpen else { return }
    flush()
  }

  private func allSent() {
    discardOutbound()
    resumeDrainWaiters()
    resumeCompletionWaiters()
    delegate?.socketDrained()
  }

  private func waitForWritable() {
    waitsForWritable = true
    // What is sent need not be kept once it is most of the buffer.
    if sentCount > Self.waitingBytesLimit, sentCount * 2 > outbound.count {
      outbound.removeFirst(sentCount)
      sentCount = 0
    }
    if unsentCount < Self.waitingBytesLimit { resumeDrainWaiters() }
    updateInterest()
  }

  private func failSending(_ code: Int32) {
    sendFailure = SocketError(errno: code, "send to", endpoint)
    discardOutbound()
    if case .stream = watchMode { left(.reset(code)) }
  }

  func discardOutbound() {
    if outbound.capacity > 0 { loop.spareBuffers.give(&outbound) }
    sentCount = 0
    if sendFailure != nil {
      resumeDrainWaiters()
      resumeCompletionWaiters()
    }
  }

  private func resumeCompletionWaiters() {
    guard !completionWaiters.isEmpty else { return }
    let waiters = completionWaiters
    completionWaiters = []
    for waiter in waiters { waiter.resume() }
  }

  private func resumeDrainWaiters() {
    guard !drainWaiters.isEmpty else { return }
    let waiters = drainWaiters
    drainWaiters = []
    for waiter in waiters { waiter.resume() }
  }

  /// Whether a sender has to wait in `drained()` before it goes on.
  @inline(__always)
  package var mustWaitToSend: Bool { unsentCount >= Self.waitingBytesLimit }

  /// Suspends until fewer than 64 KiB wait, sending has failed, or the task is cancelled (the socket stays open).
  package func drained() async {
    while mustWaitToSend, sendFailure == nil, !Task.isCancelled { await waitFor(\.drainWaiters) }
  }

  /// Suspends until the kernel has taken everything, sending has failed, or the task is cancelled.
  package func allDrained() async {
    flush()
    while unsentCount > 0, sendFailure == nil, !Task.isCancelled { await waitFor(\.completionWaiters) }
  }

  private func waitFor(
    _ waiters: ReferenceWritableKeyPath<StreamSocket, [UnsafeContinuation<Void, Never>]>
  ) async {
    let bound = LoopBound(self, loop: loop)
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        // Waiters are few and wake together: each looks at its own condition again.
        self[keyPath: waiters].append(continuation)
        if Task.isCancelled { resumeAllWaiters() }
      }
    } onCancel: {
      bound.submit { $0.resumeAllWaiters() }
    }
  }

  private func resumeAllWaiters() {
    resumeDrainWaiters()
    resumeCompletionWaiters()
  }

  /// Whether nothing waits, so that `sendDirectly` may be called.
  package var isReadyToSend: Bool { isOpen && sendFailure == nil && !waitsForWritable && unsentCount == 0 }

  /// Sends bytes that the caller keeps, past the buffer; only while nothing waits. How many the kernel took; nil when
  /// sending has failed. Where it took less than all, `socketDrained` tells when it takes more.
  package func sendDirectly(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard isReadyToSend else { return isOpen && sendFailure == nil ? 0 : nil }
    switch SystemCall.send(descriptor, bytes) {
    case .value(let count):
      sentTotal += count
      if count < bytes.count { waitForWritable() }
      return count
    case .wouldBlock:
      waitForWritable()
      return 0
    case .failed(let code):
      failSending(code)
      return nil
    }
  }
}
