import Foundation
import SSEClient
import SSEHTTP1

/// What is wrong with a request's JSON, for the harness.
struct InvalidParameter: Error, Equatable, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// The parameters of `POST /`, under their names in JSON; null is as good as missing.
struct ClientParameters: Decodable, Sendable {
  var streamUrl: String
  var callbackUrl: String
  /// For the log.
  var tag: String?
  /// The first reconnection time.
  var initialDelayMs: Int?
  var readTimeoutMs: Int?
  var lastEventId: String?
  var headers: [String: String]?
  var method: String?
  var body: String?

  /// - Throws: `InvalidParameter`.
  init(json bytes: [UInt8]) throws { self = try decode(Self.self, from: bytes) }

  private static let longest = 86_400_000

  var configuration: EventClientConfiguration {
    var configuration = EventClientConfiguration()
    configuration.timeouts.read = readTimeoutMs.map { .milliseconds($0) }
    return configuration
  }

  /// What the client asks for.
  ///
  /// - Throws: `InvalidParameter` for what could not be sent.
  func request() throws -> EventRequest {
    try checkURL(streamUrl, "streamUrl")
    if let readTimeoutMs, !(1...Self.longest).contains(readTimeoutMs) {
      throw InvalidParameter("readTimeoutMs is to be from 1 to \(Self.longest), not \(readTimeoutMs)")
    }
    guard let method = HTTPMethod(rawValue: method ?? "GET") else {
      throw InvalidParameter("method is to be a token, not \"\(method ?? "")\"")
    }
    var request = EventRequest(streamUrl, method: method, lastEventID: lastEventId ?? "", reconnect: try policy())
    request.body = body.map { .text($0) }
    for (name, value) in (headers ?? [:]).sorted(by: { $0.key < $1.key }) { request.headers.append(name, value) }
    var sent = request.headers
    sent.append("Last-Event-ID", request.lastEventID)
    do throws(HTTP1Error) { try sent.validate() } catch { throw InvalidParameter("headers, lastEventId: \(error)") }
    return request
  }

  /// Each stream is opened again, whatever the method, and within a second of the delay, also after failures.
  private func policy() throws -> ReconnectPolicy {
    var policy = ReconnectPolicy.always
    policy.longestBackoff = .milliseconds(500)
    if let initialDelayMs {
      guard (0...Self.longest).contains(initialDelayMs) else {
        throw InvalidParameter("initialDelayMs is to be from 0 to \(Self.longest), not \(initialDelayMs)")
      }
      policy.reconnectionTime = .milliseconds(initialDelayMs)
    }
    return policy
  }

  /// The callback URL, to which "/1", "/2", … are added.
  ///
  /// - Throws: `InvalidParameter`.
  func callbackBase() throws -> String {
    try checkURL(callbackUrl, "callbackUrl")
    return callbackUrl.hasSuffix("/") ? String(callbackUrl.dropLast()) : callbackUrl
  }

  private func checkURL(_ text: String, _ name: String) throws {
    guard let url = URL(string: text), ["http", "https"].contains(url.scheme?.lowercased()),
      url.host()?.isEmpty == false
    else { throw InvalidParameter("\(name) is to be an http or https URL, not \"\(text)\"") }
  }
}

/// A command to a client.
enum ClientCommand: Equatable {
  /// Be ready for events of this type.
  case listen(type: String)
  case restart

  private struct JSON: Decodable {
    struct Listen: Decodable {
      var type: String
    }
    var command: String
    var listen: Listen?
  }

  /// - Throws: `InvalidParameter`.
  init(json bytes: [UInt8]) throws {
    let json = try decode(JSON.self, from: bytes)
    switch (json.command, json.listen) {
    case ("restart", _): self = .restart
    case ("listen", let listen?): self = .listen(type: listen.type)
    case ("listen", nil): throw InvalidParameter("the command \"listen\" needs {\"listen\": {\"type\": …}}")
    default: throw InvalidParameter("unknown command \"\(json.command)\"; there are \"listen\" and \"restart\"")
    }
  }
}

private func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
  do throws {
    return try JSONDecoder().decode(type, from: Data(bytes))
  } catch let error as DecodingError {
    throw InvalidParameter(reason(error))
  }
}

private func reason(_ error: DecodingError) -> String {
  switch error {
  case .keyNotFound(let key, _): "\(key.stringValue) is missing"
  case .typeMismatch(_, let context), .valueNotFound(_, let context):
    "\(context.codingPath.map(\.stringValue).joined(separator: ".")): \(context.debugDescription)"
  case .dataCorrupted: "the body is no JSON"
  @unknown default: "\(error)"
  }
}
