import SSESockets

/// On a terminal, the line that tells how far a run has come.
struct BenchProgress {
  private static let interval = Duration.milliseconds(200)

  let record: BenchRecord
  let loop: EventLoop

  /// Shows it until the task is cancelled, and leaves the line free.
  func run(_ options: BenchOptions) async {
    defer { Console.progress("") }
    var before = (time: EventLoop.now, events: 0)
    while true {
      // Cancelled at the end of the run.
      do { try await loop.sleep(for: Self.interval) } catch { return }
      let now = EventLoop.now
      let seconds = Double(now - before.time) / 1e9
      let (text, events) = record.withLock { measurement in
        let rate = Double(max(0, measurement.events - before.events)) / seconds
        return (Self.text(measurement, options, at: now, eventsPerSecond: rate), measurement.events)
      }
      Console.progress(text)
      before = (now, events)
    }
  }

  static func text(
    _ measurement: BenchMeasurement, _ options: BenchOptions, at now: UInt64, eventsPerSecond rate: Double
  ) -> String {
    guard let start = measurement.start else {
      return "opening connections: \(measurement.opened) of \(options.connections)"
    }
    let seconds = Int(Double(now - min(now, start)) / 1e9)
    let latency = measurement.latencies
    let p99 = latency.count > 0 ? ", p99 \(BenchText.time(Double(latency.quantile(0.99)) / 1_000))" : ""
    return "\(seconds) s: \(BenchText.count(measurement.readers)) connections, \(BenchText.count(rate)) events/s\(p99)"
  }
}
