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

  init(_ text: String) {
    self.text = text
    segments = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst(text.hasPrefix("/") ? 1 : 0)
      .map { segment in
        if segment.hasPrefix(":") { return .parameter(String(segment.dropFirst())) }
        if segment.hasPrefix("*") { return .rest(String(segment.dropFirst())) }
        return .literal(String(segment))
      }
  }

  /// A request path's segments, decoded; nil where an escape is broken or a segment holds NUL.
  static func segments(ofRequest path: String) -> [String]? {
    var decoded: [String] = []
    for segment in path.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
      guard let text = PercentCoding.decoded(segment), !text.utf8.contains(0) else { return nil }
      decoded.append(text)
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
        return rest.contains { $0.contains("/") } ? nil : parameters
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
  static func < (a: PathPattern, b: PathPattern) -> Bool {
    a.segments.map(\.rank).lexicographicallyPrecedes(b.segments.map(\.rank))
  }

  static func == (a: PathPattern, b: PathPattern) -> Bool { a.segments == b.segments }
}
