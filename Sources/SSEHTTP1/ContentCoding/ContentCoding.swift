/// A content coding that this package understands (RFC 9110, 8.4.1).
package enum ContentCoding: Sendable, Hashable {
  /// Members as in RFC 1952, one after another.
  case gzip
  /// The zlib format of RFC 1950 says the RFC; some servers send raw deflate data (RFC 1951). Browsers take both.
  case deflate

  /// What a request's `Accept-Encoding` says to be answered with one of these.
  package static let acceptEncoding = "gzip, deflate"

  /// A coding by its name in `Content-Encoding`, in any case; nil for another, `identity` too.
  package init?(_ name: Substring) {
    if Token.areEqual(name, "gzip") || Token.areEqual(name, "x-gzip") {
      self = .gzip
    } else if Token.areEqual(name, "deflate") {
      self = .deflate
    } else {
      return nil
    }
  }
}

extension ContentCoding: CustomStringConvertible {
  package var description: String {
    switch self {
    case .gzip: "gzip"
    case .deflate: "deflate"
    }
  }
}
