import Foundation

/// What the command line asks for.
enum ChatCommand: Equatable {
  case serve(ServeOptions)
  case ask(Question)
  case help
}

/// How to serve; every option has a default.
struct ServeOptions: Equatable {
  var host = "127.0.0.1"
  var port = 50_081
  var pause = Duration.milliseconds(60)
  /// Nil: each start writes something else.
  var seed: UInt64?
  /// The API that answers in the word generator's place.
  var upstream: URL?
  /// The environment variable that holds its key.
  var keyVariable: String?
  var model = builtInModel
}

/// What to ask, whom, and how.
struct Question: Equatable {
  enum Format: String, CaseIterable { case openai, anthropic, conversation }

  var prompt: String
  var format = Format.openai
  var url = Question.defaultURL
  var keyVariable: String?
  var model = builtInModel

  static let defaultURL = "http://127.0.0.1:50081"
}

extension ChatCommand {
  /// Reads the arguments that follow the program's name.
  init(arguments: [String]) throws(UsageError) {
    let options = arguments.prefix { $0 != "--" }
    if arguments.isEmpty || options.contains("--help") || options.contains("-h") {
      self = .help
      return
    }
    switch arguments[0] {
    case "serve": self = .serve(try ServeOptions(arguments: arguments.dropFirst()))
    case "ask": self = .ask(try Question(arguments: arguments.dropFirst()))
    case let other: throw .unknownCommand(other)
    }
  }
}

extension ServeOptions {
  init(arguments: ArraySlice<String>) throws(UsageError) {
    var arguments = Arguments(arguments)
    while let argument = try arguments.next() {
      switch argument {
      case .word(let word): throw .unexpectedArgument(word)
      case .option("--host"): host = try arguments.value()
      case .option("--port"): port = Int(try arguments.number(0...65_535))
      case .option("--pause-ms"): pause = .milliseconds(try arguments.number(0...60_000))
      case .option("--seed"): seed = try arguments.number(.min ... .max)
      case .option("--upstream"): upstream = try arguments.url()
      case .option("--key-env"): keyVariable = try arguments.value()
      case .option("--model"): model = try arguments.value()
      case .option(let option): throw .unknownOption(option)
      }
    }
    if keyVariable != nil, upstream == nil { throw .keyWithoutUpstream }
  }
}

extension Question {
  init(arguments: ArraySlice<String>) throws(UsageError) {
    self.init(prompt: "")
    var words: [String] = []
    var arguments = Arguments(arguments)
    while let argument = try arguments.next() {
      switch argument {
      case .word(let word): words.append(word)
      case .option("--format"):
        let name = try arguments.value()
        guard let format = Format(rawValue: name) else { throw .unknownFormat(name) }
        self.format = format
      case .option("--url"): url = try arguments.url().absoluteString
      case .option("--key-env"): keyVariable = try arguments.value()
      case .option("--model"): model = try arguments.value()
      case .option(let option): throw .unknownOption(option)
      }
    }
    prompt = words.joined(separator: " ")
    if prompt.isEmpty { throw .nothingAsked }
  }
}

extension ChatCommand {
  /// The text of `--help`, its headings as `heading` writes them.
  static func help(heading: (String) -> String) -> String {
    """
    Streams chat replies as language models' APIs do, shows them on a page, and reads them in the terminal.

    \(heading("USAGE"))
      sse-chat serve [OPTIONS]       Serve POST \(Provider.openAI.path), POST \(Provider.anthropic.path),
                                     GET /conversation, and a page.
      sse-chat ask PROMPT [OPTIONS]  Print the reply word by word.

    \(heading("OPTIONS OF SERVE"))
      --host ADDRESS       Listen on this IP address, in digits. Default: 127.0.0.1
      --port NUMBER        Listen on this port; 0 is any free one. Default: 50081
      --pause-ms NUMBER    Milliseconds that the word generator takes for a word. Default: 60
      --seed NUMBER        What it writes depends on it. Default: something else at each start
      --upstream URL       Pass requests on to this API, with its answers event by event, instead.
      --key-env NAME       The environment variable that holds its key.
      --model NAME         The model that the page asks it for.

    \(heading("OPTIONS OF ASK"))
      --url URL            The server. Default: \(Question.defaultURL)
      --format FORMAT      \(Question.Format.allCases.map(\.rawValue).joined(separator: ", ")). Default: openai
      --key-env NAME       The environment variable that holds the server's key, where it wants one.
      --model NAME         The model. Default: \(builtInModel)

      --help               Show this text.
    """
  }
}
