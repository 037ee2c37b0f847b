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
    var eventsPerSecond: Double?
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
  /// For how long was counted; nil where the run ended before counting began.
  var seconds: Double?
  /// All that came, and each of what was published once for each reader.
  var events: Int
  /// Nil where nothing was counted, or for no time.
  var eventsPerSecond: Double?
  var bytesPerSecond: Double?
  /// Nil without `--publish`.
  var published: Published?
  var connect: Times?
  var answer: Times?
  var firstEvent: Times?
  var latency: Times?
  var latencyFromDue: Times?
  var lastReader: Times?

  /// Whether it was measured, and all that was published came to all readers, once and in order, to the end. Without
  /// publishing, streams may end.
  var isClean: Bool {
    guard seconds != nil, connections.opened > 0 else { return false }
    guard let published else { return true }
    guard published.events > 0, connections.opened > connections.ended + connections.cut else { return false }
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
    let length = measurement.length(publishes: options.publishing != nil).map { Double($0) / 1e9 }
    func perSecond(_ count: Int) -> Double? { length.flatMap { $0 > 0 ? Double(count) / $0 : nil } }
    seconds = length
    events = measurement.events
    eventsPerSecond = perSecond(measurement.events)
    bytesPerSecond = perSecond(measurement.bytes)
    connect = Times(measurement.connectTimes)
    answer = Times(measurement.answerTimes)
    guard let publishing = options.publishing else {
      firstEvent = Times(measurement.firstEventTimes)
      return
    }
    // An event that warms up may be under way when a run is ended: that is no fault.
    let counts = length != nil
    published = Published(
      events: measurement.published, eventsPerSecond: perSecond(measurement.published), ratePerSecond: publishing.rate,
      size: publishing.size, refused: measurement.refused, lost: counts ? measurement.lost : 0,
      doubled: counts ? measurement.doubled : 0, outOfOrder: counts ? measurement.outOfOrder : 0)
    latency = Times(measurement.latencies)
    latencyFromDue = publishing.rate == nil ? nil : Times(measurement.latenciesFromDue)
    lastReader = Times(measurement.lastReaderLatencies)
  }
}
