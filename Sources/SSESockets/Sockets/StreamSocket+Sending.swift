#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension StreamSocket {
  /// How many bytes may wait before a sender suspends, and at which a burst is written before the turn's end.
  package static let waitingBytesLimit = 65_536

  package var unsentCount: Int { outbound.count - sentCount + (tls?.unsentCount ?? 0) }

  /// Appends bytes to what waits, without sending yet: `commit` or `flush` follows. After sending has failed `body` is
  /// not called. Within it the socket is not to be used otherwise.
  @inlinable @inline(__always)
  package func append<E: Error>(_ body: (inout [UInt8]) throws(E) -> Void) throws(E) {
    guard var buffer = bufferForAppending() else { return }
    defer { putBack(&buffer) }
    try body(&buffer)
  }

  /// Nil where what is appended would not be sent.
  @usableFromInline
  func bufferForAppending() -> [UInt8]? {
    if hasFailed { return nil }
    let buffer = takeOutbound()
    return buffer.capacity == 0 ? loop.spareBuffers.take() : buffer
  }

  /// `outbound` is taken out while other code works with it. An access that lasted for as long as that code runs would
  /// have each access to it checked at run time.
  func takeOutbound() -> [UInt8] {
    var buffer: [UInt8] = []
    swap(&buffer, &outbound)
    return buffer
  }

  @usableFromInline
  func putBack(_ buffer: inout [UInt8]) {
    assert(outbound.isEmpty, "bytes were appended to a socket while others were being appended")
    swap(&buffer, &outbound)
  }

  /// Lets what waits leave by the rule of merged writes: at once when no `commit` has written in this tick of the
  /// coarse clock, or when 64 KiB wait; else at the end of the loop's turn. What leaves with `flush`, as a head or a
  /// keep-alive does, is not a write of the tick: the event after it still goes straight through.
  @inline(__always)
  package func commit() {
    guard !isBlocked else { return }
    let tick = EventLoop.tick
    if tick != lastWriteTick || unsentCount >= Self.waitingBytesLimit {
      lastWriteTick = tick
      flush()
    } else if !isFlushScheduled {
      isFlushScheduled = true
      loop.flushAtEndOfTurn(self)
    }
  }

  /// Sends what waits now, as far as the kernel takes it; the rest goes when it takes more.
  package func flush() {
    guard !isBlocked else { return }
    if holdsBytes {
      holdsBytes = false
      delegate?.socketFlushes()
    }
    if unsentCount > 0 { sendOutbound() }
  }

  func endOfTurn() {
    isFlushScheduled = false
    flush()
  }

  /// Whether `sendDirectly` would try.
  @inline(__always)
  package var isReadyToSend: Bool { !hasFailed && !isBlocked }

  /// Sends what waits and, after it in the same system call, bytes that the caller keeps. How many of those the kernel
  /// took (0 while earlier bytes wait for it; when fewer than all, `socketDrained` follows); nil when sending has
  /// failed.
  package func sendDirectly(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard !hasFailed else { return nil }
    guard !isBlocked else { return 0 }
    guard unsentCount > 0 || !bytes.isEmpty else { return 0 }
    return sendOutbound(and: bytes)
  }

  /// Sends what waits, then `bytes`; how many of `bytes` were sent, nil when sending has failed. Bytes wait only while
  /// the socket is open: a close discards them.
  @discardableResult
  private func sendOutbound(and bytes: UnsafeRawBufferPointer = .init(start: nil, count: 0)) -> Int? {
    if let tls { return sendEncrypted(by: tls, and: bytes) }
    let waiting = unsentCount
    var buffer = takeOutbound()
    let outcome = buffer.withUnsafeBytes { SystemCall.send(descriptor, .init(rebasing: $0[sentCount...]), bytes) }
    putBack(&buffer)
    switch outcome {
    case .value(let count):
      sentTotal += count
      sentCount += min(count, waiting)
      if unsentCount == 0 { discardOutbound() }
      if count < waiting + bytes.count { waitForWritable() }
      resumeSendWaiters()
      return max(0, count - waiting)
    case .wouldBlock:
      waitForWritable()
      return 0
    case .failed(let code):
      failSending(code)
      return nil
    }
  }

  func waitForWritable() {
    isBlocked = true
    // What is sent need not be kept once it is most of the buffer.
    if sentCount > Self.waitingBytesLimit, sentCount * 2 > outbound.count {
      var buffer = takeOutbound()
      buffer.removeFirst(sentCount)
      putBack(&buffer)
      sentCount = 0
    }
    updateInterest()
  }

  func failSending(_ code: Int32) {
    if code == ECONNRESET { wasReset = true }
    fail(SocketError(errno: code, "send to", endpoint))
    if case .stream = watchMode { left(.reset(code)) }
  }

  func discardOutbound() {
    var buffer = takeOutbound()
    if buffer.capacity > 0 { loop.spareBuffers.give(&buffer) }
    sentCount = 0
  }
}
