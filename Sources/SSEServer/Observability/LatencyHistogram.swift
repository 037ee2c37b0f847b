/// How long something took, each time: how often it was within each of some bounds.
public struct LatencyHistogram: Sendable, Hashable {
  /// A bound, and how often it was kept.
  public struct Bucket: Sendable, Hashable {
    /// Nil for the last bucket, which is for everything.
    public let upperBound: Duration?
    /// How many took no longer than that; those of the buckets before are among them.
    public let count: Int
  }

  /// In nanoseconds: from half a millisecond to ten seconds.
  static let bounds: [UInt64] = [
    500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000,
    500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
  ]

  /// Those above the bound before and within this one; the last for what is above all bounds.
  private var counts = [Int](repeating: 0, count: Self.bounds.count + 1)
  /// Of all of them, in nanoseconds.
  private var nanoseconds: UInt64 = 0

  /// Nothing has been counted.
  public init() {}

  /// How many there were.
  public var count: Int { counts.reduce(0, +) }

  /// How long they took together.
  public var sum: Duration { .nanoseconds(Int64(clamping: nanoseconds)) }

  /// Fixed bounds, the least first.
  public var buckets: [Bucket] {
    var total = 0
    return counts.indices.map { index in
      total += counts[index]
      let bound = index < Self.bounds.count ? Duration.nanoseconds(Int64(Self.bounds[index])) : nil
      return Bucket(upperBound: bound, count: total)
    }
  }

  /// Counts several that took as long.
  mutating func record(nanoseconds latency: UInt64, count: Int) {
    counts[Self.bounds.firstIndex { latency <= $0 } ?? Self.bounds.count] += count
    nanoseconds &+= latency &* UInt64(count)
  }

  static func += (sum: inout LatencyHistogram, more: LatencyHistogram) {
    for index in more.counts.indices { sum.counts[index] += more.counts[index] }
    sum.nanoseconds &+= more.nanoseconds
  }
}
