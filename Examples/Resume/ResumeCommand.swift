/// What the command line asks for.
enum ResumeCommand: Equatable {
  case serve(ServeOptions)
  case follow(FollowOptions)
  case help

  static let helpText = """
    Follows a stream through crashes and restarts without losing an event.

    USAGE
      sse-resume [OPTIONS]               Serve a stream of numbers that can be resumed.
      sse-resume follow [OPTIONS] [URL]  Append a stream's events to a file, from where the last run came to.
                                         Default: \(FollowOptions().url)

    OPTIONS OF THE SERVER
      --port NUMBER          Listen on this port; 0 is any free one. Default: \(ServeOptions().port)
      --interval-ms NUMBER   Milliseconds from one number to the next; 0 is as fast as it can. Default: \
    \(ServeOptions().intervalMilliseconds)
      --data FILE            Keep the numbers in this file too, and go on after them. Default: in memory only
      --show                 Write each number with its ID once it is kept.

    OPTIONS OF THE FOLLOWER
      --folder FOLDER        Where events.jsonl and last-event-id are kept. Default: this folder
    """
}

struct ServeOptions: Equatable {
  var port = 50_082
  var intervalMilliseconds = 500
  /// In memory only where there is none.
  var dataFile: String?
  var showsNumbers = false
}

struct FollowOptions: Equatable {
  var url = "http://127.0.0.1:50082/numbers"
  var folder = "."
}

/// What is wrong with the command line.
enum UsageError: Error, Equatable, CustomStringConvertible {
  case unknownArgument(String)
  case missingValue(option: String)
  case notANumber(option: String, value: String, allowed: ClosedRange<Int>)

  var description: String {
    switch self {
    case .unknownArgument(let argument): "unknown argument \"\(argument)\"; see sse-resume --help"
    case .missingValue(let option): "\(option) needs a value; see sse-resume --help"
    case .notANumber(let option, let value, let allowed):
      "\(option) takes a whole number from \(allowed.lowerBound) to \(allowed.upperBound), not \"\(value)\""
    }
  }
}

extension ResumeCommand {
  /// Reads the arguments that follow the program's name.
  init(arguments: [String]) throws(UsageError) {
    if !Set(arguments).isDisjoint(with: ["--help", "-h"]) {
      self = .help
    } else if arguments.first == "follow" {
      self = .follow(try FollowOptions(arguments: arguments.dropFirst()))
    } else {
      self = .serve(try ServeOptions(arguments: arguments[...]))
    }
  }
}

extension ServeOptions {
  init(arguments: ArraySlice<String>) throws(UsageError) {
    var rest = arguments
    while let argument = rest.popFirst() {
      switch argument {
      case "--port": port = try number(of: argument, &rest, from: 0...65_535)
      case "--interval-ms": intervalMilliseconds = try number(of: argument, &rest, from: 0...86_400_000)
      case "--data": dataFile = try value(of: argument, &rest)
      case "--show": showsNumbers = true
      default: throw .unknownArgument(argument)
      }
    }
  }
}

extension FollowOptions {
  init(arguments: ArraySlice<String>) throws(UsageError) {
    var rest = arguments
    var givenURL: String?
    while let argument = rest.popFirst() {
      if argument == "--folder" {
        folder = try value(of: argument, &rest)
      } else if !argument.hasPrefix("-"), givenURL == nil {
        givenURL = argument
      } else {
        throw .unknownArgument(argument)
      }
    }
    url = givenURL ?? url
  }
}

private func value(of option: String, _ rest: inout ArraySlice<String>) throws(UsageError) -> String {
  guard let value = rest.popFirst(), !value.isEmpty else { throw .missingValue(option: option) }
  return value
}

private func number(
  of option: String, _ rest: inout ArraySlice<String>, from allowed: ClosedRange<Int>
) throws(UsageError) -> Int {
  let text = try value(of: option, &rest)
  guard let number = Int(text), allowed.contains(number) else {
    throw .notANumber(option: option, value: text, allowed: allowed)
  }
  return number
}
