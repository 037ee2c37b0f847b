import SSESockets

/// A reading of the monotonic clock that the timers of event loops run on.
///
/// Not `ContinuousClock.Instant`: its layout is the standard library's own, which makes each enum that can hold one
/// several times dearer to handle, also those of an event's path.
struct Moment: Sendable, Hashable, Comparable {
  /// Since the clock was started.
  private var time: Duration

  static var now: Moment { Moment(time: .nanoseconds(Int64(clamping: EventLoop.now))) }

  static func < (a: Moment, b: Moment) -> Bool { a.time < b.time }
  static func + (moment: Moment, duration: Duration) -> Moment { Moment(time: moment.time + duration) }
  static func += (moment: inout Moment, duration: Duration) { moment.time += duration }
  static func - (later: Moment, earlier: Moment) -> Duration { later.time - earlier.time }

  /// Seconds of the wall clock.
  static var secondsSince1970: Int64 { EventLoop.secondsSince1970 }
}
