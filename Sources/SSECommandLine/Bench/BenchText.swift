import SSEHTTP1

/// Figures of a run as people read them.
enum BenchText {
  /// A number with commas at the thousands.
  static func count(_ number: Int) -> String {
    let digits = Array(String(number.magnitude))
    let text = digits.enumerated().map { place, digit in
      place > 0 && (digits.count - place) % 3 == 0 ? ",\(digit)" : "\(digit)"
    }
    return (number < 0 ? "-" : "") + text.joined()
  }

  /// One below ten with a decimal.
  static func count(_ number: Double) -> String {
    number < 9.95 && number > 0 ? fixed(number, decimals: 1) : count(Int(number.rounded()))
  }

  /// With the unit in which it has three digits or fewer.
  static func time(_ microseconds: Double) -> String {
    switch microseconds {
    case ..<999.5: "\(Int(microseconds.rounded())) µs"
    case ..<9_995: "\(fixed(microseconds / 1_000, decimals: 2)) ms"
    case ..<99_950: "\(fixed(microseconds / 1_000, decimals: 1)) ms"
    case ..<999_500: "\(fixed(microseconds / 1_000, decimals: 0)) ms"
    default: "\(fixed(microseconds / 1_000_000, decimals: 2)) s"
    }
  }

  static func bytes(_ number: Double) -> String {
    switch number {
    case ..<9_995: "\(fixed(number / 1e3, decimals: 2)) kB"
    case ..<999_500: "\(fixed(number / 1e3, decimals: 0)) kB"
    case ..<99_950_000: "\(fixed(number / 1e6, decimals: 1)) MB"
    default: "\(count(number / 1e6)) MB"
    }
  }

  static func fixed(_ number: Double, decimals: Int) -> String {
    var scale = 1
    for _ in 0..<decimals { scale *= 10 }
    let scaled = Int((number * Double(scale)).rounded())
    guard decimals > 0 else { return "\(scaled)" }
    let fraction = String(scaled % scale)
    return "\(scaled / scale)." + String(repeating: "0", count: decimals - fraction.count) + fraction
  }
}

extension BenchSummary {
  /// As a table.
  func text(bold: (String) -> String) -> String {
    var lines = [bold("sse bench \(Console.shown(url))"), row("connections", connectionFigures)]
    for (reason, number) in reasons.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      lines.append(row("", "\(BenchText.count(number)) × \(Console.shown(reason))"))
    }
    if let seconds {
      if let published { lines += rows(of: published) }
      lines.append(
        row("events", "\(BenchText.count(events)) in \(BenchText.fixed(seconds, decimals: 1)) s\(rates)"))
    } else {
      lines.append(row("events", "ended before counting began"))
    }
    let times: [(String, Times?)] = [
      ("connect", connect), ("answer", answer), ("first event", firstEvent), ("delivery", latency),
      ("from due", latencyFromDue), ("last reader", lastReader),
    ]
    let rows = times.compactMap { name, times in
      times.map { row(name, cells([$0.p50, $0.p99, $0.p999, $0.max].map(BenchText.time))) }
    }
    if !rows.isEmpty { lines += ["", bold(row("", cells(["p50", "p99", "p99.9", "max"])))] + rows }
    return lines.joined(separator: "\n") + "\n"
  }

  private var rates: String {
    guard let eventsPerSecond, let bytesPerSecond else { return "" }
    return ": \(BenchText.count(eventsPerSecond))/s, \(BenchText.bytes(bytesPerSecond))/s"
  }

  private var connectionFigures: String {
    let figures: [(Int, String)] = [
      (connections.failed, "failed"), (connections.ended, "ended"), (connections.cut, "cut"),
    ]
    let opened = "\(BenchText.count(connections.asked)) asked for, \(BenchText.count(connections.opened)) opened"
    return opened + figures.map { ", \(BenchText.count($0.0)) \($0.1)" }.joined()
  }

  private func rows(of published: Published) -> [String] {
    let rate = published.eventsPerSecond.map { ": \(BenchText.count($0))/s" } ?? ""
    let wanted = published.ratePerSecond.map { "\(BenchText.count($0))/s" } ?? "as fast as read"
    let refused = published.refused == 0 ? "" : ", \(BenchText.count(published.refused)) refused"
    return [
      row(
        "published",
        "\(BenchText.count(published.events)) of \(published.size) bytes\(rate) (asked for: \(wanted))\(refused)"),
      row(
        "faults",
        "\(BenchText.count(published.lost)) lost, \(BenchText.count(published.doubled)) doubled, "
          + "\(BenchText.count(published.outOfOrder)) out of order"),
    ]
  }

  private func row(_ name: String, _ figures: String) -> String { "  \(BenchText.padded(name, to: 13))\(figures)" }

  private func cells(_ texts: [String]) -> String {
    texts.map { String(repeating: " ", count: max(1, 10 - $0.count)) + $0 }.joined()
  }
}

extension BenchText {
  fileprivate static func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
