import Foundation
import SSEClient
import SSEHTTP1
import SSESockets

/// What `sse bench` is asked for.
struct BenchOptions: Sendable {
  /// What is published while events are read.
  struct Publishing: Sendable {
    static let defaultRate = 10.0
    static let defaultSize = 100

    var url: String
    var headers: HeaderFields = [:]
    /// Events a second; nil: the next one when all readers have the last.
    var rate: Double? = Publishing.defaultRate
    /// Bytes of an event's data.
    var size = Publishing.defaultSize
  }

  static let defaultConnections = 100
  static let mostConnections = 1_000_000
  static let defaultDuration = 10.0
  static let mostRate = 100_000.0
  static let largestSize = 1_000_000

  var request: StreamRequest
  var connections = BenchOptions.defaultConnections
  var duration = Duration.seconds(BenchOptions.defaultDuration)
  var publishing: Publishing?
  var writesJSON = false
}

extension CommandOption {
  static let connections = CommandOption(
    "connections", short: "c", value: "NUMBER",
    "Streams that are read at once. Default: \(BenchOptions.defaultConnections).")
  static let duration = CommandOption(
    "duration", short: "t", value: "SECONDS",
    "Count for so long, once the connections are open. Default: \(Int(BenchOptions.defaultDuration)).")

  static let publishTo = CommandOption(
    "publish", value: "URL",
    """
    Publish events there, and measure how long each takes to each
    reader. As for sse publish: the data is the body of a POST, and
    what has no path is a hub.
    """)
  static let rate = CommandOption(
    "rate", value: "NUMBER",
    """
    Events a second; 'max' or 0 publishes the next one when all
    readers have the last. Default: \(Int(BenchOptions.Publishing.defaultRate)).
    """)
  static let size = CommandOption(
    "size", value: "BYTES",
    "The length of an event's data, at least \(BenchEvent.leastSize). Default: \(BenchOptions.Publishing.defaultSize).")

  static let summaryJSON = CommandOption("json", "Write the summary as one line of JSON; times are microseconds.")
}

extension BenchOptions {
  static let sections: [(heading: String, options: [CommandOption])] = [
    ("LOAD", [.connections, .duration]),
    ("PUBLISHING", [.publishTo, .rate, .size, .token]),
    ("REQUEST", [.header, .data, .method]),
    ("CONNECTION", CommandOption.connection),
    ("OUTPUT", [.summaryJSON]),
  ]

  init(
    _ words: [String], environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(UsageError) {
    let arguments = try Arguments(words, options: Self.sections.flatMap(\.options))
    request = try StreamRequest(arguments)
    // Read once: to copy the environment takes as long as half of opening a connection, or of publishing an event.
    request.configuration.environment = { environment }
    if let count = try arguments.integer(of: .connections, in: 1...Self.mostConnections) { connections = count }
    if let seconds = try arguments.number(of: .duration, upTo: 1e6) { duration = .seconds(seconds) }
    publishing = try Publishing(arguments, environment)
    writesJSON = arguments.has(.summaryJSON)
  }
}

extension BenchOptions.Publishing {
  /// Nil without `--publish`.
  fileprivate init?(_ arguments: Arguments, _ environment: [String: String]) throws(UsageError) {
    guard let url = try arguments.value(of: .publishTo) else {
      for option in [CommandOption.rate, .size, .token] where arguments.has(option) {
        throw .missingArgument("--publish, which \(option.word) belongs to,")
      }
      return nil
    }
    self.url = PublishOptions.publishURL(url, adding: [])
    headers = try HeaderFields(arguments)
    // The header field may be what readers show: the option is for publishing alone. What the environment has is for
    // where neither is given.
    if arguments.has(.token) || !headers.contains("Authorization"),
      let token = try PublishToken(arguments, environment)
    {
      headers["Authorization"] = token.authorization
    }
    if let text = try arguments.value(of: .rate) { rate = try Self.rate(text) }
    if let bytes = try arguments.integer(of: .size, in: BenchEvent.leastSize...BenchOptions.largestSize) {
      size = bytes
    }
  }

  private static func rate(_ text: String) throws(UsageError) -> Double? {
    if text == "max" { return nil }
    guard let number = Double(text), number >= 0, number <= BenchOptions.mostRate else {
      let most = Int(BenchOptions.mostRate)
      throw .badValue(option: CommandOption.rate.word, text, expected: "a number up to \(most), or 'max'")
    }
    return number == 0 ? nil : number
  }
}
