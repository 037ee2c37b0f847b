#if os(Linux)
  import CSSEPosix

  #if canImport(Musl)
    import Musl
  #else
    import Glibc
  #endif

  /// Level-triggered epoll, woken by an eventfd.
  final class EpollPoller: Poller {
    private static let wakeToken = UInt64.max
    /// Both are -1 once closed, which the kernel refuses: a number given to another file is never touched.
    private var epoll: Int32
    private var wakeup: Int32
    private var events = [epoll_event](repeating: epoll_event(), count: 256)

    init() throws(SocketError) {
      epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
      guard epoll >= 0 else { throw SocketError(errno: errno, "create", "an epoll descriptor") }
      var pair: (Int32, Int32) = (-1, -1)
      let result = withUnsafeMutablePointer(to: &pair) { pointer in
        pointer.withMemoryRebound(to: Int32.self, capacity: 2) { sse_wakeup_open($0) }
      }
      guard result == 0 else {
        let code = errno
        SystemCall.close(epoll)
        throw SocketError(errno: code, "create", "an eventfd")
      }
      wakeup = pair.0
      guard add(wakeup, .read, token: Self.wakeToken) else {
        let code = errno
        close()
        throw SocketError(errno: code, "watch", "an eventfd")
      }
    }

    func add(_ descriptor: Int32, _ interest: Interest, token: UInt64) -> Bool {
      control(EPOLL_CTL_ADD, descriptor, interest, token)
    }

    func modify(_ descriptor: Int32, _ interest: Interest, token: UInt64) {
      _ = control(EPOLL_CTL_MOD, descriptor, interest, token)
    }

    func remove(_ descriptor: Int32) {
      _ = control(EPOLL_CTL_DEL, descriptor, [], 0)
    }

    private func control(_ operation: Int32, _ descriptor: Int32, _ interest: Interest, _ token: UInt64) -> Bool {
      var flags: UInt32 = 0
      if interest.contains(.read) { flags |= EPOLLIN.rawValue }
      if interest.contains(.write) { flags |= EPOLLOUT.rawValue }
      if interest.contains(.hangUp) { flags |= EPOLLRDHUP.rawValue }
      var event = epoll_event(events: flags, data: epoll_data_t(u64: token))
      return epoll_ctl(epoll, operation, descriptor, &event) == 0
    }

    func wait(nanoseconds: UInt64?, _ body: (UInt64, Readiness) -> Void) {
      let count = epoll_wait(epoll, &events, Int32(events.count), Self.milliseconds(nanoseconds))
      // Interrupted, or nothing: the loop comes round again.
      guard count > 0 else { return }
      for index in 0..<Int(count) {
        let event = events[index]
        if event.data.u64 == Self.wakeToken {
          sse_wakeup_clear(wakeup)
        } else {
          body(event.data.u64, Self.readiness(event.events))
        }
      }
    }

    private static func readiness(_ flags: UInt32) -> Readiness {
      var ready: Readiness = []
      if flags & EPOLLIN.rawValue != 0 { ready.insert(.read) }
      if flags & EPOLLOUT.rawValue != 0 { ready.insert(.write) }
      if flags & (EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { ready.insert(.hangUp) }
      return ready
    }

    func wake() { sse_wakeup_signal(wakeup) }

    func close() {
      guard epoll >= 0 else { return }
      SystemCall.close(wakeup)
      SystemCall.close(epoll)
      wakeup = -1
      epoll = -1
    }
  }
#endif
