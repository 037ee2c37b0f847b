public import SSEHTTP1

/// Which pages of other origins may read a router's answers (Fetch Standard, 3.2): set `router.cors`.
///
///     router.cors = .origins("https://app.example", credentials: true)
///
/// Preflight requests are answered for every path, before middleware sees them. Every other request is answered as
/// without a policy; the fields on the answer, whatever its status, tell the browser whether the page may read it. A
/// policy protects readers, not the server: what a page may not read it can still ask for.
public struct CORSPolicy: Sendable {
  /// `*` exists without credentials only, as in the standard.
  private enum Origins: Sendable {
    case any
    case these(credentials: Bool, isAllowed: @Sendable (String, Request) -> Bool)
  }

  private let origins: Origins
  /// What a page may ask with, besides GET, HEAD and POST. Default nil: any method; the routes refuse what they do not
  /// have.
  public var methods: Set<HTTPMethod>?
  /// The header fields that a page may set. Default nil: those that it asks for.
  public var requestHeaders: [String]?
  /// The header fields of an answer that a page may read, besides `Cache-Control`, `Content-Type` and the like.
  /// Default: none.
  public var exposedHeaders: [String] = []
  /// How long a browser may keep the answer to a preflight request, in whole seconds. Default 10 min; nil leaves it to
  /// the browser (5 s); Chromium keeps none for more than 2 h.
  public var maxAge: Duration? = .seconds(600)

  private init(_ origins: Origins) { self.origins = origins }

  /// Every page, without cookies or other credentials: `Access-Control-Allow-Origin: *`.
  public static let anyOrigin = CORSPolicy(.any)

  /// The pages of these origins: scheme, host and, where it is not the scheme's own, port, such as
  /// "https://app.example" or "http://localhost:3000". A text that no origin is written as stops the program.
  ///
  /// - Parameter credentials: Whether browsers may send cookies (`withCredentials`) and give the answer to the page
  ///   then.
  public static func origins(_ origins: String..., credentials: Bool = false) -> CORSPolicy {
    self.origins(origins, credentials: credentials)
  }

  /// The same for a list.
  public static func origins(_ origins: [String], credentials: Bool = false) -> CORSPolicy {
    for origin in origins {
      precondition(
        isOrigin(origin),
        "\"\(origin)\" is no origin: write it as browsers do, \"https://app.example\", in lower case, without a path")
    }
    let allowed = Set(origins)
    return self.origins(credentials: credentials) { origin, _ in allowed.contains(origin) }
  }

  /// The pages of the origins that the closure allows; it is asked at each request that names one. "null" is the origin
  /// of sandboxed pages and files, of anyone's: with credentials do not allow it.
  public static func origins(
    credentials: Bool = false, where isAllowed: @escaping @Sendable (_ origin: String, Request) -> Bool
  ) -> CORSPolicy {
    CORSPolicy(.these(credentials: credentials, isAllowed: isAllowed))
  }

  /// Whether a browser could write an origin so (URL Standard, 4.5, and HTML Standard, 7.1.1): nothing behind the host
  /// and no port that goes without saying.
  package static func isOrigin(_ text: String) -> Bool {
    let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, text == text.lowercased() else {
      return text == "null"
    }
    let defaultPort = ["http": ":80", "https": ":443"][parts[0]]
    return !(defaultPort.map(parts[1].hasSuffix) ?? false)
      && parts[1].utf8.allSatisfy { 0x21..<0x7F ~= $0 && !"/?#@\\*,".utf8.contains($0) }
  }

  // MARK: - Answering

  /// The answer to a preflight request; nil for any other (Fetch Standard, 3.2.2: an `OPTIONS` with the method that is
  /// to follow).
  func preflightResponse(to request: Request) -> Response? {
    guard request.method == .options, request.headers.contains("Origin"),
      let asked = request.headers["Access-Control-Request-Method"]
    else { return nil }
    var response = Response(status: .noContent)
    switch origins {
    case .any: break
    case .these: response.headers["Vary"] = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    }
    guard allows(request) else { return response }
    let methods = methods.map { $0.map(\.rawValue).sorted() } ?? [asked].filter(Token.isValid)
    let headers = requestHeaders ?? request.headers.list("Access-Control-Request-Headers").map(String.init)
    response.set("Access-Control-Allow-Methods", methods)
    response.set("Access-Control-Allow-Headers", headers.filter(Token.isValid))
    if let maxAge { response.headers["Access-Control-Max-Age"] = "\(max(0, maxAge.components.seconds))" }
    return response
  }

  /// The fields of every answer, that to a preflight request included.
  func addFields(to response: inout Response, for request: Request) {
    switch origins {
    case .any: response.headers["Access-Control-Allow-Origin"] = "*"
    case .these(let credentials, _):
      // On every answer, since a cache would give one origin's answer to another's page (Fetch Standard, 3.2.5).
      if !response.headers.list("Vary").contains(where: { $0 == "*" || Token.areEqual($0, "Origin") }) {
        response.headers.append("Vary", "Origin")
      }
      guard allows(request) else { return }
      response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
      if credentials { response.headers["Access-Control-Allow-Credentials"] = "true" }
    }
    response.set("Access-Control-Expose-Headers", exposedHeaders)
  }

  /// Whether the request is an allowed origin's.
  private func allows(_ request: Request) -> Bool {
    guard case .these(_, let isAllowed) = origins else { return true }
    guard let origin = request.headers["Origin"] else { return false }
    return isAllowed(origin, request)
  }
}

extension Response {
  /// A list field; none where the list is empty.
  fileprivate mutating func set(_ name: String, _ elements: [String]) {
    if !elements.isEmpty { headers[name] = elements.joined(separator: ", ") }
  }
}
