import SSESockets

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A moment on both clocks: the one that events are timed by, which nobody can set, and the one that outlives the
/// machine's start.
struct TopicClock {
  /// Monotonic nanoseconds, from long before the machine's start: events from before that have a time too.
  let now: UInt64
  /// Nanoseconds since 1970.
  let wallClock: Int64

  private static let beginning: UInt64 = 1 << 62

  /// This moment.
  init() {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    self.init(now: Self.now, wallClock: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  init(now: UInt64, wallClock: Int64) {
    self.now = now
    self.wallClock = wallClock
  }

  static var now: UInt64 { time(of: EventLoop.now) }

  /// The moment that an event loop's clock calls so.
  static func time(of moment: UInt64) -> UInt64 { moment &+ beginning }

  /// The wall clock's time of a moment before this one.
  func wallClock(at time: UInt64) -> Int64 { wallClock - Int64(clamping: now - min(time, now)) }

  /// The moment at which the wall clock had this time; now for one that has not come, since that clock was set back.
  func time(at wallClock: Int64) -> UInt64 {
    guard wallClock < self.wallClock else { return now }
    return now - min(now, UInt64(clamping: self.wallClock.subtractingReportingOverflow(wallClock).partialValue))
  }
}
