import SSESockets

extension EventServerLimits {
  /// Whether a stream that began then has reached its age: a point within the last fifth of `streamAge` that is its
  /// own. Both times in nanoseconds of the loop's clock.
  func hasExpired(streamFrom start: UInt64, now: UInt64) -> Bool {
    guard let age = streamAge?.clampedNanoseconds, now > start else { return false }
    // Chance, but the same each time it is asked, so that no reader need keep it: when the stream began, mixed so that
    // neighbours differ (splitmix64).
    var mixed = start &* 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed ^= mixed >> 27
    return now - start >= age - (age / 5).multipliedFullWidth(by: mixed).high
  }
}
