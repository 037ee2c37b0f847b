import CSSEPosix

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension EventLoop {
  /// Seconds of the wall clock since 1970.
  package static var secondsSince1970: Int64 { Int64(time(nil)) }
}

extension Duration {
  /// Whole nanoseconds, from 0 to about 146 years.
  package var clampedNanoseconds: UInt64 {
    // Compared first: `components` traps for a duration whose seconds are more than an Int64 holds.
    guard self > .zero else { return 0 }
    guard self < .nanoseconds(Int64.max / 2) else { return UInt64(Int64.max / 2) }
    let (seconds, attoseconds) = components
    return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
  }
}
