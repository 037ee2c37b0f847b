/// A line that sets a field of its block (HTML Standard, 9.2.6).
struct EventField {
  /// The names that have a meaning; lines with any other are ignored. Names are compared byte by byte.
  enum Name { case event, data, id, retry }

  let name: Name
  /// Behind the colon and one space; empty where the line has no colon.
  let value: Range<Int>
  let hasColon: Bool

  /// Nil for a line whose name has no meaning.
  @inline(__always)
  init?(line: Range<Int>, in bytes: UnsafeRawBufferPointer) {
    guard let name = Self.name(of: UnsafeRawBufferPointer(rebasing: bytes[line])) else { return nil }
    self.name = name
    let colon = line.lowerBound + name.length
    hasColon = colon < line.upperBound
    let hasSpace = colon + 1 < line.upperBound && bytes[colon + 1] == ASCII.space
    value = min(colon + (hasSpace ? 2 : 1), line.upperBound)..<line.upperBound
  }

  /// The name before the line's first colon, or its end.
  @inline(__always)
  private static func name(of line: UnsafeRawBufferPointer) -> Name? {
    func isNamed(_ name: StaticString) -> Bool {
      let count = name.utf8CodeUnitCount
      guard line.count == count || line.count > count && line[count] == ASCII.colon else { return false }
      for index in 0..<count where line[index] != name.utf8Start[index] { return false }
      return true
    }
    if isNamed("data") { return .data }
    if isNamed("event") { return .event }
    if isNamed("id") { return .id }
    if isNamed("retry") { return .retry }
    return nil
  }
}

extension EventField.Name {
  fileprivate var length: Int {
    switch self {
    case .id: 2
    case .data: 4
    case .event, .retry: 5
    }
  }
}
