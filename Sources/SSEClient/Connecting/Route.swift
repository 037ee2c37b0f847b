import SSEHTTP1

/// How a URL is reached, and what that means for the request (RFC 9112, 3.2).
enum Route: Sendable, Hashable {
  case direct
  case unixSocket(path: String)
  /// The proxy is asked itself.
  case forwarded(by: Proxy)
  /// Through a connection that the proxy makes.
  case tunnelled(through: Proxy)

  /// The way that the settings choose.
  ///
  /// - Throws: `.unusableProxy` where the proxy that they name cannot be used.
  init(to url: RequestURL, _ configuration: EventClientConfiguration) throws(EventClientError) {
    if let path = configuration.unixSocketPath {
      self = .unixSocket(path: path)
      return
    }
    let proxyURL: String? =
      switch configuration.proxy.choice {
      case .none: nil
      case .url(let proxyURL): proxyURL
      case .environment: ProxyEnvironment(configuration.environment()).proxyURL(for: url)
      }
    guard let proxyURL else {
      self = .direct
      return
    }
    let proxy = try Proxy(proxyURL, for: url)
    switch url.scheme {
    case .http: self = .forwarded(by: proxy)
    case .https: self = .tunnelled(through: proxy)
    }
  }

  /// The target of the request's line: for a proxy the whole URL, else its path and query (RFC 9112, 3.2.1 and 3.2.2).
  func requestTarget(for url: RequestURL) -> String {
    switch self {
    case .direct, .unixSocket, .tunnelled: url.target
    case .forwarded: url.description
    }
  }

  /// Whether a proxy reads the request.
  var isForwarded: Bool {
    if case .forwarded = self { true } else { false }
  }

  var proxy: Proxy? {
    switch self {
    case .direct, .unixSocket: nil
    case .forwarded(let proxy), .tunnelled(let proxy): proxy
    }
  }
}
