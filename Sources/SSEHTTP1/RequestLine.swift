/// method SP request-target SP HTTP-version (RFC 9112, 3).
struct RequestLine: Sendable, Hashable {
  var method: HTTPMethod
  var target: String
  var version: HTTPVersion

  init(_ line: ArraySlice<UInt8>) throws(HTTP1Error) {
    let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw .malformed("a request line without exactly two spaces") }
    guard let method = HTTPMethod(rawValue: String(decoding: parts[0], as: UTF8.self)) else {
      throw .malformed("a method that is no token")
    }
    switch String(decoding: parts[2], as: UTF8.self) {
    case "HTTP/1.1": version = .http1_1
    case "HTTP/1.0": version = .http1_0
    case let other where Self.isVersion(parts[2]) && method.rawValue != "PRI": throw .unsupportedVersion(other)
    default: throw .malformed("a request line without a version")
    }
    guard !parts[1].isEmpty, parts[1].allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
      throw .malformed("a control character in the request target, or none")
    }
    self.method = method
    target = try Self.originForm(String(decoding: parts[1], as: UTF8.self), method)
  }

  /// HTTP-name "/" DIGIT "." DIGIT (RFC 9112, 2.3)
  private static func isVersion(_ bytes: ArraySlice<UInt8>) -> Bool {
    let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    let rest = Array(bytes.dropFirst(5))
    return bytes.starts(with: "HTTP/".utf8) && rest.count == 3 && isDigit(rest[0]) && rest[1] == UInt8(ascii: ".")
      && isDigit(rest[2])
  }

  /// The target as path and query: the absolute form loses its authority, the fragment has no place in it.
  private static func originForm(_ target: String, _ method: HTTPMethod) throws(HTTP1Error) -> String {
    if method == .connect { throw .connectRefused }
    if target.utf8.first == UInt8(ascii: "/") { return target }
    if target == "*", method == .options { return target }
    let lowercased = target.prefix(8).lowercased()
    guard lowercased.hasPrefix("http://") || lowercased.hasPrefix("https://") else {
      throw .malformed("a request target that is no path and no http URL")
    }
    // By bytes: to Swift a slash and an accent behind it are one character.
    let rest = target.utf8.drop { $0 != UInt8(ascii: ":") }.dropFirst(3)
    guard let end = rest.firstIndex(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }) else { return "/" }
    return rest[end] == UInt8(ascii: "?") ? "/" + target[end...] : String(target[end...])
  }

  /// Refuses what cannot become a request line before its end has come: other protocols are told at once.
  static func checkBeginning(_ bytes: ArraySlice<UInt8>) throws(HTTP1Error) {
    for byte in bytes {
      if byte == 0x20 || byte == 0x0D { return }
      if !Token.isTokenByte(byte) { throw .malformed("this is not HTTP/1.1") }
    }
    if bytes.count > 64 { throw .malformed("a method of over 64 bytes") }
  }
}

/// field-name ":" OWS field-value OWS (RFC 9112, 5).
enum FieldLine {
  static func parse(_ line: ArraySlice<UInt8>) throws(HTTP1Error) -> (name: String, value: String) {
    if let first = line.first, first == 0x20 || first == 0x09 { throw .malformed("a folded header field") }
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { throw .malformed("a header field without a colon") }
    let name = line[..<colon]
    guard !name.isEmpty, name.allSatisfy(Token.isTokenByte) else {
      throw .malformed("a header field's name that is no token")
    }
    let value = trimmed(line[(colon + 1)...])
    guard value.allSatisfy({ $0 != 0 && $0 != 0x0D && $0 != 0x0A }) else {
      throw .malformed("a bare CR or NUL in a header field")
    }
    return (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
  }

  static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var rest = bytes
    while let first = rest.first, first == 0x20 || first == 0x09 { rest = rest.dropFirst() }
    while let last = rest.last, last == 0x20 || last == 0x09 { rest = rest.dropLast() }
    return rest
  }
}
