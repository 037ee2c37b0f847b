/// What the owner of a socket is told while it does not itself wait in `receive`. On the loop's thread.
package protocol StreamSocketDelegate: AnyObject {
  /// The peer has closed, reset, or shut down its sending side. Told once, and once more when a peer that was allowed
  /// to half-close goes altogether.
  func socketPeerLeft(_ reason: StreamSocket.LeaveReason)
  /// Bytes had to wait; now all of them have been sent, and the kernel takes more.
  func socketDrained()
  /// Told before a flush, where `holdsBytes` was set: what is to go with it has to be appended now.
  func socketFlushes()
  /// During `deliver`: the next bytes, there during the call only. The socket may be closed, or its delivery ended,
  /// from within.
  func socketReceived(_ bytes: UnsafeRawBufferPointer)
}

extension StreamSocketDelegate {
  package func socketFlushes() {}
  package func socketReceived(_ bytes: UnsafeRawBufferPointer) {}
}

/// A connected, non-blocking stream socket. It belongs to its loop's thread (see `LoopBound`); `Connection` is its
/// face for other threads. Its owner closes it.
///
/// Bytes to send are appended to `outbound` and leave by the rule of `commit`: straight through when nothing was
/// written in this tick of the coarse clock, else at the end of the loop's turn, or when 64 KiB wait.
///
/// A server holds tens of thousands: what a socket seldom needs is an optional reference to something else.
@usableFromInline
package final class StreamSocket: PollTarget {
  package enum LeaveReason: Sendable, Hashable {
    /// The end of what the peer sends, where that counts as leaving; or both directions are closed.
    case closed
    /// The peer sends no more but may still read: only where half-closing is allowed.
    case halfClosed
    /// The connection broke: the errno.
    case reset(Int32)

    /// Nothing that was sent was acknowledged any more; see `setUserTimeout`.
    package var isTimeout: Bool {
      if case .reset(let code) = self { SocketError.Kind(errno: code) == .timedOut } else { false }
    }
  }

  /// What a waiting `receive` gets: bytes (none: end of file), or why not.
  typealias ReceiveResult = Result<[UInt8], SocketError>

  /// Who waits for the socket to become readable; or, while it connects, writable.
  enum WatchMode {
    /// Nobody waits for input; the kernel's buffer holds it.
    case none
    /// A connect is under way; it gets nil, or why it failed.
    case connecting(UnsafeContinuation<SocketError?, Never>, LoopTimer?)
    /// A `receive` waits.
    case receiving(UnsafeContinuation<ReceiveResult, Never>, LoopTimer?, most: Int32)
    /// The delegate is given what comes.
    case delivering(UnsafeContinuation<SocketError?, Never>)
    /// A stream goes out; input is kept up to a limit (or dropped), the end of file is a leave.
    case stream(limit: Int32, dropsInput: Bool, halfCloseAllowed: Bool)
  }

  package unowned let loop: EventLoop
  // Accesses to what other modules see are checked at run time; those to what is this module's own are not.
  /// Held until the socket is closed, which lets it go.
  private(set) var delegate: (any StreamSocketDelegate)?

  var watchMode = WatchMode.none
  /// -1 once it is closed.
  private(set) var descriptor: Int32
  private var interest: Interest = []
  private var isWatched = false
  var hasReachedEndOfFile = false
  /// The peer's reset came to a sender, who took it from the kernel; a receiver would find an end of file instead.
  var wasReset = false
  var isFlushScheduled = false
  /// Its owner holds bytes that are to leave with the next flush, as a compressor does; see `socketFlushes`.
  package var holdsBytes = false
  /// The kernel takes no more for now.
  var isBlocked = false

  /// Input that came while a stream went out, for the next `receive`.
  var pendingInput: [UInt8] = []
  var outbound: [UInt8] = []
  /// How many bytes of `outbound` have been sent.
  var sentCount = 0
  /// Bytes that the kernel has taken since the socket was opened.
  package internal(set) var sentTotal = 0
  var lastWriteTick: UInt64 = 0
  var sendWaiters: [SendWaiter] = []
  private var failure: SocketError?
  /// Nil where bytes go as they are; else `outbound` holds what has not been encrypted.
  var tls: TLSLayer?

  /// Takes over a connected descriptor, on the loop's thread.
  package init(descriptor: Int32, loop: EventLoop) {
    self.descriptor = descriptor
    self.loop = loop
  }

  deinit {
    // Owners close; this holds should one forget: a descriptor never outlives its socket. A watched socket is never
    // here, its loop holds it.
    if descriptor >= 0 { SystemCall.close(descriptor) }
  }

  package func setDelegate(_ delegate: (any StreamSocketDelegate)?) { self.delegate = delegate }

  package var isOpen: Bool { descriptor >= 0 }

  /// See `isBlocked`.
  package var waitsForWritable: Bool { isBlocked }

  /// Whether what is sent is dropped: sending has failed, or the socket was closed.
  @inline(__always)
  var hasFailed: Bool { failure != nil }

  /// The error that ended sending; set too once the socket is closed.
  package var sendFailure: SocketError? { failure }

  /// Ends sending for good; the first reason stays.
  func fail(_ error: SocketError) {
    if failure == nil { failure = error }
    discardOutbound()
    tls?.discardCiphertext(to: &loop.spareBuffers)
    resumeSendWaiters()
  }

  package var remoteAddress: SocketAddress? { isOpen ? SystemCall.remoteAddress(descriptor) : nil }
  package var localAddress: SocketAddress? { isOpen ? SystemCall.localAddress(descriptor) : nil }
  package var endpoint: String { remoteAddress?.description ?? "the peer" }

  // MARK: - Watching

  /// Brings what the poller watches in line with what is waited for. Closes the socket when the system cannot watch it:
  /// nobody would ever be woken.
  func updateInterest() {
    guard isOpen else { return }
    var wanted: Interest = isBlocked ? .write : []
    switch watchMode {
    case .none: break
    case .connecting: wanted.insert(.write)
    case .delivering: wanted.insert(.read)
    // The end of file is input too; told apart here, a stream that follows finds its interest set.
    case .receiving: wanted.formUnion([.read, .hangUp])
    case .stream(let limit, let dropsInput, let halfCloseAllowed):
      if !hasReachedEndOfFile, dropsInput || pendingInput.count < Int(limit) { wanted.insert(.read) }
      if !halfCloseAllowed { wanted.insert(.hangUp) }
    }
    if !isWatched {
      if wanted.isEmpty, case .none = watchMode { return }
      guard loop.watch(descriptor, wanted, self) else {
        let delegate = delegate
        close(because: .outOfDescriptors)
        delegate?.socketPeerLeft(.closed)
        return
      }
      isWatched = true
    } else if wanted != interest {
      loop.changeInterest(descriptor, wanted)
    }
    interest = wanted
  }

  override func becameReady(_ ready: Readiness) {
    if case .connecting = watchMode { return finishConnecting(SystemCall.connectFailure(descriptor)) }
    if ready.contains(.write) { becameWritable() }
    guard isOpen, ready.contains(.read) || ready.contains(.hangUp) else { return }
    switch watchMode {
    case .none, .connecting:
      // Errors and the end of both directions are reported whatever the interest, again and again. Whoever reads or
      // writes next finds them; until then the poller need not know the socket. A sender who waits is told by `write`.
      if ready.contains(.hangUp), !isBlocked { stopWatching() } else { updateInterest() }
    case .receiving: receiveReady()
    case .delivering: deliverReady()
    case .stream: streamInputReady(ready)
    }
  }

  private func becameWritable() {
    guard isBlocked else { return updateInterest() }
    isBlocked = false
    flush()
    updateInterest()
    if !isBlocked, !hasFailed { delegate?.socketDrained() }
  }

  private func stopWatching() {
    guard isWatched else { return }
    isWatched = false
    interest = []
    loop.unwatch(descriptor)
  }

  // MARK: - Closing

  /// Closes at once, and drops what is unsent. Waiting receivers and senders get `.closed`. May be called again.
  package func close() {
    endEncryption()
    close(because: .closed)
  }

  /// Closes with a reset: the peer sees an error, also where the kernel still held bytes for it.
  package func reset() {
    guard isOpen else { return }
    SystemCall.setZeroLinger(descriptor)
    close(because: .closed)
  }

  /// Tells the peer that nothing more will be sent. What waits unsent here is not sent before it.
  package func shutDownWriting() {
    endEncryption()
    guard isOpen else { return }
    SystemCall.shutDownWriting(descriptor)
  }

  /// Of nearly every socket in the end.
  private static let closedBySender = SocketError(.closed, "send to", "the peer")

  /// Each waiter is taken out before it is resumed, so none is resumed twice; and after this none can stand, as the
  /// socket is no longer open.
  func close(because kind: SocketError.Kind) {
    guard isOpen else { return }
    stopWatching()
    SystemCall.close(descriptor)
    descriptor = -1
    isBlocked = false
    delegate = nil
    pendingInput = []
    fail(kind == .closed ? Self.closedBySender : SocketError(kind, "send to", "the peer"))
    tls = nil
    switch watchMode {
    case .connecting: finishConnecting(kind)
    case .receiving: finishReceive(.failure(SocketError(kind, "read from", "the peer")))
    case .delivering: finishDelivery(SocketError(kind, "read from", "the peer"))
    case .stream, .none: watchMode = .none
    }
  }

  /// Resets are noticed within this time although nothing is acknowledged (RFC 5482). Linux takes a peer that
  /// acknowledges everything and whose window stays closed (`hasClosedWindow`) for one of those. Zero is the system's
  /// own time, of minutes.
  package func setUserTimeout(_ timeout: Duration) {
    guard isOpen else { return }
    SystemCall.setUserTimeout(descriptor, timeout)
  }

  /// Whether the peer is there, and takes no more: bytes wait although it has acknowledged all that was sent. False
  /// where the platform does not tell.
  package var hasClosedWindow: Bool { isBlocked && SystemCall.isAllAcknowledged(descriptor) }
}
