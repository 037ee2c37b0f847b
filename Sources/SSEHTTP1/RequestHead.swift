/// A request's line and header fields.
package struct RequestHead: Sendable, Hashable {
  package var method: HTTPMethod
  /// In origin form; "*" for `OPTIONS *`. An absolute form has been reduced to its path and query.
  package var target: String
  package var headers: HeaderFields
  /// Here, beside others of one byte: a server holds a head for each handler that runs.
  package var version: HTTPVersion
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
