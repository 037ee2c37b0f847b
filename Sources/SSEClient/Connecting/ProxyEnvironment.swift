import SSESockets

/// What the environment's variables say about proxies, read as curl reads them; see `ProxySetting.environment`.
struct ProxyEnvironment: Sendable {
  private let variables: [String: String]

  init(_ variables: [String: String]) { self.variables = variables }

  /// The proxy's URL for requests to this one; nil for none.
  func proxyURL(for url: RequestURL) -> String? {
    if Self.isLoopback(url.host) { return nil }
    let proxy =
      switch url.scheme {
      case .http: first("http_proxy", "all_proxy", "ALL_PROXY")
      case .https: first("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
      }
    guard let proxy, !ProxyExceptions(first("no_proxy", "NO_PROXY") ?? "").contain(url.host) else { return nil }
    return proxy
  }

  /// Of the first variable that is set, and not to nothing.
  private func first(_ names: String...) -> String? {
    names.lazy.compactMap { variables[$0] }.first { !$0.isEmpty }
  }

  /// The machine itself (RFC 6761, 6.3; RFC 1122, 3.2.1.3; RFC 4291, 2.5.3): a proxy would reach its own.
  private static func isLoopback(_ host: String) -> Bool {
    let name = host.utf8.last == UInt8(ascii: ".") ? String(host.dropLast()) : host
    if name == "localhost" || name.hasSuffix(".localhost") { return true }
    return NetworkBlock("127.0.0.0/8")?.contains(host) == true || NetworkBlock("::1")?.contains(host) == true
      || NetworkBlock("::ffff:127.0.0.0/104")?.contains(host) == true
  }
}
