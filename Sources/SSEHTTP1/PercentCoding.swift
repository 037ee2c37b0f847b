/// Percent-encoding (RFC 3986, 2.1).
package enum PercentCoding {
  /// The text with its escapes resolved; nil where an escape is broken or the result is not UTF-8.
  package static func decoded(_ text: Substring, plusIsSpace: Bool = false) -> String? {
    if text.hasOnly({ $0 != UInt8(ascii: "%") && !(plusIsSpace && $0 == UInt8(ascii: "+")) }) { return String(text) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%") {
        guard let high = rest.popFirst().flatMap(Hexadecimal.value),
          let low = rest.popFirst().flatMap(Hexadecimal.value)
        else { return nil }
        bytes.append(high << 4 | low)
      } else {
        bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  /// The names and values of a query in their order, `+` as a space (URL Standard, 5.1). A broken escape stays as it
  /// is.
  package static func queryItems(_ query: String) -> [(name: String, value: String)] {
    query.utf8.split(separator: UInt8(ascii: "&")).map { item in
      let parts = item.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        .map { Substring($0) }
      func decode(_ part: Substring) -> String { decoded(part, plusIsSpace: true) ?? String(part) }
      return (decode(parts[0]), parts.count > 1 ? decode(parts[1]) : "")
    }
  }

  /// A part of a URL.
  package enum Part: Sendable {
    case path
    case query
  }

  /// The text as it may stand in a request's target. What is escaped, by the URL Standard's sets of `http` URLs (1.3),
  /// are characters that the target cannot hold; a `%` stays, as the text may be encoded already.
  package static func encoded(_ text: some StringProtocol, for part: Part) -> String {
    let escaped = part == .path ? ##" "#<>?^`{}"## : ##" "#<>'"##
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if 0x20..<0x7F ~= byte, !escaped.utf8.contains(byte) {
        bytes.append(byte)
      } else {
        bytes.append(UInt8(ascii: "%"))
        bytes.append(Hexadecimal.uppercaseDigits[Int(byte >> 4)])
        bytes.append(Hexadecimal.uppercaseDigits[Int(byte & 0xF)])
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
