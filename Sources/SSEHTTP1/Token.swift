/// The small grammar that header fields share (RFC 9110, 5.6).
package enum Token {
  /// token = 1*tchar
  package static func isValid(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.hasOnly(isTokenByte)
  }

  @inline(__always)
  package static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
      UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
      true
    default: false
    }
  }

  /// A field value must not hold CR, LF or NUL (RFC 9110, 5.5).
  package static func isFieldValue(_ text: some StringProtocol) -> Bool {
    text.hasOnly { $0 != 0x0D && $0 != 0x0A && $0 != 0 }
  }

  /// Equal without regard to the case of ASCII letters.
  package static func areEqual(_ a: some StringProtocol, _ b: some StringProtocol) -> Bool {
    let first = a.utf8
    let second = b.utf8
    return first.count == second.count && zip(first, second).allSatisfy { lowercased($0) == lowercased($1) }
  }

  @inline(__always)
  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }

  /// Without spaces and tabs at both ends.
  package static func trimmed(_ text: some StringProtocol) -> Substring {
    // Bytes, not characters: a space with a combining mark behind it is a space.
    var rest = Substring(text).utf8
    while let first = rest.first, first == 0x20 || first == 0x09 { rest.removeFirst() }
    while let last = rest.last, last == 0x20 || last == 0x09 { rest.removeLast() }
    return Substring(rest)
  }

  /// A token as it is, a quoted string without its quotes and backslashes (RFC 9110, 5.6.4).
  package static func unquoted(_ text: Substring) -> String {
    guard text.utf8.count >= 2, text.utf8.first == UInt8(ascii: "\""), text.utf8.last == UInt8(ascii: "\"") else {
      return String(text)
    }
    var bytes: [UInt8] = []
    var isEscaped = false
    for byte in text.utf8.dropFirst().dropLast() {
      isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
      if !isEscaped { bytes.append(byte) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The elements of a comma-separated list, quoted strings respected, empty elements left out.
  package static func elements(of value: String) -> [Substring] {
    split(Substring(value), at: UInt8(ascii: ","))
  }

  /// The parts between the separators that stand in no quoted string; empty ones are left out.
  package static func split(_ value: Substring, at separator: UInt8) -> [Substring] {
    // One part, as nearly always.
    if value.hasOnly({ $0 != separator }) { return [trimmed(value)].filter { !$0.isEmpty } }
    var found: [Substring] = []
    var start = value.startIndex
    var isQuoted = false
    var isEscaped = false
    func add(_ end: String.Index) {
      let element = trimmed(value[start..<end])
      if !element.isEmpty { found.append(element) }
    }
    for index in value.utf8.indices {
      let byte = value.utf8[index]
      if isEscaped {
        isEscaped = false
      } else if isQuoted, byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isQuoted.toggle()
      } else if byte == separator, !isQuoted {
        add(index)
        start = value.utf8.index(after: index)
      }
    }
    add(value.endIndex)
    return found
  }
}

extension StringProtocol {
  /// Whether all bytes of its UTF-8 are such ones. They lie side by side in nearly every string, and are then looked at
  /// several times as fast as through the view.
  @inline(__always)
  func hasOnly(_ isAllowed: (UInt8) -> Bool) -> Bool {
    utf8.withContiguousStorageIfAvailable { $0.allSatisfy(isAllowed) } ?? utf8.allSatisfy(isAllowed)
  }
}
