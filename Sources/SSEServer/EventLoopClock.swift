import SSESockets

/// A clock whose sleeps are timers of the event loop that a handler runs on: they cost a few hundred bytes, wake on
/// the same thread, and leave nothing behind when they are cancelled.
///
///     try await Task.sleep(for: .seconds(1), clock: .eventLoop)
///
/// Outside an event loop it is the `ContinuousClock`.
public struct EventLoopClock: Clock {
  /// A point in time of the `ContinuousClock`.
  public typealias Instant = ContinuousClock.Instant

  /// A clock; all are alike.
  public init() {}

  /// The current time.
  public var now: Instant { ContinuousClock.now }

  /// The smallest step between two points in time.
  public var minimumResolution: Duration { .milliseconds(1) }

  /// Suspends until the deadline. The tolerance is not used.
  ///
  /// - Throws: `CancellationError` at once when the task is cancelled.
  public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
    if let loop = EventLoop.current { return try await loop.sleep(for: timeLeft(until: deadline)) }
    try await sleepOutside(until: deadline)
  }

  @inline(never)
  private func timeLeft(until deadline: Instant) -> Duration { now.duration(to: deadline) }

  /// Not inlined: what it needs would stand in the frame of every handler that sleeps.
  @inline(never)
  private func sleepOutside(until deadline: Instant) async throws {
    try await ContinuousClock().sleep(until: deadline)
  }
}

extension Clock where Self == EventLoopClock {
  /// The clock of the event loop that the caller runs on; see `EventLoopClock`.
  public static var eventLoop: EventLoopClock { EventLoopClock() }
}
