import SSEHTTP1

/// A route's path: literal segments, `:name` for one segment, `*name` for the rest.
struct PathPattern: Sendable, Comparable {
  enum Segment: Sendable, Hashable {
    case literal(String)
    case parameter(String)
    case rest(String)

    /// Literal segments are more specific than parameters, those than a rest.
    var rank: Int {
      switch self {
      case .literal: 2
      case .parameter: 1
      case .rest: 0
      }
    }
  }

  let text: String
  let segments: [Segment]

  /// A pattern of a program's own: one that could not be matched is a mistake in it, and stops it.
  init(_ text: String) {
    self.text = text
    let segments: [Segment] = text.pathSegments.dropFirst(text.hasPrefix("/") ? 1 : 0)
      .map { segment in
        if segment.hasPrefix(":") { return .parameter(String(segment.dropFirst())) }
        if segment.hasPrefix("*") { return .rest(String(segment.dropFirst())) }
        return .literal(String(segment))
      }
    precondition(
      !segments.dropLast().contains { $0.rank == 0 },
      "the route \"\(text)\" goes on after a segment that begins with *: it stands for all the rest, so it must be last"
    )
    self.segments = segments
  }

  /// A request path's segments, decoded; nil where an escape is broken or a segment holds NUL.
  static func segments(ofRequest path: String) -> [String]? {
    var decoded: [String] = []
    // From slash to slash, the first included.
    var rest = path.utf8.drop { $0 != UInt8(ascii: "/") }
    while !rest.isEmpty {
      let segment = rest.dropFirst().prefix { $0 != UInt8(ascii: "/") }
      guard let text = PercentCoding.decoded(Substring(segment)), !text.utf8.contains(0) else { return nil }
      decoded.append(text)
      rest = rest[segment.endIndex...]
    }
    return decoded
  }

  /// The parameters' values, or nil where the path does not match.
  func match(_ path: [String]) -> [String: String]? {
    var parameters: [String: String] = [:]
    var rest = path[...]
    for segment in segments {
      if case .rest(let name) = segment {
        parameters[name] = rest.joined(separator: "/")
        // An encoded slash must not become a separator.
        return rest.contains { $0.utf8.contains(UInt8(ascii: "/")) } ? nil : parameters
      }
      guard let next = rest.popFirst() else { return nil }
      switch segment {
      case .literal(let text): if next != text { return nil }
      case .parameter(let name):
        if next.isEmpty { return nil }
        parameters[name] = next
      case .rest: break
      }
    }
    return rest.isEmpty ? parameters : nil
  }

  /// Less specific patterns come first.
  static func < (a: PathPattern, b: PathPattern) -> Bool { a.ranks.lexicographicallyPrecedes(b.ranks) }

  /// Where one pattern has ended and the other has a rest, which is empty then, the first is more specific.
  private var ranks: [Int] { segments.map(\.rank) + [3] }

  static func == (a: PathPattern, b: PathPattern) -> Bool { a.segments == b.segments }
}

extension String {
  /// Its parts between slashes. By bytes: to Swift a slash and an accent behind it are one character, to a file system
  /// the slash is one.
  var pathSegments: [Substring] {
    utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Substring($0) }
  }
}
