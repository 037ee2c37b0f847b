/// method SP request-target SP HTTP-version (RFC 9112, 3).
struct RequestLine: Sendable, Hashable {
  /// No registered method is longer than a third of it.
  static let longestMethod = 64

  var method: HTTPMethod
  /// In origin form, or "*".
  var target: String
  /// The host and port of a target in absolute form; they stand for those of `Host` (RFC 9112, 3.2.2).
  var authority: String?
  var version: HTTPVersion

  init(_ line: ArraySlice<UInt8>) throws(HTTP1Error) {
    guard let first = line.firstIndex(of: 0x20), let last = line.lastIndex(of: 0x20), first < last else {
      throw .malformed("a request line without exactly two spaces")
    }
    let target = line[(first + 1)..<last]
    if target.contains(0x20) { throw .malformed("a request line without exactly two spaces") }
    guard let method = HTTPMethod(rawValue: String(decoding: line[..<first], as: UTF8.self)) else {
      throw .malformed("a method that is no token")
    }
    // HTTP/2's connection preface is no request in an unknown version (RFC 9113, 3.4).
    if method.rawValue == "PRI" { throw .malformed("HTTP/2 without TLS is not spoken here") }
    let version = line[(last + 1)...]
    if version.contains(0x0D) { throw .malformed("a bare CR in the request line") }
    self.version = try HTTPVersion(version)
    // All of it is ASCII from here on (RFC 3986, 2), so characters are bytes.
    guard !target.isEmpty, target.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else {
      throw .malformed("a request target that is empty, has a fragment, or is not percent-encoded")
    }
    self.method = method
    (self.target, authority) = try Self.originForm(String(decoding: target, as: UTF8.self), method)
  }

  /// The target as path and query, and the authority that the absolute form has.
  private static func originForm(
    _ target: String, _ method: HTTPMethod
  ) throws(HTTP1Error) -> (target: String, authority: String?) {
    if method == .connect { throw .connectRefused }
    if target.utf8.first == UInt8(ascii: "/") { return (target, nil) }
    if target == "*", method == .options { return (target, nil) }
    let scheme = target.prefix(8).lowercased()
    guard scheme.hasPrefix("http://") || scheme.hasPrefix("https://") else {
      throw .malformed("a request target that is no path and no http URL")
    }
    let rest = target.drop { $0 != ":" }.dropFirst(3)
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    guard !authority.isEmpty, isHost(authority) else { throw .malformed("a request target without a host") }
    let path = rest.dropFirst(authority.count)
    return (path.hasPrefix("/") ? String(path) : "/" + path, String(authority))
  }

  /// Whether it can be a host and a port: nothing in it belongs to another part of a URL, or is not ASCII.
  static func isHost(_ text: some StringProtocol) -> Bool {
    text.hasOnly { byte in
      switch byte {
      case UInt8(ascii: "/"), UInt8(ascii: "\\"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "@"),
        UInt8(ascii: ","):
        false
      default: byte > 0x20 && byte < 0x7F
      }
    }
  }

  /// Refuses what cannot become a request line before its end has come: other protocols are told at once.
  static func checkBeginning(_ bytes: ArraySlice<UInt8>) throws(HTTP1Error) {
    for byte in bytes.prefix(longestMethod + 1) {
      if byte == 0x20 || byte == 0x0D { return }
      if !Token.isTokenByte(byte) { throw .malformed("this is not HTTP/1.1") }
    }
    if bytes.count > longestMethod { throw .malformed("a method of over \(longestMethod) bytes") }
  }
}
