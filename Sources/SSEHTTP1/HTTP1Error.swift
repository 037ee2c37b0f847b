/// Why a message cannot be read or written.
package enum HTTP1Error: Error, Hashable, CustomStringConvertible {
  /// The message breaks a rule of RFC 9112; which, in words.
  case malformed(String)
  /// A limit, by its name in the public limits, and its value.
  case requestLineTooLong(limit: Int)
  case headTooLarge(limit: Int)
  case tooManyFields(limit: Int)
  case lineTooLong(limit: Int)
  case bodyTooLarge(limit: Int)
  /// A transfer coding other than chunked.
  case unknownTransferCoding(String)
  case unknownExpectation(String)
  case unsupportedVersion(String)
  /// CONNECT to a server that is no proxy.
  case connectRefused
  /// A field to be sent whose name is no token, or whose value holds CR, LF or NUL.
  case invalidField(name: String)
  /// A method or target to be sent that holds a space, a control character or nothing.
  case invalidRequestLine(String)

  /// What a server answers.
  package var status: HTTPStatus {
    switch self {
    case .malformed, .lineTooLong, .invalidField, .invalidRequestLine: .badRequest
    case .requestLineTooLong: .uriTooLong
    case .headTooLarge, .tooManyFields: .requestHeaderFieldsTooLarge
    case .bodyTooLarge: .contentTooLarge
    case .unknownTransferCoding: .notImplemented
    case .unknownExpectation: .expectationFailed
    case .unsupportedVersion: .httpVersionNotSupported
    case .connectRefused: .methodNotAllowed
    }
  }

  /// Whether a requester caused it, and not the server's own code.
  package var isRequestFault: Bool {
    switch self {
    case .invalidField, .invalidRequestLine: false
    default: true
    }
  }

  package var description: String {
    switch self {
    case .malformed(let what): "malformed HTTP/1.1 message: \(what)"
    case .requestLineTooLong(let limit): "the request line is longer than \(limit) bytes"
    case .headTooLarge(let limit): "the header section is larger than \(limit) bytes"
    case .tooManyFields(let limit): "there are more than \(limit) header fields"
    case .lineTooLong(let limit): "a line of the message is longer than \(limit) bytes"
    case .bodyTooLarge(let limit): "the body is larger than \(limit) bytes"
    case .unknownTransferCoding(let coding): "unknown transfer coding '\(coding)'; only chunked is understood"
    case .unknownExpectation(let value): "unknown expectation '\(value)'; only 100-continue is understood"
    case .unsupportedVersion(let version): "unsupported version '\(version)'; HTTP/1.1 and HTTP/1.0 are understood"
    case .connectRefused: "CONNECT is for proxies"
    case .invalidField(let name): "the header field '\(name)' is not a token, or its value holds CR, LF or NUL"
    case .invalidRequestLine(let text): "'\(text)' cannot stand in a request line"
    }
  }
}
