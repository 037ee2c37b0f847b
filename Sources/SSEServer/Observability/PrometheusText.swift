/// Writes Prometheus's text format, version 0.0.4: families of samples, each with its help and type.
struct PrometheusText {
  /// What a family's numbers are.
  enum Kind: String {
    /// Grows for as long as the process lives.
    case counter
    case gauge
    case histogram
  }

  private(set) var text = ""

  /// Begins a family; its samples follow.
  mutating func begin(_ kind: Kind, _ name: String, _ help: String) {
    text += "# HELP \(name) \(Self.escaped(help))\n# TYPE \(name) \(kind.rawValue)\n"
  }

  /// A family of one sample.
  mutating func add(_ kind: Kind, _ name: String, _ help: String, _ value: some Numeric & CustomStringConvertible) {
    begin(kind, name, help)
    addSample(name, value)
  }

  /// A family with a sample for each value of one label.
  mutating func add(
    _ kind: Kind, _ name: String, _ help: String, by label: String, _ values: [(String, Int)]
  ) {
    begin(kind, name, help)
    for (key, value) in values { addSample(name, (label, key), value) }
  }

  mutating func add(_ name: String, _ help: String, _ histogram: LatencyHistogram) {
    begin(.histogram, name, help)
    for bucket in histogram.buckets {
      addSample("\(name)_bucket", ("le", bucket.upperBound.map { "\($0.seconds)" } ?? "+Inf"), bucket.count)
    }
    addSample("\(name)_sum", histogram.sum.seconds)
    addSample("\(name)_count", histogram.count)
  }

  private mutating func addSample(_ name: String, _ value: some CustomStringConvertible) {
    text += "\(name) \(value)\n"
  }

  private mutating func addSample(
    _ name: String, _ label: (name: String, value: String), _ value: some CustomStringConvertible
  ) {
    text += "\(name){\(label.name)=\"\(Self.escaped(label.value, quotes: true))\"} \(value)\n"
  }

  /// Backslashes and line feeds are escaped everywhere, quotation marks in the values of labels.
  private static func escaped(_ text: String, quotes: Bool = false) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += #"\\"#
      case "\n": result += #"\n"#
      case "\"" where quotes: result += #"\""#
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension Duration {
  /// As Prometheus counts time.
  var seconds: Double { self / .seconds(1) }
}
