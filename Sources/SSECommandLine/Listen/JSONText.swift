/// Text that may be JSON (RFC 8259). Values are found in it and given as they were written: no number is rounded, no
/// order is changed.
struct JSONText {
  /// Deeper nesting is not followed.
  static let deepestNesting = 512

  private struct NotJSON: Error {}

  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Whether it is an object or an array.
  var isContainer: Bool {
    guard let range = value(at: JSONPath("")) else { return false }
    return bytes[range.lowerBound] == UInt8(ascii: "{") || bytes[range.lowerBound] == UInt8(ascii: "[")
  }

  /// What the tool prints for the value at a path: a string's text, else the JSON; nil where the text is not JSON, has
  /// no such value, or null.
  func text(at path: JSONPath) -> String? {
    guard let range = value(at: path) else { return nil }
    let value = bytes[range]
    if value.elementsEqual("null".utf8) { return nil }
    guard value.first == UInt8(ascii: "\"") else { return String(decoding: value, as: UTF8.self) }
    return Self.unescaped(value.dropFirst().dropLast())
  }

  private func value(at path: JSONPath) -> Range<Int>? {
    var scanner = self
    do {
      let found = try scanner.scanValue(path.steps[...])
      scanner.skipBlanks()
      return scanner.position == bytes.count ? found : nil
    } catch {
      return nil
    }
  }

  // MARK: - The grammar

  /// Reads one value; where in it the path leads. Of an object's equal names the last one counts.
  private mutating func scanValue(_ path: ArraySlice<String>?) throws(NotJSON) -> Range<Int>? {
    skipBlanks()
    let start = position
    guard let first = peek else { throw NotJSON() }
    var inner: Range<Int>?
    switch first {
    case UInt8(ascii: "{"): inner = try scanObject(path)
    case UInt8(ascii: "["): inner = try scanArray(path)
    case UInt8(ascii: "\""): _ = try scanString()
    case UInt8(ascii: "t"): try take("true")
    case UInt8(ascii: "f"): try take("false")
    case UInt8(ascii: "n"): try take("null")
    default: try scanNumber()
    }
    return path?.isEmpty == true ? start..<position : inner
  }

  private mutating func scanObject(_ path: ArraySlice<String>?) throws(NotJSON) -> Range<Int>? {
    var found: Range<Int>?
    try scanElements(end: UInt8(ascii: "}")) { scanner, _ throws(NotJSON) in
      let name = try scanner.scanString()
      scanner.skipBlanks()
      try scanner.take(":")
      let isNext = path?.first.map { Self.unescaped(scanner.bytes[name]) == $0 } ?? false
      let value = try scanner.scanValue(isNext ? path?.dropFirst() : nil)
      if isNext { found = value }
    }
    return found
  }

  private mutating func scanArray(_ path: ArraySlice<String>?) throws(NotJSON) -> Range<Int>? {
    var found: Range<Int>?
    try scanElements(end: UInt8(ascii: "]")) { scanner, index throws(NotJSON) in
      let isNext = path?.first == String(index)
      let value = try scanner.scanValue(isNext ? path?.dropFirst() : nil)
      if isNext { found = value }
    }
    return found
  }

  private mutating func scanElements(
    end: UInt8, _ element: (inout JSONText, Int) throws(NotJSON) -> Void
  ) throws(NotJSON) {
    depth += 1
    guard depth <= Self.deepestNesting else { throw NotJSON() }
    defer { depth -= 1 }
    position += 1
    skipBlanks()
    var index = 0
    if peek != end {
      while true {
        skipBlanks()
        try element(&self, index)
        skipBlanks()
        guard peek == UInt8(ascii: ",") else { break }
        position += 1
        index += 1
      }
    }
    guard peek == end else { throw NotJSON() }
    position += 1
  }

  /// What is between the quotes, as it is written.
  private mutating func scanString() throws(NotJSON) -> Range<Int> {
    guard peek == UInt8(ascii: "\"") else { throw NotJSON() }
    position += 1
    let start = position
    while let byte = peek, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw NotJSON() }
      position += 1
      guard byte == UInt8(ascii: "\\") else { continue }
      guard let escaped = peek, "\"\\/bfnrtu".utf8.contains(escaped) else { throw NotJSON() }
      position += 1
      guard escaped == UInt8(ascii: "u") else { continue }
      for _ in 0..<4 {
        guard let digit = peek, Self.hexadecimalValue(digit) != nil else { throw NotJSON() }
        position += 1
      }
    }
    guard peek != nil else { throw NotJSON() }
    position += 1
    return start..<(position - 1)
  }

  private mutating func scanNumber() throws(NotJSON) {
    if peek == UInt8(ascii: "-") { position += 1 }
    if peek == UInt8(ascii: "0") { position += 1 } else { try takeDigits() }
    if peek == UInt8(ascii: ".") {
      position += 1
      try takeDigits()
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      position += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
      try takeDigits()
    }
  }

  private mutating func takeDigits() throws(NotJSON) {
    let start = position
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    guard position > start else { throw NotJSON() }
  }

  private mutating func take(_ word: StaticString) throws(NotJSON) {
    let word = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    guard bytes[position...].starts(with: word) else { throw NotJSON() }
    position += word.count
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipBlanks() {
    while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
  }
}

extension JSONText {
  /// The text that a string stands for; half a surrogate pair reads as U+FFFD.
  private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
    guard bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
    var units: [UInt16] = []
    var plain: [UInt8] = []
    var rest = bytes
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() else {
        plain.append(byte)
        continue
      }
      units += String(decoding: plain, as: UTF8.self).utf16
      plain = []
      switch escaped {
      case UInt8(ascii: "b"): units.append(0x08)
      case UInt8(ascii: "f"): units.append(0x0C)
      case UInt8(ascii: "n"): units.append(0x0A)
      case UInt8(ascii: "r"): units.append(0x0D)
      case UInt8(ascii: "t"): units.append(0x09)
      case UInt8(ascii: "u"):
        units.append(rest.prefix(4).reduce(0) { $0 << 4 | UInt16(hexadecimalValue($1) ?? 0) })
        rest = rest.dropFirst(4)
      default: units.append(UInt16(escaped))
      }
    }
    units += String(decoding: plain, as: UTF8.self).utf16
    return String(decoding: units, as: UTF16.self)
  }

  private static func hexadecimalValue(_ digit: UInt8) -> UInt8? {
    Character(Unicode.Scalar(digit)).hexDigitValue.map { UInt8($0) }
  }
}

/// Where in JSON a value is: names of objects and indexes of arrays, "choices.0.delta.content". The empty path is the
/// whole.
struct JSONPath: Sendable, Equatable {
  let steps: [String]

  init(_ text: String) {
    steps = text.isEmpty ? [] : text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
  }
}
