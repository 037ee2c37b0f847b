import SSEHTTP1

/// A URL taken apart for a request: where to connect, and what goes into the request's line and `Host`.
struct RequestURL: Sendable, Hashable, CustomStringConvertible {
  enum Scheme: String, Sendable {
    case http
    case https

    var defaultPort: Int {
      switch self {
      case .http: 80
      case .https: 443
      }
    }
  }

  let scheme: Scheme
  /// Lowercase, ASCII, without the brackets of an IPv6 address.
  let host: String
  let port: Int
  /// Path and query, percent-encoded (RFC 9112, 3.2.1).
  let target: String
  /// `Basic` credentials where the URL has some (RFC 7617).
  let authorization: String?
  /// What it was made from, with credentials: relative references keep them.
  private let reference: URLReference

  init(_ text: String) throws(EventClientError) {
    try self.init(URLReference(text), shown: Self.withoutCredentials(text))
  }

  private init(_ reference: URLReference, shown: String) throws(EventClientError) {
    guard let name = reference.scheme else {
      throw .malformedURL(shown, reason: "it has no scheme; write http://host/path")
    }
    guard let scheme = Scheme(rawValue: name) else { throw .unsupportedScheme(name, url: shown) }
    guard let authority = URLAuthority(reference.authority ?? "") else {
      throw .malformedURL(shown, reason: "its host or port cannot be parsed")
    }
    guard !authority.host.isEmpty else {
      throw .malformedURL(shown, reason: "it names no host; write \(name)://host/path")
    }
    let port = authority.port ?? scheme.defaultPort
    guard (1...65_535).contains(port) else {
      throw .malformedURL(shown, reason: "port \(port) is not between 1 and 65535")
    }
    self.reference = reference
    self.scheme = scheme
    self.port = port
    host = authority.host
    authorization = authority.basicCredentials
    let query = reference.query.map { "?" + PercentCoding.encoded($0, for: .query) }
    target = PercentCoding.encoded(reference.pathWithoutDots, for: .path) + (query ?? "")
  }

  /// `Host`: with brackets, and with the port where it is not the scheme's own (RFC 9110, 7.2).
  var hostField: String { port == scheme.defaultPort ? bracketedHost : authority }

  /// Host and port, as a CONNECT request names them (RFC 9110, 9.3.6).
  var authority: String { "\(bracketedHost):\(port)" }

  private var bracketedHost: String { host.contains(":") ? "[\(host)]" : host }

  /// The URL without credentials and fragment: for messages, and as the target of a request to a proxy (RFC 9112,
  /// 3.2.2).
  var description: String { "\(scheme.rawValue)://\(hostField)\(target)" }

  /// A text that may be no URL, as messages may show it: what stands before "@" in its authority is left out.
  static func withoutCredentials(_ text: String) -> String {
    // Bytes, not characters, and either slash begins the authority, as in `URLReference`. But only a forward one ends
    // it: one that stands in a password by mistake is left out with it.
    let bytes = Array(text.utf8)
    let slashes = bytes.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }.firstRange(of: "//".utf8)
    guard let start = slashes?.upperBound else { return text }
    let authority = bytes[start...].prefix { !"/?#".utf8.contains($0) }
    guard let mark = authority.lastIndex(of: UInt8(ascii: "@")) else { return text }
    return String(decoding: bytes[..<start] + bytes[(mark + 1)...], as: UTF8.self)
  }
}

// MARK: - Redirects

extension RequestURL {
  /// Whom credentials are meant for (RFC 6454, 4).
  struct Origin: Sendable, Hashable, CustomStringConvertible {
    let scheme: Scheme
    let host: String
    let port: Int

    /// As its serialisation (RFC 6454, 6.2), but always with the port.
    var description: String { "\(scheme.rawValue)://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
  }

  /// Equal for two URLs of the same scheme, host and port.
  var origin: Origin { Origin(scheme: scheme, host: host, port: port) }

  /// The URL that a `Location` field names in an answer from this one: absolute, or relative to it (RFC 9110, 10.2.2).
  /// What cannot stand in a request is percent-encoded, as browsers do. A reference without a host keeps this URL's
  /// credentials; one with a host has its own, or none.
  ///
  /// - Throws: `.malformedURL` or `.unsupportedScheme`, with the location.
  func resolving(_ location: String) throws(EventClientError) -> RequestURL {
    // Blanks around it are dropped, tabs and line ends anywhere (URL Standard, 4.4).
    let scalars = location.unicodeScalars.filter { !"\t\r\n".unicodeScalars.contains($0) }
    let text = String(String.UnicodeScalarView(scalars)).trimming { $0.value <= 0x20 }
    return try RequestURL(URLReference(text).resolved(against: reference), shown: Self.withoutCredentials(text))
  }
}

extension String {
  fileprivate func trimming(_ isBlank: (Unicode.Scalar) -> Bool) -> String {
    var rest = Substring(self).unicodeScalars
    while let first = rest.first, isBlank(first) { rest.removeFirst() }
    while let last = rest.last, isBlank(last) { rest.removeLast() }
    return String(rest)
  }
}
