/// A media type: "text/event-stream; charset=utf-8" (RFC 9110, 8.3.1).
package struct MediaType: Sendable, Hashable {
  /// Type and subtype in lower case.
  package var essence: String
  package var parameters: [String: String]

  /// Nil for what is no media type.
  package init?(_ text: Substring) {
    let parts = Token.split(text, at: UInt8(ascii: ";"))
    guard let first = parts.first else { return nil }
    let names = first.split(separator: "/", omittingEmptySubsequences: false)
    guard names.count == 2, names.allSatisfy({ Token.isValid($0) }) else { return nil }
    essence = first.lowercased()
    parameters = [:]
    for part in parts.dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1).map { Token.trimmed($0) }
      guard pair.count == 2 else { continue }
      parameters[pair[0].lowercased()] = Token.unquoted(pair[1])
    }
  }
}
