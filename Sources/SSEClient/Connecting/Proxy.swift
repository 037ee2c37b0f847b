/// An HTTP proxy, from its URL.
struct Proxy: Sendable, Hashable, CustomStringConvertible {
  let host: String
  let port: Int
  /// `Proxy-Authorization` where its URL has credentials (RFC 9110, 11.7.2).
  let authorization: String?

  /// curl's, for a proxy whose port is not given.
  private static let defaultPort = 1_080

  /// Reads `http://user:password@host:port`; without a scheme it is an http proxy too. What follows has no meaning.
  ///
  /// - Throws: `.unusableProxy`, without the proxy's credentials.
  init(_ text: String, for url: RequestURL) throws(EventClientError) {
    // Before its host is looked at: "localhost:80" has no scheme.
    let hasScheme = text.utf8.firstRange(of: "://".utf8) != nil
    let absolute = hasScheme ? text : "http://\(text)"
    let shown = RequestURL.withoutCredentials(absolute)
    let reference = URLReference(absolute)
    guard reference.scheme == "http" else {
      let reason = "a proxy's scheme '\(reference.scheme ?? "")' is not supported; use an http proxy, http://host:port"
      throw .unusableProxy(shown, reason: reason, url: url.description)
    }
    guard let authority = URLAuthority(reference.authority ?? ""), !authority.host.isEmpty,
      case let port = authority.port ?? Self.defaultPort, 1...65_535 ~= port
    else {
      let reason = "it is no URL of a proxy; write http://host:port"
      throw .unusableProxy(shown, reason: reason, url: url.description)
    }
    host = authority.host
    self.port = port
    authorization = authority.basicCredentials
  }

  /// Its URL without credentials.
  var description: String { "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}
