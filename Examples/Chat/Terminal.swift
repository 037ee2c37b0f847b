import Foundation

/// What the program says to the person who runs it. Nothing is held back, also where the output is a pipe.
enum Terminal {
  static func print(_ text: String) { write("\(text)\n") }

  /// Text without a line end after it.
  static func write(_ text: String) {
    do { try FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) } catch {
      end("standard output: \(error.localizedDescription)", status: 1)
    }
  }

  /// Text that came from elsewhere: nothing in it steers the terminal.
  static func write(received text: String) {
    let shown = text.unicodeScalars.filter { scalar in
      scalar == "\n" || scalar == "\t" || scalar.properties.generalCategory != .control
    }
    write(String(String.UnicodeScalarView(shown)))
  }

  /// Ends the process with one line on standard error.
  static func fail(_ error: any Error) -> Never {
    end("\(error)", status: error is UsageError ? 2 : 1)
  }

  private static func end(_ reason: String, status: Int32) -> Never {
    let line = reason.split(whereSeparator: \.isNewline).joined(separator: " ")
    try? FileHandle.standardError.write(contentsOf: Data("sse-chat: \(line.prefix(300))\n".utf8))
    exit(status)
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
