/// The version that a message names. A higher minor version counts as 1.1 (RFC 9110, 2.5).
package enum HTTPVersion: Sendable, Hashable {
  // The digits need something between them.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case http1_0, http1_1

  /// HTTP-version = "HTTP/" DIGIT "." DIGIT (RFC 9112, 2.3).
  init(_ bytes: ArraySlice<UInt8>) throws(HTTP1Error) {
    guard bytes.starts(with: "HTTP/".utf8) else { throw .malformed("a first line without an HTTP version") }
    let number = Array(bytes.dropFirst(5))
    guard number.first == UInt8(ascii: "1") else {
      throw .unsupportedVersion(String(decoding: bytes.prefix(20), as: UTF8.self))
    }
    guard number.count == 3, number[1] == UInt8(ascii: "."),
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(number[2])
    else { throw .malformed("an HTTP version that is not two digits and a point") }
    self = number[2] == UInt8(ascii: "0") ? .http1_0 : .http1_1
  }

  package var text: String {
    switch self {
    case .http1_0: "HTTP/1.0"
    case .http1_1: "HTTP/1.1"
    }
  }
}

/// A request's line and header fields.
package struct RequestHead: Sendable, Hashable {
  package var method: HTTPMethod
  /// In origin form; "*" for `OPTIONS *`. An absolute form has been reduced to its path and query.
  package var target: String
  package var version: HTTPVersion
  package var headers: HeaderFields
  /// Whether the requester wants the connection kept (RFC 9112, 9.3).
  package var keepAlive: Bool
  /// Whether the requester waits for 100 before it sends the body.
  package var expectsContinue: Bool
  package var hasBody: Bool

  package init(
    method: HTTPMethod, target: String, version: HTTPVersion = .http1_1, headers: HeaderFields = [:],
    keepAlive: Bool = true, expectsContinue: Bool = false, hasBody: Bool = false
  ) {
    self.method = method
    self.target = target
    self.version = version
    self.headers = headers
    self.keepAlive = keepAlive
    self.expectsContinue = expectsContinue
    self.hasBody = hasBody
  }

  /// The target up to its query, still percent-encoded.
  package var path: String { String(target[..<(questionMark ?? target.endIndex)]) }

  /// What follows the first "?", still percent-encoded.
  package var query: String? { questionMark.map { String(target[target.utf8.index(after: $0)...]) } }

  /// By bytes: to Swift a question mark and an accent behind it are one character.
  private var questionMark: String.Index? { target.utf8.firstIndex(of: UInt8(ascii: "?")) }
}

package enum RequestPart: Sendable, Hashable {
  case head(RequestHead)
  case body([UInt8])
  case end
}

/// A response's status and header fields.
public struct ResponseHead: Sendable, Hashable {
  /// The status.
  public var status: HTTPStatus
  /// The header fields, in their order.
  public var headers: HeaderFields

  /// A head.
  public init(status: HTTPStatus, headers: HeaderFields) {
    self.status = status
    self.headers = headers
  }
}
