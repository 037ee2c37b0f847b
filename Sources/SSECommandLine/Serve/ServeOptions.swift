import Foundation
import SSEServer
import SSESockets

/// What `sse serve` is asked for.
struct ServeOptions: Sendable {
  static let defaultPort = 50_080

  var host = "127.0.0.1"
  var port = ServeOptions.defaultPort
  var topics = HubTopics.Settings()
  /// The folder that topics are kept in; nil: in memory alone.
  var dataPath: String?
  var access = HubAccess()
  var configuration = EventServerConfiguration()
  /// Tells of each response.
  var isVerbose = false
}

extension CommandOption {
  static let host = CommandOption(
    "host", value: "ADDRESS",
    """
    Listen on this address of the machine, in digits; 0.0.0.0 is all
    of IPv4, :: all of IPv6 alone. Default: 127.0.0.1, which only this
    machine reaches. Any other needs a publish token.
    """)
  static let port = CommandOption(
    "port", short: "p", value: "NUMBER",
    "Listen on this port; 0 is any free one. Default: \(ServeOptions.defaultPort).")
  static let maxConnections = CommandOption(
    "max-connections", value: "NUMBER",
    """
    Connections at once; further ones are answered 503. Default: nine
    tenths of the files that the process may hold open.
    """)
  static let trustedProxy = CommandOption(
    "trusted-proxy", value: "ADDRESS",
    """
    Believe what this proxy says in X-Forwarded-For: an address, or a
    block such as 10.0.0.0/8. May be given several times.
    """)
  static let serverCertificate = CommandOption(
    "tls-cert", value: "FILE",
    """
    Speak https, with the certificate in this PEM file, followed by
    those above it. SIGHUP has it read again.
    """)
  static let serverKey = CommandOption(
    "tls-key", value: "FILE", "Its private key, where it is in a file of its own.")

  static let publishToken = CommandOption(
    "publish-token", value: "TOKEN",
    """
    Whoever publishes, or uses the page, must show this token. It
    reads too. Better set SSE_PUBLISH_TOKEN: the command line shows in
    lists of processes.
    """)
  static let subscribeToken = CommandOption(
    "subscribe-token", value: "TOKEN", "Whoever reads must show this token. Or SSE_SUBSCRIBE_TOKEN.")
  static let cors = CommandOption(
    "cors", value: "ORIGIN",
    """
    Let the pages of this origin read and publish, such as
    https://app.example; the pages of others are refused. May be given
    several times. '*' is all of them, and 'null' those of files and
    sandboxes, anyone's too; both need a publish token.
    """)

  static let history = CommandOption(
    "history", value: "NUMBER", "Events that each topic holds. Default: \(HubTopics.Settings().history).")
  static let historyMegabytes = CommandOption(
    "history-mb", value: "NUMBER",
    "Megabytes that they may have. Default: \(HubTopics.Settings().historyBytes >> 20).")
  static let dataFolder = CommandOption(
    "data", value: "DIR",
    """
    Keep each topic in a file in this folder, so that it goes on after
    a restart. An event is in the file before it is answered for.
    Default: in memory alone.
    """)
  static let maxTopics = CommandOption(
    "max-topics", value: "NUMBER",
    """
    Topics at most; a request for one more is answered 503. Default:
    \(HubTopics.Settings().most).
    """)
  static let lag = CommandOption(
    "lag", value: "RULE",
    """
    What becomes of a reader that falls behind the history: 'end' its
    connection, so that it comes back and resumes; 'skip' to the oldest
    event held; 'newest', of each key only. Default: end.
    """)

  static let gzip = CommandOption(
    "gzip",
    """
    Compress streams for readers that ask for it, an event once for
    all of them.
    """)
  static let verboseServer = CommandOption("verbose", short: "v", "Tell on standard error of each response.")
}

extension ServeOptions {
  static let sections: [(heading: String, options: [CommandOption])] = [
    (
      "LISTENING",
      [.host, .port, .serverCertificate, .serverKey, .maxConnections, .trustedProxy, .gzip, .verboseServer]
    ),
    ("ACCESS", [.publishToken, .subscribeToken, .cors]),
    ("TOPICS", [.dataFolder, .history, .historyMegabytes, .maxTopics, .lag]),
  ]

