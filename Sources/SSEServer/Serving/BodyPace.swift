import SSESockets

/// How long a request's body is waited for: each part for `requestTime`, the whole for `requestTime` and as long as its
/// bytes may take at the lowest rate. Without the second a byte every nine seconds would hold a handler for months.
struct BodyPace {
  private let start: UInt64
  private let partTime: Duration
  private let lowestRate: Int

  /// `start` is when the body was first asked for, in nanoseconds.
  init(start: UInt64, limits: EventServerLimits) {
    self.start = start
    partTime = limits.requestTime
    lowestRate = limits.requestBodyRate
  }

  /// How long the next part may take once `received` bytes have come.
  func timeLeft(now: UInt64, received: Int) -> Duration {
    guard lowestRate > 0 else { return partTime }
    let allowed = partTime + .milliseconds(received * 1_000 / lowestRate)
    return min(partTime, max(.zero, allowed - .nanoseconds(Int64(now - start))))
  }
}
