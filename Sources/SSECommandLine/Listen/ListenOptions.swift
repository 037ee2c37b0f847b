import SSEClient

/// What `sse listen` is asked for.
struct ListenOptions: Sendable {
  enum Source: Sendable {
    case stream(StreamRequest)
    /// A file that `--record` wrote, and how many times as fast as it was recorded.
    case recording(path: String, speed: Double)
  }

  var source: Source
  var format = EventFormat.data
  /// Nothing is written between one event and the next.
  var joins = false
  /// Events of these types are printed; all where there are none.
  var types: Set<String> = []
  /// The listening ends after so many printed events.
  var most: Int?
  var timeout: Duration?
  var recordPath: String?
  var isVerbose = false
}

extension CommandOption {
  static let data = CommandOption(
    "data", short: "d", value: "DATA",
    """
    Send this body; @FILE is a file's content, @- standard input.
    Its Content-Type is application/json where it is JSON, else
    text/plain, unless --header says otherwise. The method is POST.
    """)
  static let method = CommandOption("method", short: "X", value: "METHOD", "Ask with this method.")
  static let lastEventID = CommandOption("last-event-id", value: "ID", "Resume behind the event with this ID.")
  static let noReconnect = CommandOption("no-reconnect", "End with the stream, and fail if it is cut.")

  static let retryConnect = CommandOption(
    "retry-connect", "Keep trying, also while no connection has been made yet.")

  static let json = CommandOption(
    "json", value: "PATH",
    """
    Print one field of the JSON in each event's data, such as
    choices.0.delta.content: text without quotes, anything else as
    JSON. An event without that field, or with null there, prints
    nothing. '' is all of the data.
    """)
  static let jsonLines = CommandOption(
    "jsonl",
    """
    Print each event as one line of JSON: data, id, retry (in
    milliseconds), time (seconds since the start), type. What an
    event does not have is left out.
    """)
  static let raw = CommandOption(
    "raw",
    """
    Print events and comments as an event stream has them. It is
    written anew: its line ends are LF, its fields in a fixed order.
    """)
  static let type = CommandOption(
    "type", value: "TYPE", "Print events of this type only. May be given several times.")
  static let join = CommandOption(
    "join", short: "j", "Write no line end behind what is printed, as for the words of a text.")

  static let max = CommandOption("max", short: "n", value: "NUMBER", "End when so many events have been printed.")
  static let timeout = CommandOption("timeout", short: "t", value: "SECONDS", "End after so long.")

  static let record = CommandOption(
    "record", value: "FILE", "Write each event to this file as well, as --jsonl prints it.")
  static let replay = CommandOption("replay", value: "FILE", "Print a recording, at the pace at which it was recorded.")
  static let speed = CommandOption("speed", value: "NUMBER", "Replay so many times as fast.")

  static let verbose = CommandOption(
    "verbose", short: "v", "Tell on standard error of connections, header fields and comments.")
}

extension ListenOptions {
  static let sections: [(heading: String, options: [CommandOption])] = [
    ("REQUEST", [.header, .data, .method, .lastEventID, .noReconnect, .retryConnect]),
    ("CONNECTION", CommandOption.connection),
    ("OUTPUT", [.json, .jsonLines, .raw, .type, .join, .verbose]),
    ("END", [.max, .timeout]),
    ("RECORDINGS", [.record, .replay, .speed]),
  ]

  init(_ words: [String]) throws(UsageError) {
    let arguments = try Arguments(words, options: Self.sections.flatMap(\.options))
    source = try Self.source(arguments)
    format = try Self.format(arguments)
    joins = arguments.has(.join)
    types = Set(arguments.values(of: .type))
    most = try arguments.integer(of: .max, in: 1...1_000_000_000)
    timeout = try arguments.number(of: .timeout, upTo: 1e9).map { .seconds($0) }
    recordPath = try arguments.value(of: .record)
    isVerbose = arguments.has(.verbose)
    if joins {
      for option in [CommandOption.raw, .jsonLines] { try arguments.refuse(option, with: .join) }
    }
  }

  private static func source(_ arguments: Arguments) throws(UsageError) -> Source {
    guard let path = try arguments.value(of: .replay) else {
      if arguments.has(.speed) { throw .missingArgument("--replay, which --speed belongs to,") }
      return .stream(try StreamRequest(arguments))
    }
    let others = sections.filter { ["REQUEST", "CONNECTION"].contains($0.heading) }.flatMap(\.options) + [.record]
    for option in others { try arguments.refuse(option, with: .replay) }
    if let word = arguments.words.first { throw .unexpectedArgument(word) }
    return .recording(path: path, speed: try arguments.number(of: .speed, upTo: 1e6) ?? 1)
  }

  private static func format(_ arguments: Arguments) throws(UsageError) -> EventFormat {
    let given = [CommandOption.json, .jsonLines, .raw].filter { arguments.has($0) }
    if given.count > 1 { throw .conflict(given[0].word, given[1].word) }
    if let path = try arguments.value(of: .json) { return .field(JSONPath(path)) }
    return arguments.has(.jsonLines) ? .jsonLines : arguments.has(.raw) ? .stream : .data
  }
}
