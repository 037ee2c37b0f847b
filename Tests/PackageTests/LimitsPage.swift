import Foundation

/// A limit's default, as the code or the page has it.
enum LimitValue: Equatable {
  /// Bytes, or how many of something.
  case number(Int)
  case duration(Duration)
  case range(ClosedRange<Duration>)
  /// Not set: the page says in words what applies then.
  case unset
}

/// The tables of Documentation/Limits.md.
struct LimitsPage {
  struct Row {
    let name: String
    let value: String
    let consequence: String
    let change: String
  }

  let rows: [Row]

  init() throws {
    let lines = try Repository.text("Documentation/Limits.md").split(separator: "\n")
    rows = lines.compactMap { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard line.hasPrefix("| `"), cells.count == 4 else { return nil }
      let name = cells[0].trimmingCharacters(in: CharacterSet(charactersIn: "`"))
      return Row(name: name, value: cells[1], consequence: cells[2], change: cells[3])
    }
  }
}

extension LimitValue {
  private static let sizes = ["bytes": 1, "KiB": 1_024, "MiB": 1_048_576]
  private static let times: [String: Duration] = [
    "ms": .milliseconds(1), "s": .seconds(1), "min": .seconds(60), "h": .seconds(3_600),
  ]

  /// Reads "16 KiB", "10 s", "3 to 13 s", "1,000 events", "nil: …"; nil for anything else.
  init?(_ text: String) {
    if text.hasPrefix("nil: ") {
      self = .unset
      return
    }
    let words = text.split(separator: " ").map(String.init)
    guard words.count >= 2, let first = Self.number(words[0]) else { return nil }
    if words.count == 4, words[1] == "to", let last = Self.number(words[2]), let unit = Self.times[words[3]] {
      self = .range(unit * first...unit * last)
    } else if let unit = Self.times[words[1]] {
      self = .duration(unit * first)
    } else {
      self = .number(first * (Self.sizes[words[1]] ?? 1))
    }
  }

  private static func number(_ text: String) -> Int? {
    // 1000 and 1,000 but not 10,00.
    guard text.wholeMatch(of: /\d{1,3}(,\d{3})*|\d+/) != nil else { return nil }
    return Int(text.filter { $0 != "," })
  }

  /// What a property holds; nil where that is no limit.
  init?(property value: Any) {
    switch value {
    case let value as Int: self = .number(value)
    case let value as Duration: self = .duration(value)
    case let value as ClosedRange<Duration>: self = .range(value)
    default:
      let type = type(of: value)
      guard type == Int?.self || type == Duration?.self else { return nil }
      self = .unset
    }
  }
}
