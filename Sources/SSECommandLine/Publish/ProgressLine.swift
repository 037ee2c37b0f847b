/// What `sse publish` tells while it publishes lines, and at the end: on a terminal a line that is written anew, and
/// in any case how many there were.
struct ProgressLine {
  private static let interval = Duration.milliseconds(200)

  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var shownAt: ContinuousClock.Instant
  private var events = 0
  private(set) var failures = 0

  init() {
    start = clock.now
    shownAt = start
  }

  mutating func published() {
    events += 1
    guard Console.style.isTerminal, clock.now - shownAt >= Self.interval else { return }
    shownAt = clock.now
    Console.progress(text(at: shownAt))
  }

  mutating func failed(_ reason: String) {
    failures += 1
    Console.progress("")
    Console.fail(reason)
  }

  func end() {
    Console.progress("")
    Console.note(text(at: clock.now))
  }

  private func text(at now: ContinuousClock.Instant) -> String {
    let seconds = max((now - start) / .seconds(1), 0.001)
    let rate = Int((Double(events) / seconds).rounded())
    let failed = failures == 0 ? "" : ", \(failures) failed"
    let time = (seconds * 10).rounded() / 10
    return "\(events) \(events == 1 ? "event" : "events") in \(time) s (\(rate)/s)\(failed)"
  }
}
