import CSSEPosix

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// `poll(2)`, woken by an eventfd or a pipe.
final class PollPoller: Poller {
  private static let wakeToken = UInt64.max
  private static let hangUpFlag = Int16(SSE_POLL_HANG_UP)
  /// Both are -1 once closed.
  private var wakeupReader: Int32
  private var wakeupWriter: Int32
  private var watched: [pollfd] = []
  private var tokens: [UInt64] = []
  /// Descriptor to its place in `watched`.
  private var places: [Int32: Int] = [:]

  init() throws(SocketError) {
    var pair: (Int32, Int32) = (-1, -1)
    let result = withUnsafeMutablePointer(to: &pair) { pointer in
      pointer.withMemoryRebound(to: Int32.self, capacity: 2) { sse_wakeup_open($0) }
    }
    guard result == 0 else { throw SocketError(errno: errno, "create", "a wake-up descriptor") }
    (wakeupReader, wakeupWriter) = pair
    _ = add(wakeupReader, .read, token: Self.wakeToken)
  }

  func add(_ descriptor: Int32, _ interest: Interest, token: UInt64) -> Bool {
    guard wakeupReader >= 0 else { return false }
    places[descriptor] = watched.count
    watched.append(pollfd(fd: descriptor, events: Self.flags(interest), revents: 0))
    tokens.append(token)
    return true
  }

  func modify(_ descriptor: Int32, _ interest: Interest, token: UInt64) {
    guard let place = places[descriptor] else { return }
    watched[place].events = Self.flags(interest)
    tokens[place] = token
  }

  func remove(_ descriptor: Int32) {
    guard let place = places.removeValue(forKey: descriptor) else { return }
    watched.swapAt(place, watched.count - 1)
    tokens.swapAt(place, tokens.count - 1)
    watched.removeLast()
    tokens.removeLast()
    if place < watched.count { places[watched[place].fd] = place }
  }

  func wait(nanoseconds: UInt64?, _ body: (UInt64, Readiness) -> Void) {
    let count = poll(&watched, nfds_t(watched.count), Self.milliseconds(nanoseconds))
    guard count > 0 else { return }
    // The body may add and remove descriptors: it is told of what was found before.
    let found = watched.indices.filter { watched[$0].revents != 0 }.map { (tokens[$0], watched[$0].revents) }
    for (token, flags) in found {
      if token == Self.wakeToken { sse_wakeup_clear(wakeupReader) } else { body(token, Self.readiness(flags)) }
    }
  }

  private static func flags(_ interest: Interest) -> Int16 {
    var flags: Int16 = 0
    if interest.contains(.read) { flags |= Int16(POLLIN) }
    if interest.contains(.write) { flags |= Int16(POLLOUT) }
    if interest.contains(.hangUp) { flags |= hangUpFlag }
    return flags
  }

  private static func readiness(_ flags: Int16) -> Readiness {
    var ready: Readiness = []
    if flags & Int16(POLLIN) != 0 { ready.insert(.read) }
    if flags & Int16(POLLOUT) != 0 { ready.insert(.write) }
    if flags & (hangUpFlag | Int16(POLLHUP) | Int16(POLLERR)) != 0 { ready.insert(.hangUp) }
    return ready
  }

  func wake() { sse_wakeup_signal(wakeupWriter) }

  func close() {
    guard wakeupReader >= 0 else { return }
    SystemCall.close(wakeupReader)
    if wakeupWriter != wakeupReader { SystemCall.close(wakeupWriter) }
    wakeupReader = -1
    wakeupWriter = -1
  }
}
