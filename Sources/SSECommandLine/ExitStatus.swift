/// How the tool ends, for scripts.
struct ExitStatus: Equatable, Sendable {
  let rawValue: Int32

  /// It did what it was asked for.
  static let success = ExitStatus(rawValue: 0)
  /// Refused, cut, not to be connected or written; standard error says why.
  static let failure = ExitStatus(rawValue: 1)
  /// The command line cannot be understood.
  static let usage = ExitStatus(rawValue: 2)
  /// It ended as asked, and had nothing to print.
  static let nothing = ExitStatus(rawValue: 3)

  /// As shells say it: 130 for Ctrl-C, 143 for SIGTERM.
  static func signal(_ number: Int32) -> ExitStatus { ExitStatus(rawValue: 128 + number) }
}
