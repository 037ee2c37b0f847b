import Foundation

/// Walks through the arguments of a command. An option's value is the next argument, or follows a "="; what comes after
/// "--" is a word, however it begins.
struct Arguments {
  enum Argument: Equatable {
    case option(String)
    case word(String)
  }

  private var rest: ArraySlice<String>
  private var hasOnlyWords = false
  /// The last option, and the value that followed its "=".
  private var option = ""
  private var attachedValue: String?

  init(_ arguments: ArraySlice<String>) { rest = arguments }

  mutating func next() throws(UsageError) -> Argument? {
    guard let argument = rest.popFirst() else { return nil }
    if hasOnlyWords || !argument.hasPrefix("-") || argument == "-" { return .word(argument) }
    if argument == "--" {
      hasOnlyWords = true
      return try next()
    }
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    option = parts[0]
    attachedValue = parts.dropFirst().first
    return .option(option)
  }

  /// The value of the option that came last.
  mutating func value() throws(UsageError) -> String {
    guard let value = attachedValue ?? rest.popFirst(), !value.isEmpty else { throw .missingValue(option: option) }
    return value
  }

  mutating func number<Number: FixedWidthInteger & Sendable>(
    _ allowed: ClosedRange<Number>
  ) throws(UsageError) -> Number {
    let text = try value()
    guard let number = Number(text), allowed.contains(number) else {
      throw .notANumber(option: option, value: text, allowed: "\(allowed.lowerBound) to \(allowed.upperBound)")
    }
    return number
  }

  /// A server's URL. Providers' documents give it with the "/v1" of its paths, which is dropped.
  mutating func url() throws(UsageError) -> URL {
    let text = try value()
    guard var url = URL(string: text), ["http", "https"].contains(url.scheme), url.host()?.isEmpty == false else {
      throw .notAURL(option: option, value: text)
    }
    if url.lastPathComponent == "v1" { url.deleteLastPathComponent() }
    return url
  }
}

/// What is wrong with the command line.
enum UsageError: Error, Equatable, CustomStringConvertible {
  case unknownCommand(String)
  case unknownOption(String)
  case unexpectedArgument(String)
  case missingValue(option: String)
  case notANumber(option: String, value: String, allowed: String)
  case notAURL(option: String, value: String)
  case unknownFormat(String)
  case nothingAsked
  case keyWithoutUpstream
  case noKey(variable: String)

  var description: String {
    switch self {
    case .unknownCommand(let command): "there is no command \"\(command)\"; see sse-chat --help"
    case .unknownOption(let option): "unknown option \(option); see sse-chat --help"
    case .unexpectedArgument(let argument): "unexpected argument \"\(argument)\"; see sse-chat --help"
    case .missingValue(let option): "\(option) needs a value; see sse-chat --help"
    case .notANumber(let option, let value, let allowed):
      "\(option) takes a whole number from \(allowed), not \"\(value)\""
    case .notAURL(let option, let value):
      "\(option) takes a URL such as \(Question.defaultURL), not \"\(value)\""
    case .unknownFormat(let name):
      "there is no format \"\(name)\"; it is one of "
        + Question.Format.allCases.map(\.rawValue).joined(separator: ", ")
    case .nothingAsked: "there is nothing to ask; write sse-chat ask \"Hello\""
    case .keyWithoutUpstream: "--key-env is the key of an API; name it with --upstream"
    case .noKey(let variable): "the environment variable \(variable) is empty or not set; it is to hold the API's key"
    }
  }
}

extension APIKey {
  /// The key in an environment variable; nil where none is named.
  init?(variable: String?, environment: [String: String] = ProcessInfo.processInfo.environment) throws(UsageError) {
    guard let variable else { return nil }
    guard let text = environment[variable], !text.isEmpty else { throw .noKey(variable: variable) }
    self.init(text: text)
  }
}
