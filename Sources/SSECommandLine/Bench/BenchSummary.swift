/// The figures of a run, as `--json` writes them.
struct BenchSummary: Encodable, Sendable, Equatable {
  struct Connections: Encodable, Sendable, Equatable {
    var asked: Int
    var opened: Int
    var failed: Int
    var ended: Int
    var cut: Int
  }

  struct Published: Encodable, Sendable, Equatable {
    var events: Int
    var eventsPerSecond: Double
    /// Nil: the next one when all readers had the last.
    var ratePerSecond: Double?
    var size: Int
    var refused: Int
    var lost: Int
    var doubled: Int
    var outOfOrder: Int
  }

  /// In microseconds.
  struct Times: Encodable, Sendable, Equatable {
    var count: Int
    var p50: Double
    var p99: Double
    var p999: Double
    var max: Double

    /// Nil where there are none.
    init?(_ histogram: Histogram) {
      guard histogram.count > 0 else { return nil }
      count = histogram.count
      p50 = Double(histogram.quantile(0.5)) / 1_000
      p99 = Double(histogram.quantile(0.99)) / 1_000
      p999 = Double(histogram.quantile(0.999)) / 1_000
      max = Double(histogram.longest) / 1_000
    }
  }

  var url: String
  var connections: Connections
  /// Why connections failed or were cut, and how many.
  var reasons: [String: Int]
  /// For how long was counted.
  var seconds: Double
  /// All that came, and each of what was published once for each reader.
  var events: Int
  var eventsPerSecond: Double
  var bytesPerSecond: Double
  /// Nil without `--publish`.
  var published: Published?
  var connect: Times?
  var answer: Times?
  var firstEvent: Times?
  var latency: Times?
  var latencyFromDue: Times?
  var lastReader: Times?

  /// Whether all that was published came to all readers, once and in order, and there was somebody to read.
  var isClean: Bool {
    guard connections.opened > 0 else { return false }
    guard let published else { return true }
    return published.lost == 0 && published.doubled == 0 && published.outOfOrder == 0 && published.refused == 0
  }
}

extension BenchSummary {
  init(_ measurement: BenchMeasurement, _ options: BenchOptions) {
    url = options.request.url
    connections = Connections(
      asked: options.connections, opened: measurement.opened, failed: measurement.failed, ended: measurement.ended,
      cut: measurement.cut)
    reasons = measurement.reasons
    seconds = Double(measurement.length(publishes: options.publishing != nil)) / 1e9
    let length = max(seconds, 1e-6)
    events = measurement.events
    eventsPerSecond = Double(measurement.events) / length
    bytesPerSecond = Double(measurement.bytes) / length
    connect = Times(measurement.connectTimes)
    answer = Times(measurement.answerTimes)
    guard let publishing = options.publishing else {
      firstEvent = Times(measurement.firstEventTimes)
      return
    }
    published = Published(
      events: measurement.published, eventsPerSecond: Double(measurement.published) / length,
      ratePerSecond: publishing.rate, size: publishing.size, refused: measurement.refused, lost: measurement.lost,
      doubled: measurement.doubled, outOfOrder: measurement.outOfOrder)
    latency = Times(measurement.latencies)
    latencyFromDue = publishing.rate == nil ? nil : Times(measurement.latenciesFromDue)
    lastReader = Times(measurement.lastReaderLatencies)
  }
}