  init(
    _ words: [String], environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(UsageError) {
    let arguments = try Arguments(words, options: Self.sections.flatMap(\.options))
    if let word = arguments.words.first { throw .unexpectedArgument(word) }
    if let host = try arguments.value(of: .host) {
      // What is wrong with it is all that the error would say.
      guard (try? SocketAddress(numericHost: host, port: 0)) != nil else {
        throw .badValue(option: CommandOption.host.word, host, expected: "an address in digits, such as 127.0.0.1")
      }
      self.host = host
    }
    if let port = try arguments.integer(of: .port, in: 0...65_535) { self.port = port }
    topics = try HubTopics.Settings(arguments)
    dataPath = try arguments.value(of: .dataFolder)
    // A variable that was not set, most likely; as a path it would be the working directory.
    if dataPath == "" { throw .badValue(option: CommandOption.dataFolder.word, "", expected: "a folder") }
    configuration = try Self.configuration(arguments)
    access = try HubAccess(arguments, environment: environment)
    access.isOnLoopback = LoopbackHost.isAddress(host)
    access.isSecure = configuration.tls != nil
    if !access.isOnLoopback, access.publishToken == nil { throw .openToOthers(host: host) }
    isVerbose = arguments.has(.verboseServer)
  }

  private static func configuration(_ arguments: Arguments) throws(UsageError) -> EventServerConfiguration {
    var configuration = EventServerConfiguration()
    configuration.limits.connections = try arguments.integer(of: .maxConnections, in: 1...10_000_000)
    if arguments.has(.gzip) { configuration.compression = .gzip }
    let key = try arguments.value(of: .serverKey)
    if let chain = try arguments.value(of: .serverCertificate) {
      configuration.tls = EventServerTLS(chainFile: chain, privateKeyFile: key ?? chain)
    } else if key != nil {
      throw .missingArgument("--tls-cert, which --tls-key belongs to,")
    }
    let proxies = arguments.values(of: .trustedProxy)
    if !proxies.isEmpty {
      do throws(EventServerError) {
        configuration.trustedProxies = try TrustedProxies(proxies)
      } catch {
        throw .badValue(
          option: CommandOption.trustedProxy.word, proxies.joined(separator: ", "),
          expected: "an address in digits or a block of them, such as 10.0.0.0/8")
      }
    }
    return configuration
  }
}

extension HubTopics.Settings {
  fileprivate init(_ arguments: Arguments) throws(UsageError) {
    self.init()
    if let number = try arguments.integer(of: .history, in: 1...10_000_000) { history = number }
    if let number = try arguments.integer(of: .historyMegabytes, in: 1...1_000_000) { historyBytes = number << 20 }
    if let number = try arguments.integer(of: .maxTopics, in: 1...1_000_000) { most = number }
    guard let rule = try arguments.value(of: .lag) else { return }
    switch rule {
    case "end": lagRule = .endConnection
    case "skip": lagRule = .skipToOldest
    case "newest": lagRule = .newestOfEachKey
    default: throw .badValue(option: CommandOption.lag.word, rule, expected: "one of end, skip, newest")
    }
  }
}

extension HubAccess {
  fileprivate init(_ arguments: Arguments, environment: [String: String]) throws(UsageError) {
    self.init()
    publishToken = try Self.token(.publishToken, arguments, "SSE_PUBLISH_TOKEN", environment)
    subscribeToken = try Self.token(.subscribeToken, arguments, "SSE_SUBSCRIBE_TOKEN", environment)
    let origins = arguments.values(of: .cors)
    // Else any page could publish: any may put one of the origin "null" into a frame.
    if let open = origins.first(where: { $0 == "*" || $0 == "null" }), publishToken == nil {
      throw .missingArgument("--publish-token, which --cors '\(open)' needs,")
    }
    if origins.contains("*") {
      if let other = origins.first(where: { $0 != "*" }) { throw .conflict("--cors '*'", "--cors \(other)") }
      foreignPages = .any
      return
    }
    for origin in origins where !CORSPolicy.isOrigin(origin) {
      throw .badValue(
        option: CommandOption.cors.word, origin,
        expected: "an origin as browsers write it, such as https://app.example, in lower case and without a path")
    }
    foreignPages = .these(origins)
  }

  /// The option's value, else the environment's. An empty one would be shown by nobody.
  private static func token(
    _ option: CommandOption, _ arguments: Arguments, _ variable: String, _ environment: [String: String]
  ) throws(UsageError) -> String? {
    let given = try arguments.value(of: option)
    guard let token = given ?? environment[variable] else { return nil }
    // RFC 6750, 2.1: what can stand in the field, and in a URL.
    guard !token.isEmpty, token.utf8.allSatisfy({ 0x21..<0x7F ~= $0 }) else {
      throw .badValue(
        option: given == nil ? variable : option.word, "…",
        expected: "a token: printable characters of ASCII without blanks")
    }
    return token
  }
}
