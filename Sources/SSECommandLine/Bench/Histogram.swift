/// How often each length of time was seen, in nanoseconds: 32 steps to each power of two, so that a figure read from
/// it is at most 3.2% below the true one. Lengths below 32 are exact, and so is the longest. It takes 15 KiB, however
/// many are recorded.
struct Histogram: Sendable, Equatable {
  private static let steps = 32

  /// How many lengths fell into each step.
  private var counts: [Int] = []
  private(set) var count = 0
  private(set) var longest: UInt64 = 0

  mutating func record(_ nanoseconds: UInt64) {
    // Most runs fill a few of those they have; an empty one takes nothing.
    if counts.isEmpty { counts = [Int](repeating: 0, count: Self.step(of: .max) + 1) }
    counts[Self.step(of: nanoseconds)] += 1
    count += 1
    longest = max(longest, nanoseconds)
  }

  /// The length below which this part of all lie, 0.99 for 99%: the beginning of its step; 0 where there are none.
  func quantile(_ part: Double) -> UInt64 {
    let rank = Int(part * Double(count))
    var seen = 0
    for (step, number) in counts.enumerated() where number > 0 {
      seen += number
      if seen > rank { return Self.beginning(of: step) }
    }
    return longest
  }

  static func step(of nanoseconds: UInt64) -> Int {
    guard nanoseconds >= UInt64(steps) else { return Int(nanoseconds) }
    // How far to the right its first five bits stand behind the leading one.
    let shift = UInt64.bitWidth - 6 - nanoseconds.leadingZeroBitCount
    return (shift + 1) * steps + Int(nanoseconds >> UInt64(shift)) - steps
  }

  static func beginning(of step: Int) -> UInt64 {
    guard step >= steps else { return UInt64(step) }
    return UInt64(step % steps + steps) << UInt64(step / steps - 1)
  }
}
