/// What the topic readers of a server's loop were sent. On the loop's thread only.
///
/// The clock is read once for many deliveries: those of events that were due since the same moment, as in a broadcast,
/// wait here until the slice of the pass ends that made them.
final class TopicDeliveries {
  private(set) var latency = LatencyHistogram()
  /// Events that readers were not sent, as they had fallen behind.
  var skippedCount = 0
  /// Since when the deliveries that wait were due, in nanoseconds of `TopicClock`.
  private var dueSince: UInt64 = 0
  private var waitingCount = 0
  /// A slice of a pass is under way, which ends for all of its readers at once.
  private var isInSlice = false

  /// Takes note of events that the system has taken.
  func note(dueSince moment: UInt64, count: Int = 1) {
    if moment != dueSince { record() }
    dueSince = moment
    waitingCount += count
  }

  func sliceBegan() { isInSlice = true }

  func sliceEnded() {
    isInSlice = false
    record()
  }

  /// A reader has been sent what its socket takes.
  func readerServed() {
    if !isInSlice { record() }
  }

  private func record() {
    guard waitingCount > 0 else { return }
    let now = TopicClock.now
    latency.record(nanoseconds: now > dueSince ? now - dueSince : 0, count: waitingCount)
    waitingCount = 0
  }
}
