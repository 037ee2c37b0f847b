/// A listening socket. It belongs to its loop's thread, and accepts from the first `resume` on.
///
/// Connections are accepted in batches. At the limit of descriptors accepting pauses, so that it neither spins nor
/// drops, and goes on when `resume` is called or after a moment.
package final class Listener: PollTarget {
  /// A connection just accepted, not yet a loop's.
  package struct Accepted: Sendable {
    package let descriptor: Int32
    package let remoteAddress: SocketAddress?

    package func refuse() { SystemCall.close(descriptor) }
  }

  static let batch = 64
  static let pause: Duration = .milliseconds(100)
  /// Connections that the kernel holds until they are accepted, at most; the system may allow fewer.
  package static let backlog: Int32 = 4_096

  private unowned let loop: EventLoop
  private var descriptor: Int32
  package let localAddress: SocketAddress
  private let accept: (Accepted) -> Void
  /// Told when accepting pauses because descriptors have run out.
  package var reportPause: ((SocketError) -> Void)?
  private var pauseTimer: LoopTimer?
  private var isAccepting = false
  /// One report is enough until a connection has been accepted again.
  private var hasReportedPause = false

  /// Binds and listens, on the loop's thread; `accept` is called there with each connection. An IPv6 address takes no
  /// IPv4 connections. The file of a Unix domain socket must not exist, and stays: it is its owner's.
  ///
  /// - Parameter userTimeout: Of each connection; see `StreamSocket.setUserTimeout`. Default nil: the system's own.
  package init(
    address: SocketAddress, backlog: Int32 = Listener.backlog, userTimeout: Duration? = nil, loop: EventLoop,
    accept: @escaping (Accepted) -> Void
  ) throws(SocketError) {
    self.loop = loop
    self.accept = accept
    try address.check(for: "listen on")
    descriptor = SystemCall.openStream(family: address.family)
    guard descriptor >= 0 else { throw SocketError(errno: SystemCall.lastError, "listen on", address.description) }
    do throws(SocketError) {
      localAddress = try Self.listen(descriptor, address, backlog: backlog, userTimeout: userTimeout)
    } catch {
      SystemCall.close(descriptor)
      throw error
    }
    super.init()
    guard loop.watch(descriptor, [], self) else {
      let error = SocketError(errno: SystemCall.lastError, "listen on", address.description)
      SystemCall.close(descriptor)
      descriptor = -1
      throw error
    }
  }

  private static func listen(
    _ descriptor: Int32, _ address: SocketAddress, backlog: Int32, userTimeout: Duration?
  ) throws(SocketError) -> SocketAddress {
    if case .unix = address {
    } else {
      SystemCall.setReuseAddress(descriptor)
      // Connections inherit these, which saves each of them the calls.
      SystemCall.setNoDelay(descriptor)
      if let userTimeout { SystemCall.setUserTimeout(descriptor, userTimeout) }
    }
    if case .ipv6 = address { SystemCall.setIPv6Only(descriptor) }
    if case .failed(let code) = SystemCall.bind(descriptor, address) {
      throw SocketError(errno: code, "listen on", address.description)
    }
    if case .failed(let code) = SystemCall.listen(descriptor, backlog: backlog) {
      throw SocketError(errno: code, "listen on", address.description)
    }
    return SystemCall.localAddress(descriptor) ?? address
  }

  override func becameReady(_ ready: Readiness) {
    for _ in 0..<Self.batch {
      guard descriptor >= 0 else { return }
      switch SystemCall.accept(descriptor) {
      case .accepted(let accepted):
        hasReportedPause = false
        accept(accepted)
      case .nothing: return
      case .gone: continue
      case .failed(let code): return pause(because: code)
      }
    }
  }

  private func pause(because code: Int32) {
    loop.changeInterest(descriptor, [])
    if !hasReportedPause { reportPause?(SocketError(errno: code, "accept on", localAddress.description)) }
    hasReportedPause = true
    isAccepting = false
    pauseTimer = loop.schedule(after: Self.pause) { [unowned self] in resume() }
  }

  /// Begins to accept; or accepts again, after a descriptor has become free.
  package func resume() {
    guard !isAccepting, descriptor >= 0 else { return }
    isAccepting = true
    if let pauseTimer { loop.cancel(pauseTimer) }
    pauseTimer = nil
    loop.changeInterest(descriptor, .read)
  }

  package func close() {
    guard descriptor >= 0 else { return }
    if let timer = pauseTimer { loop.cancel(timer) }
    pauseTimer = nil
    loop.unwatch(descriptor)
    SystemCall.close(descriptor)
    descriptor = -1
  }
}
