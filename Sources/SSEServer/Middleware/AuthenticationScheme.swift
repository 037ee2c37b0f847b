import SSEHTTP1

/// How a requester shows that it may ask (RFC 9110, 11). `router.require(.bearerToken("…"))` refuses all others with
/// 401 and a challenge that names the scheme.
public struct AuthenticationScheme: Sendable {
  /// Nil for a requester that may go on, else the refusal.
  private let refusal: @Sendable (Request) async throws -> Response?

  private init(_ refusal: @escaping @Sendable (Request) async throws -> Response?) { self.refusal = refusal }

  // MARK: - Bearer

  /// One of these tokens in `Authorization: Bearer …` (RFC 6750), each compared in constant time. An empty one is never
  /// given.
  ///
  /// - Parameter queryName: A parameter of the query that may hold the token instead (RFC 6750, 2.3): a browser's
  ///   `EventSource` cannot set header fields. A URL is written down in more places than a header field is, by proxies
  ///   and in histories; this server's logs have no query. Default nil: none.
  public static func bearerToken(_ tokens: String..., queryName: String? = nil) -> AuthenticationScheme {
    let secrets = tokens.map { Array($0.utf8) }
    return bearerToken(queryName: queryName) { token, _ in
      // All of them: which one it is shows in the time neither.
      secrets.map { ConstantTime.areEqual(token.utf8, $0) }.contains(true)
    }
  }

  /// A token that the closure finds valid; it may wait, for a database say. What it throws is the answer.
  public static func bearerToken(
    queryName: String? = nil, where isValid: @escaping @Sendable (_ token: String, Request) async throws -> Bool
  ) -> AuthenticationScheme {
    AuthenticationScheme { request in
      guard let token = request.bearerToken ?? queryName.flatMap(request.query), !token.isEmpty else {
        return challenge("Bearer")
      }
      return try await isValid(token, request) ? nil : challenge(#"Bearer error="invalid_token""#)
    }
  }

  // MARK: - Basic

  /// This name and password (RFC 7617), compared in constant time. A browser asks its user for them.
  public static func basic(user: String, password: String, realm: String = "events") -> AuthenticationScheme {
    let secret = Array("\(user):\(password)".utf8)
    return basic(realm: realm) { user, password, _ in ConstantTime.areEqual("\(user):\(password)".utf8, secret) }
  }

  /// A name and a password that the closure finds valid; it may wait. What it throws is the answer.
  ///
  /// - Parameter realm: What a browser shows its user; passwords are the same within a realm.
  public static func basic(
    realm: String = "events",
    where isValid: @escaping @Sendable (_ user: String, _ password: String, Request) async throws -> Bool
  ) -> AuthenticationScheme {
    let quoted = realm.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    let challenge = challenge("Basic realm=\"\(quoted)\", charset=\"UTF-8\"")
    return AuthenticationScheme { request in
      guard let (user, password) = request.basicCredentials else { return challenge }
      return try await isValid(user, password, request) ? nil : challenge
    }
  }

  // MARK: - Refusing

  /// Throws the refusal of a requester that may not ask.
  func check(_ request: Request) async throws {
    if let refusal = try await refusal(request) { throw refusal }
  }

  private static func challenge(_ challenge: String) -> Response {
    var response = Response.error(.unauthorized)
    response.headers["WWW-Authenticate"] = challenge
    return response
  }
}
