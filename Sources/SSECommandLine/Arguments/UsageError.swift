/// A command line that cannot be understood; its description is one line.
enum UsageError: Error, Equatable, CustomStringConvertible {
  case unknownCommand(String, nearest: String?)
  case unknownOption(String, nearest: String?)
  case missingValue(option: String)
  case unexpectedValue(option: String)
  case repeated(option: String)
  case badValue(option: String, String, expected: String)
  case missingArgument(String)
  case unexpectedArgument(String)
  /// Two options that exclude each other.
  case conflict(String, String)
  /// A hub would listen where others reach it, and take events from anyone.
  case openToOthers(host: String)

  var description: String {
    switch self {
    case .unknownCommand(let name, let nearest):
      "unknown command '\(name)'; " + (nearest.map { "did you mean 'sse \($0)'?" } ?? "see sse --help")
    case .unknownOption(let name, let nearest):
      "unknown option '\(name)'; " + (nearest.map { "did you mean '\($0)'?" } ?? "see --help")
    case .missingValue(let option): "option '\(option)' needs a value"
    case .unexpectedValue(let option): "option '\(option)' takes no value"
    case .repeated(let option): "option '\(option)' is given twice"
    case .badValue(let option, let value, let expected): "\(option): '\(value)' is not \(expected)"
    case .missingArgument(let name): "\(name) is missing; see --help"
    case .unexpectedArgument(let word): "unexpected argument '\(word)'; see --help"
    case .conflict(let first, let second): "'\(first)' and '\(second)' exclude each other"
    case .openToOthers(let host):
      "on \(host) others could publish; set SSE_PUBLISH_TOKEN (or --publish-token), or listen on 127.0.0.1"
    }
  }
}
