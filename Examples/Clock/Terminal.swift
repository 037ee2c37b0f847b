import Foundation

/// What the program says to the person who runs it. Nothing is held back, also where the output is a pipe.
enum Terminal {
  static func print(_ text: String) {
    do { try FileHandle.standardOutput.write(contentsOf: Data("\(text)\n".utf8)) } catch {
      note("standard output: \(error.localizedDescription)")
      exit(1)
    }
  }

  /// One line on standard error, beside the output that another program may read.
  static func note(_ text: String) {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    try? FileHandle.standardError.write(contentsOf: Data("sse-clock: \(line.prefix(300))\n".utf8))
  }

  /// Ends the process with such a line.
  static func fail(_ error: any Error) -> Never {
    note("\(error)")
    exit(error is UsageError ? 2 : 1)
  }

  static func bold(_ text: String) -> String { styled(text, "1") }
  static func dim(_ text: String) -> String { styled(text, "2") }

  private static func styled(_ text: String, _ style: String) -> String {
    hasColor ? "\u{1B}[\(style)m\(text)\u{1B}[0m" : text
  }

  private static let hasColor: Bool = {
    let environment = ProcessInfo.processInfo.environment
    return isatty(STDOUT_FILENO) == 1 && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
  }()
}

/// A time as the program shows it: "3.5 s".
func secondsText(_ time: Duration) -> String {
  (time / .seconds(1)).formatted(.number.precision(.fractionLength(1))) + " s"
}

/// Text of a server that may be anyone's, for a terminal: that would obey what controls it, so it is shown as Swift
/// writes it, "\u{1B}".
func displayed(_ text: String) -> String {
  text.unicodeScalars.map { scalar in
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: scalar.escaped(asASCII: true)
    default: String(scalar)
    }
  }.joined()
}
