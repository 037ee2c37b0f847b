import SSEHTTP1

/// What shows a hub that one may publish: `--token`, or `SSE_PUBLISH_TOKEN`.
struct PublishToken: Sendable {
  /// The value of `Authorization` (RFC 6750, 2.1).
  let authorization: String

  /// Nil where there is none.
  init?(_ arguments: Arguments, _ environment: [String: String]) throws(UsageError) {
    let given = try arguments.value(of: .token)
    guard let token = given ?? environment["SSE_PUBLISH_TOKEN"] else { return nil }
    guard !token.isEmpty, Token.isFieldValue(token) else {
      let source = given == nil ? "SSE_PUBLISH_TOKEN" : CommandOption.token.word
      throw .badValue(option: source, "…", expected: "a token that can be sent")
    }
    authorization = "Bearer \(token)"
  }
}
