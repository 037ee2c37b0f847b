#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A URL taken apart for a request: where to connect, and what goes into the request's line and `Host`.
struct RequestURL: Sendable, Hashable, CustomStringConvertible {
  /// Without the brackets of an IPv6 address.
  let host: String
  let port: Int
  /// `Host`: with brackets, and with the port where it is not the scheme's own (RFC 9110, 7.2).
  let hostField: String
  /// Path and query, percent-encoded (RFC 9112, 3.2.1).
  let target: String
  /// `Basic` credentials where the URL has some (RFC 7617).
  let authorization: String?

  private static let defaultPort = 80

  init(_ text: String) throws(EventClientError) {
    let shown = Self.withoutCredentials(text)
    guard let parts = URLComponents(string: text) else {
      throw .malformedURL(shown, reason: "it cannot be parsed")
    }
    guard let scheme = parts.scheme?.lowercased() else {
      throw .malformedURL(shown, reason: "it has no scheme; write http://host/path")
    }
    guard scheme == "http" else { throw .unsupportedScheme(scheme, url: shown) }
    guard let encodedHost = parts.encodedHost, !encodedHost.isEmpty else {
      throw .malformedURL(shown, reason: "it names no host; write http://host/path")
    }
    port = parts.port ?? Self.defaultPort
    guard (1...65_535).contains(port) else {
      throw .malformedURL(shown, reason: "port \(port) is not between 1 and 65535")
    }
    let isBracketed = encodedHost.hasPrefix("[") && encodedHost.hasSuffix("]")
    host = isBracketed ? String(encodedHost.dropFirst().dropLast()) : encodedHost
    hostField = port == Self.defaultPort ? encodedHost : "\(encodedHost):\(port)"
    let path = parts.percentEncodedPath
    target = (path.isEmpty ? "/" : path) + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
    // A URL whose user and password are empty has no credentials (URL Standard, 4.1).
    let credentials = "\(parts.user ?? ""):\(parts.password ?? "")"
    authorization = credentials == ":" ? nil : "Basic " + Data(credentials.utf8).base64EncodedString()
  }

  /// The URL for messages: without credentials and fragment.
  var description: String { "http://\(hostField)\(target)" }

  /// A text that may be no URL, as messages may show it: what stands before "@" in its authority is left out.
  static func withoutCredentials(_ text: String) -> String {
    guard let authorityStart = text.firstRange(of: "//")?.upperBound else { return text }
    let authority = text[authorityStart...].prefix { !"/?#".contains($0) }
    guard let mark = authority.lastIndex(of: "@") else { return text }
    return String(text[..<authorityStart] + text[text.index(after: mark)...])
  }
}
