public import SSEHTTP1

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a request says, as values of Swift's types.
extension Request {
  // MARK: - Path and query

  /// The value of the route's `:name` or `*name` segment, as the type that is wanted: `try request.parameter("id",
  /// as: Int.self)`.
  ///
  /// - Throws: 404 where it is not one: there is nothing at such a path.
  public func parameter<Value: LosslessStringConvertible>(
    _ name: String, as type: Value.Type = Value.self
  ) throws(HTTPStatus) -> Value {
    guard let value = parameters[name].flatMap(Value.init) else { throw .notFound }
    return value
  }

  /// The first value of that name in the query, as the type that is wanted; nil where the query does not have it.
  ///
  /// - Throws: 400 with a message that names the parameter, where it is not one.
  public func query<Value: LosslessStringConvertible>(
    _ name: String, as type: Value.Type
  ) throws(Response) -> Value? {
    guard let text = query(name) else { return nil }
    guard let value = Value(text) else { throw .error(.badRequest, "the query's \(name) is not of type \(type)") }
    return value
  }

  // MARK: - Cookies

  /// The cookies' names and values in their order, as they were sent (RFC 6265, 4.2): nothing is decoded, and quotes
  /// belong to the value.
  public var cookies: [(name: String, value: String)] {
    headers.values(of: "Cookie").flatMap { line in
      line.utf8.split(separator: UInt8(ascii: ";")).compactMap { pair -> (name: String, value: String)? in
        let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
          .map { String(Token.trimmed(Substring($0))) }
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        return (parts[0], parts[1])
      }
    }
  }

  /// The value of the first cookie of that name, whose path is the most specific one (RFC 6265, 5.4); names are
  /// case-sensitive.
  public func cookie(_ name: String) -> String? { cookies.first { $0.name == name }?.value }

  // MARK: - Credentials

  /// The token of `Authorization: Bearer …` (RFC 6750, 2.1). Compare it by `router.require(.bearerToken(…))`, which
  /// does so in constant time.
  public var bearerToken: String? { credentials(of: "Bearer") }

  /// Name and password of `Authorization: Basic …` (RFC 7617).
  public var basicCredentials: (user: String, password: String)? {
    guard let encoded = credentials(of: "Basic"), let data = Data(base64Encoded: encoded),
      let text = String(validating: data, as: UTF8.self)
    else { return nil }
    // The password may have colons, the name has none.
    let parts = text.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
    return parts.count == 2 ? (String(Substring(parts[0])), String(Substring(parts[1]))) : nil
  }

  /// What follows the scheme's name, which is not case-sensitive (RFC 9110, 11.4). Two such fields are none.
  private func credentials(of scheme: String) -> String? {
    let values = headers.values(of: "Authorization")
    guard values.count == 1, let space = values[0].utf8.firstIndex(of: 0x20) else { return nil }
    let credentials = Token.trimmed(values[0][space...])
    return Token.areEqual(values[0][..<space], scheme) && !credentials.isEmpty ? String(credentials) : nil
  }
}
