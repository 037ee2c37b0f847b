/// What the owner of a socket is told while it does not itself wait in `receive`.
package protocol StreamSocketDelegate: AnyObject {
  /// The peer has closed, reset, or (unless half-closing is allowed) shut down its sending side. Told once.
  func socketPeerLeft(_ reason: StreamSocket.LeaveReason)
  /// The kernel takes bytes again, all that waited has been sent.
  func socketDrained()
}

/// A connected, non-blocking stream socket. It belongs to its loop's thread (see `LoopBound`); `Connection` is its
/// face for other threads.
///
/// Bytes to send are appended to `outbound` and leave by the rule of `commit`: straight through when nothing was
/// written in this tick of the coarse clock, else at the end of the loop's turn, or when 64 KiB wait.
package final class StreamSocket: PollTarget {
  package enum LeaveReason: Sendable, Hashable {
    case closed
    case halfClosed
    case reset(Int32)
  }

  /// What a waiting `receive` gets: bytes (none: end of file), or why not.
  typealias ReceiveResult = Result<[UInt8], SocketError>

  enum WatchMode {
    /// Nobody waits for input; the kernel's buffer holds it.
    case none
    /// A `receive` waits.
    case receiving(UnsafeContinuation<ReceiveResult, Never>, LoopTimer?, most: Int)
    /// A stream goes out; input is kept up to a limit (or dropped), the end of file is a leave.
    case stream(limit: Int, dropsInput: Bool, halfCloseAllowed: Bool)
  }

  package unowned let loop: EventLoop
  package private(set) var descriptor: Int32
  var watchMode = WatchMode.none
  private var interest: Interest = []
  private var isWatched = false
  package weak var delegate: (any StreamSocketDelegate)?

  /// Input that came while a stream went out, for the next `receive`.
  var pendingInput: [UInt8] = []
  var hasReachedEndOfFile = false

  var outbound: [UInt8] = []
  /// How many bytes of `outbound` have been sent.
  var sentCount = 0
  /// Bytes that the kernel has taken since the socket was opened.
  package internal(set) var sentTotal = 0
  var isFlushScheduled = false
  /// The kernel takes no more for now.
  package internal(set) var waitsForWritable = false
  var lastWriteTick: UInt64 = 0
  var drainWaiters: [UnsafeContinuation<Void, Never>] = []
  /// The error that ended sending; what is sent afterwards is dropped.
  package internal(set) var sendFailure: SocketError?
  /// Those who wait until everything has been sent.
  var completionWaiters: [UnsafeContinuation<Void, Never>] = []
  var writableWaiter: UnsafeContinuation<Void, Never>?
  var connectTimer: LoopTimer?

  /// Takes over a connected descriptor, on the loop's thread.
  package init(descriptor: Int32, loop: EventLoop) {
    self.descriptor = descriptor
    self.loop = loop
  }

  deinit {
    // Owners close; this holds should one forget: a descriptor never outlives its socket.
    if descriptor >= 0 { SystemCall.close(descriptor) }
  }

  package var isOpen: Bool { descriptor >= 0 }

  package var remoteAddress: SocketAddress? { isOpen ? SystemCall.remoteAddress(descriptor) : nil }
  package var localAddress: SocketAddress? { isOpen ? SystemCall.localAddress(descriptor) : nil }
  package var endpoint: String { remoteAddress?.description ?? "the peer" }

  // MARK: - Watching

  /// Brings what the poller watches in line with what is waited for.
  func updateInterest() {
    guard isOpen else { return }
    var wanted: Interest = waitsForWritable || writableWaiter != nil ? .write : []
    switch watchMode {
    case .none: break
    case .receiving: wanted.insert(.read)
    case .stream(let limit, let dropsInput, let halfCloseAllowed):
      if !hasReachedEndOfFile {
        if dropsInput || pendingInput.count < limit { wanted.insert(.read) }
        if !halfCloseAllowed { wanted.insert(.hangUp) }
      }
    }
    if !isWatched {
      if wanted.isEmpty, case .none = watchMode { return }
      loop.watch(descriptor, wanted, self)
      isWatched = true
    } else if wanted != interest {
      loop.changeInterest(descriptor, wanted)
    }
    interest = wanted
  }

  override func becameReady(_ ready: Readiness) {
    if ready.contains(.write) || (ready.contains(.hangUp) && writableWaiter != nil) { becameWritable() }
    guard isOpen, ready.contains(.read) || ready.contains(.hangUp) else { return }
    switch watchMode {
    case .none:
      // An error is reported whatever the interest, again and again; whoever reads or writes next finds it.
      if ready.contains(.hangUp), !waitsForWritable { stopWatching() } else { updateInterest() }
    case .receiving: receiveReady()
    case .stream: streamInputReady(ready)
    }
  }

  private func becameWritable() {
    if let waiter = writableWaiter {
      writableWaiter = nil
      updateInterest()
      waiter.resume()
    }
    if waitsForWritable {
      waitsForWritable = false
      // After `sendDirectly` nothing of this socket's own waits: its caller goes on.
      if unsentCount > 0 { flush() } else { delegate?.socketDrained() }
      updateInterest()
    }
  }

  private func stopWatching() {
    guard isWatched else { return }
    isWatched = false
    interest = []
    loop.unwatch(descriptor)
  }

  // MARK: - Closing

  /// Closes at once. Waiting receivers and senders get `.closed`. May be called again.
  package func close() { close(because: .closed) }

  /// Closes with a reset: the peer sees an error, what was unsent is dropped.
  package func reset() {
    guard isOpen else { return }
    SystemCall.setZeroLinger(descriptor)
    close()
  }

  /// Tells the peer that nothing more will be sent.
  package func shutDownWriting() {
    guard isOpen else { return }
    SystemCall.shutDownWriting(descriptor)
  }

  func close(because kind: SocketError.Kind) {
    guard isOpen else { return }
    stopWatching()
    SystemCall.close(descriptor)
    descriptor = -1
    waitsForWritable = false
    if let timer = connectTimer { loop.cancel(timer) }
    connectTimer = nil
    if sendFailure == nil { sendFailure = SocketError(kind, "send to", "the peer") }
    discardOutbound()
    pendingInput = []
    finishReceive(.failure(SocketError(kind, "read from", "the peer")))
    if let waiter = writableWaiter {
      writableWaiter = nil
      waiter.resume()
    }
  }

  /// Resets are noticed within this time although nothing is acknowledged (RFC 5482).
  package func setUserTimeout(_ timeout: Duration) {
    guard isOpen else { return }
    SystemCall.setUserTimeout(descriptor, milliseconds: UInt32(clamping: timeout.clampedNanoseconds / 1_000_000))
  }
}
