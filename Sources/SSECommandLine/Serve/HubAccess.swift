import SSEHTTP1
import SSEServer

/// Who may ask a hub for what.
///
/// A token is asked for where one is set: the publish token for publishing and for the page's controls, either of the
/// two for reading. Whatever the tokens, web pages of other origins are refused unless they were named: a page may send
/// requests to any address that its visitor's machine reaches, loopback included.
struct HubAccess: Sendable {
  /// Which pages of other origins may use the hub.
  enum ForeignPages: Sendable, Equatable {
    case these([String])
    case any
  }

  /// The parameter of the query that may hold a token (RFC 6750, 2.3): a browser's `EventSource` sets no header fields.
  static let tokenParameter = "access_token"

  var publishToken: String?
  var subscribeToken: String?
  var foreignPages = ForeignPages.these([])
  /// The hub listens where only its own machine reaches it.
  var isOnLoopback = true
  var isSecure = false

  // MARK: - Tokens

  /// What readers show. Nil: anyone may read.
  var reading: AuthenticationScheme? {
    guard let subscribeToken else { return nil }
    return .bearerToken(subscribeToken, publishToken ?? subscribeToken, queryName: Self.tokenParameter)
  }

  /// What publishers show. Nil: anyone may publish.
  var publishing: AuthenticationScheme? {
    publishToken.map { .bearerToken($0, queryName: Self.tokenParameter) }
  }

  /// What the page's controls show, which tell of connections and end them. Nil: anyone may use them.
  var operating: AuthenticationScheme? { publishing ?? reading }

  // MARK: - Pages

  /// What browsers are told of pages of other origins.
  var cors: CORSPolicy? {
    switch foreignPages {
    case .these([]): nil
    case .these(let origins): .origins(origins)
    case .any: .anyOrigin
    }
  }

  /// Refuses what pages of other origins ask for.
  func check(_ request: Request) throws(HubError) {
    let host = request.headers["Host"]
    // A page whose name was made to lead to this machine (DNS rebinding) is of the hub's own origin, to its browser.
    if isOnLoopback, let host, !LoopbackHost.isHost(host), !isNamed(host: host) { throw .foreignHost(host) }
    guard let origin = request.headers["Origin"] else {
      // Browsers leave it out where a page asks for what it cannot read, an image say (Fetch Standard, 3.2).
      let site = request.headers["Sec-Fetch-Site"]
      if site == "cross-site" || site == "same-site", request.headers["Sec-Fetch-Mode"] != "navigate" {
        throw .foreignOrigin(nil)
      }
      return
    }
    if !isOwn(origin, host: host), !isNamed(origin: origin) { throw .foreignOrigin(origin) }
  }

  /// Whether it is the hub's page that asks. A proxy in front may speak https where the hub does not.
  func isOwn(_ origin: String, host: String?) -> Bool {
    guard let host else { return false }
    let schemes = isSecure ? ["https"] : ["http", "https"]
    return schemes.contains { Token.areEqual("\($0)://\(host)", origin) }
  }

  private func isNamed(origin: String) -> Bool {
    switch foreignPages {
    case .these(let origins): origins.contains(origin)
    case .any: true
    }
  }

  /// Whether it is the host of an origin that was named: a proxy on this machine may pass it on.
  private func isNamed(host: String) -> Bool {
    guard case .these(let origins) = foreignPages else { return true }
    return origins.contains { $0 == "https://\(host.lowercased())" || $0 == "http://\(host.lowercased())" }
  }
}
