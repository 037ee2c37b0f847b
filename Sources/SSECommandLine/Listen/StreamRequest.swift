import SSEClient
import SSEHTTP1

/// The request for a stream, as the command line says it.
struct StreamRequest: Sendable {
  enum Body: Sendable, Equatable {
    case text(String)
    case file(String)
    case standardInput
  }

  /// A larger body is refused.
  static let largestBody = 67_108_864

  var url: String
  var method: HTTPMethod?
  var headers: HeaderFields = [:]
  var body: Body?
  var lastEventID = ""
  var reconnect = ReconnectPolicy.standard
  /// How to connect.
  var configuration = EventClientConfiguration()

  init(_ arguments: Arguments) throws(UsageError) {
    guard let url = arguments.words.first else { throw .missingArgument("the URL") }
    if let second = arguments.words.dropFirst().first { throw .unexpectedArgument(second) }
    self.url = url
    headers = try HeaderFields(arguments)
    if headers.contains("Last-Event-ID") {
      throw .badValue(option: CommandOption.header.word, "Last-Event-ID", expected: "for this; use --last-event-id")
    }
    if let text = try arguments.value(of: .method) {
      guard let method = HTTPMethod(rawValue: text) else {
        throw .badValue(option: CommandOption.method.word, text, expected: "a method, such as POST")
      }
      self.method = method
    }
    body = try arguments.value(of: .data).map { Body($0) }
    if let id = try arguments.value(of: .lastEventID) {
      guard Token.isFieldValue(id) else {
        throw .badValue(option: CommandOption.lastEventID.word, id, expected: "an ID that can be sent")
      }
      lastEventID = id
    }
    reconnect = try Self.reconnect(arguments)
    configuration = try EventClientConfiguration(arguments)
  }

  private static func reconnect(_ arguments: Arguments) throws(UsageError) -> ReconnectPolicy {
    if arguments.has(.noReconnect) {
      try arguments.refuse(.retryConnect, with: .noReconnect)
      return .never
    }
    var policy = ReconnectPolicy.standard
    policy.retriesFirstConnection = arguments.has(.retryConnect)
    return policy
  }

  /// The request, its body read.
  func eventRequest() throws -> EventRequest {
    let body = try body?.requestBody()
    return EventRequest(
      url, method: method ?? (body == nil ? .get : .post), headers: headers, body: body, lastEventID: lastEventID,
      reconnect: reconnect)
  }
}

/// A body of the command line that cannot be sent.
enum RequestBodyError: Error, CustomStringConvertible {
  case tooLarge(String, limit: Int)

  var description: String {
    switch self {
    case .tooLarge(let name, let limit): "\(name) is larger than \(limit) bytes, the most that is sent"
    }
  }
}

extension StreamRequest.Body {
  init(_ text: String) {
    if text == "@-" {
      self = .standardInput
    } else if text.hasPrefix("@") {
      self = .file(String(text.dropFirst()))
    } else {
      self = .text(text)
    }
  }

  func requestBody() throws -> EventRequest.Body {
    let bytes =
      switch self {
      case .text(let text): Array(text.utf8)
      case .file(let path): try Self.bytes(of: Input(path: path), name: path)
      case .standardInput: try Self.bytes(of: .standard, name: "standard input")
      }
    let isJSON = JSONText(bytes).isContainer
    return .bytes(bytes, contentType: isJSON ? "application/json" : "text/plain; charset=utf-8")
  }

  private static func bytes(of input: Input, name: String) throws -> [UInt8] {
    let limit = StreamRequest.largestBody
    var bytes: [UInt8] = []
    while true {
      let more = try input.read(atMost: 65_536)
      if more.isEmpty { return bytes }
      bytes += more
      if bytes.count > limit { throw RequestBodyError.tooLarge(name, limit: limit) }
    }
  }
}
