import Foundation
import SSEClient
import SSEHTTP1

/// What `sse publish` is asked for.
struct PublishOptions: Sendable {
  /// Where events are posted to, with the query that says of which topic and type they are.
  var url: String
  /// The data of the one event; nil: each line of standard input is one.
  var data: String?
  var headers: HeaderFields = [:]
  var configuration = EventClientConfiguration()
  var printsIDs = false
  /// Goes on with the next line where one was refused.
  var keepsGoing = false
}

extension CommandOption {
  static let topic = CommandOption("topic", value: "NAME", "Publish to this topic of a hub.")
  static let eventType = CommandOption("type", value: "TYPE", "The events' type.")
  static let eventKey = CommandOption(
    "event-key", value: "KEY",
    """
    What the events are the newest value of, for a hub that keeps the
    newest of each key for slow readers (sse serve --lag newest).
    """)
  static let token = CommandOption(
    "token", value: "TOKEN",
    """
    Show this token, as 'Authorization: Bearer TOKEN'. Better set
    SSE_PUBLISH_TOKEN: the command line shows in lists of processes.
    """)
  static let ids = CommandOption("ids", "Print the ID that each event was given.")
  static let keepGoing = CommandOption(
    "keep-going",
    """
    Go on with the next line where one could not be published; the
    exit status is 1 then.
    """)
}

extension PublishOptions {
  static let sections: [(heading: String, options: [CommandOption])] = [
    ("EVENTS", [.topic, .eventType, .eventKey]),
    ("REQUEST", [.token, .header]),
    ("CONNECTION", CommandOption.connection.filter { $0 != .compressed }),
    ("OUTPUT", [.ids, .keepGoing]),
  ]

  init(
    _ words: [String], environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(UsageError) {
    let arguments = try Arguments(words, options: Self.sections.flatMap(\.options))
    guard let url = arguments.words.first else { throw .missingArgument("the URL") }
    if let third = arguments.words.dropFirst(2).first { throw .unexpectedArgument(third) }
    data = arguments.words.dropFirst().first
    let query: [(String, CommandOption)] = [("topic", .topic), ("type", .eventType), ("key", .eventKey)]
    var added: [(name: String, value: String)] = []
    for (name, option) in query {
      if let value = try arguments.value(of: option) { added.append((name, value)) }
    }
    self.url = Self.publishURL(url, adding: added)
    headers = try HeaderFields(arguments)
    if arguments.has(.token), headers.contains("Authorization") { throw .conflict("--token", "--header Authorization") }
    if !headers.contains("Authorization"), let token = try PublishToken(arguments, environment) {
      headers["Authorization"] = token.authorization
    }
    configuration = try EventClientConfiguration(arguments)
    printsIDs = arguments.has(.ids)
    keepsGoing = arguments.has(.keepGoing)
  }

  /// The URL with these parameters in its query. One that has no path is a hub's, whose path is `/publish`.
  static func publishURL(_ text: String, adding parameters: [(name: String, value: String)]) -> String {
    let whole = text.prefix { $0 != "#" }
    let base = whole.prefix { $0 != "?" }
    var query = whole.dropFirst(base.count + 1).split(separator: "&").map(String.init)
    query += parameters.map { "\($0.name)=\(encoded($0.value))" }
    // Behind scheme and authority: no slash, or that alone.
    let slashes = base.split(separator: "/", omittingEmptySubsequences: false)
    let hasNoPath = base.contains("://") && (slashes.count == 3 || slashes.count == 4 && slashes[3].isEmpty)
    let path = hasNoPath ? "\(slashes.prefix(3).joined(separator: "/"))/publish" : String(base)
    return query.isEmpty ? path : "\(path)?\(query.joined(separator: "&"))"
  }

  /// Every byte that means something in a query, or nothing anywhere, is escaped (RFC 3986, 2.3).
  private static func encoded(_ value: String) -> String {
    value.addingPercentEncoding(withAllowedCharacters: Self.unreserved) ?? ""
  }

  private static let unreserved = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
}
