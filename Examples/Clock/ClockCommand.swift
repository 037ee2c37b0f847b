/// What the command line asks for.
enum ClockCommand: Equatable {
  case serve(ServeOptions)
  case follow(url: String)
  case help
}

/// How to serve; every option has a default.
struct ServeOptions: Equatable {
  var host = "127.0.0.1"
  var port = 50_080
  var interval = Duration.seconds(1)
  var count = 10
  /// Where React is; nil: where Debian installs it.
  var reactFolder: String?
}

/// What is wrong with the command line.
enum UsageError: Error, Equatable, CustomStringConvertible {
  case unknownOption(String)
  case unexpectedArgument(String)
  case missingValue(option: String)
  case notANumber(option: String, value: String, allowed: ClosedRange<Int>)

  var description: String {
    switch self {
    case .unknownOption(let option): "unknown option \(option); see sse-clock --help"
    case .unexpectedArgument(let argument): "unexpected argument \"\(argument)\"; see sse-clock --help"
    case .missingValue(let option): "\(option) needs a value; see sse-clock --help"
    case .notANumber(let option, let value, let allowed):
      "\(option) takes a whole number from \(allowed.lowerBound) to \(allowed.upperBound), not \"\(value)\""
    }
  }
}

extension ClockCommand {
  static let defaultURL = "http://127.0.0.1:50080/events/stream"

  /// Reads the arguments that follow the program's name. An option's value is the next argument, or follows a "=".
  init(arguments: [String]) throws(UsageError) {
    if !Set(arguments).isDisjoint(with: ["--help", "-h"]) {
      self = .help
    } else if arguments.first == "follow" {
      self = .follow(url: try Self.url(of: arguments.dropFirst()))
    } else {
      self = .serve(try ServeOptions(arguments: arguments))
    }
  }

  private static func url(of arguments: ArraySlice<String>) throws(UsageError) -> String {
    if let option = arguments.first(where: { $0.hasPrefix("-") }) { throw .unknownOption(option) }
    if let second = arguments.dropFirst().first { throw .unexpectedArgument(second) }
    return arguments.first ?? defaultURL
  }
}

extension ServeOptions {
  init(arguments: [String]) throws(UsageError) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("-") else { throw .unexpectedArgument(argument) }
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let option = parts[0]
      func value() throws(UsageError) -> String {
        guard let value = parts.dropFirst().first ?? rest.popFirst(), !value.isEmpty else {
          throw .missingValue(option: option)
        }
        return value
      }
      func number(_ allowed: ClosedRange<Int>) throws(UsageError) -> Int {
        let text = try value()
        guard let number = Int(text), allowed.contains(number) else {
          throw .notANumber(option: option, value: text, allowed: allowed)
        }
        return number
      }
      switch option {
      case "--host": host = try value()
      case "--port": port = try number(0...65_535)
      case "--interval-ms": interval = .milliseconds(try number(1...86_400_000))
      case "--count": count = try number(0...1_000_000_000)
      case "--react": reactFolder = try value()
      default: throw .unknownOption(option)
      }
    }
  }
}

extension ClockCommand {
  /// The text of `--help`, its headings as `heading` writes them.
  static func help(heading: (String) -> String) -> String {
    """
    Sends this machine's time as Server-Sent Events, and follows it.

    \(heading("USAGE"))
      sse-clock [OPTIONS]       Serve the stream, and two pages that follow it.
      sse-clock follow [URL]    Print a stream's events until {"finished":true}.
                                Default: \(defaultURL)

    \(heading("OPTIONS"))
      --host ADDRESS            Listen on this IP address, in digits. Default: 127.0.0.1
      --port NUMBER             Listen on this port; 0 is any free one. Default: 50080
      --interval-ms NUMBER      Milliseconds from one event to the next. Default: 1000
      --count NUMBER            Times to send before the end. Default: 10
      --react FOLDER            Where the folders react/umd and react-dom/umd are.
                                Default: \(ReactLibrary.defaultFolder)
      --help                    Show this text.
    """
  }
}
