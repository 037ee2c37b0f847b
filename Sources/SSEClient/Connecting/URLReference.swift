/// A URL, or a reference relative to one, in its parts (RFC 3986, 4.1 and appendix B). Its fragment is left out: it is
/// never sent.
///
/// Read as browsers read `http` and `https` (URL Standard, 4.4): a backslash before the query is a slash, so that
/// `http://a\@b/` names the host that they would show.
struct URLReference: Sendable, Hashable {
  /// Lowercase.
  var scheme: String?
  /// What stands between `//` and the path: user, password, host, port.
  var authority: String?
  var path: String
  /// Without its `?`.
  var query: String?

  private static let slash = UInt8(ascii: "/")

  init(_ text: String) {
    // Bytes, not characters: a slash with a combining mark behind it is a slash.
    let beforeFragment = text.utf8.prefix { $0 != UInt8(ascii: "#") }
    let beforeQuery = beforeFragment.prefix { $0 != UInt8(ascii: "?") }
    let query = beforeFragment[beforeQuery.endIndex...]
    self.query = query.isEmpty ? nil : String(Substring(query.dropFirst()))
    var rest = beforeQuery.map { $0 == UInt8(ascii: "\\") ? Self.slash : $0 }[...]
    if let name = Self.scheme(of: rest) {
      scheme = String(decoding: name, as: UTF8.self).lowercased()
      rest = rest[(name.endIndex + 1)...]
    }
    if rest.starts(with: [Self.slash, Self.slash]) {
      let named = rest.dropFirst(2).prefix { $0 != Self.slash }
      authority = String(decoding: named, as: UTF8.self)
      rest = rest[named.endIndex...]
    }
    path = String(decoding: rest, as: UTF8.self)
  }

  /// ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) before a colon (RFC 3986, 3.1)
  private static func scheme(of text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    func isLetter(_ byte: UInt8) -> Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 }
    guard let colon = text.firstIndex(of: UInt8(ascii: ":")), let first = text.first, isLetter(first) else {
      return nil
    }
    let name = text[..<colon]
    return name.allSatisfy { isLetter($0) || "0123456789+-.".utf8.contains($0) } ? name : nil
  }

  /// What this means where the other URL stands (RFC 3986, 5.2.2), but for the dots in its path.
  func resolved(against base: URLReference) -> URLReference {
    if scheme != nil { return self }
    var target = self
    target.scheme = base.scheme
    if authority != nil { return target }
    target.authority = base.authority
    if path.isEmpty {
      target.path = base.path
      target.query = query ?? base.query
    } else if path.utf8.first != Self.slash {
      let folder = base.path.utf8.lastIndex(of: Self.slash).map { base.path[...$0] } ?? "/"
      target.path = folder + path
    }
    return target
  }

  /// The path without `.` and `..`, also where their dots are escaped (RFC 3986, 5.2.4; URL Standard, 4.4). It begins
  /// with a slash.
  var pathWithoutDots: String {
    let segments = path.utf8.split(separator: Self.slash, omittingEmptySubsequences: false).dropFirst()
    var kept: [Substring] = []
    for (index, segment) in zip(segments.indices, segments.map { Substring($0) }) {
      let plain = segment.lowercased().replacing("%2e", with: ".")
      guard plain == "." || plain == ".." else {
        kept.append(segment)
        continue
      }
      if plain == ".." { _ = kept.popLast() }
      // What a last one names is a folder.
      if index == segments.endIndex - 1 { kept.append("") }
    }
    return "/" + kept.joined(separator: "/")
  }
}
