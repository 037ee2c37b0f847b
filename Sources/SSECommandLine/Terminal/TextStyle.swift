import Foundation
import SSEHTTP1

/// How text is shown on one of the process's outputs: with colours on a terminal that has them, plainly elsewhere.
struct TextStyle: Sendable, Equatable {
  /// Somebody looks at it.
  let isTerminal: Bool
  let hasColor: Bool

  static let plain = TextStyle(isTerminal: false, hasColor: false)

  init(isTerminal: Bool, hasColor: Bool) {
    self.isTerminal = isTerminal
    self.hasColor = hasColor
  }

  /// That of a descriptor. `NO_COLOR` (https://no-color.org) and `TERM=dumb` are obeyed.
  init(descriptor: Int32, environment: [String: String] = ProcessInfo.processInfo.environment) {
    isTerminal = isatty(descriptor) == 1
    let term = environment["TERM", default: "dumb"]
    hasColor = isTerminal && environment["NO_COLOR", default: ""].isEmpty && term != "dumb" && !term.isEmpty
  }

  func bold(_ text: String) -> String { styled(text, "1") }
  func dim(_ text: String) -> String { styled(text, "2") }
  func red(_ text: String) -> String { styled(text, "31") }

  private func styled(_ text: String, _ style: String) -> String {
    hasColor && !text.isEmpty ? "\u{1B}[\(style)m\(text)\u{1B}[0m" : text
  }

  /// Text of a server as it may be shown: on a terminal, characters that would steer it or turn text round are written
  /// as `\u{1B}`. Line feeds, tabs, and the joiners that emoji are made with stay. Elsewhere the text is as it is.
  func shown(_ text: String) -> String {
    guard isTerminal, text.unicodeScalars.contains(where: Self.isUnsafe) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if Self.isUnsafe(scalar) {
        result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\n", "\t", "\u{200C}", "\u{200D}": false
    default: scalar.altersDisplay
    }
  }
}
