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
