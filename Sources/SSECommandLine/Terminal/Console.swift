import Foundation

/// What the tool says on standard error, beside the output that another program may read.
enum Console {
  static let style = TextStyle(descriptor: STDERR_FILENO)

  static func bold(_ text: String) -> String { style.bold(text) }

  /// What went wrong.
  static func fail(_ text: String) { put(style.red("sse:") + " " + shown(text)) }

  /// What is to be known, though nothing went wrong.
  static func note(_ text: String) { put("sse: " + text) }

  /// What happens on the connection.
  static func state(_ text: String) { put(style.dim("sse: " + shown(text))) }

  /// On a terminal, how far it has come: in place of what stood in this line before. An empty text leaves the line
  /// free.
  static func progress(_ text: String) {
    guard style.isTerminal else { return }
    let line = "\r\u{1B}[K" + style.dim(text)
    // There is nowhere else to say that it failed.
    try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
  }

  /// Without what steers a terminal, and without a token that a URL holds (RFC 6750, 2.3): what is said here is kept in
  /// logs.
  static func shown(_ text: String) -> String {
    // A colon at the end is the message's own.
    let secretless = text.replacing(/access_token=[^&\s]*[^&\s:]/, with: "access_token=…")
    return TextStyle(isTerminal: true, hasColor: false).shown(secretless)
  }

  /// Nobody hears it where it cannot be written.
  private static func put(_ line: String) { try? FileHandle.standardError.write(contentsOf: Data("\(line)\n".utf8)) }
}
