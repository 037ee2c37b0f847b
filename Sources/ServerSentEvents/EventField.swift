/// A line that sets a field of its block (HTML Standard, 9.2.6).
struct EventField {
  /// The names that have a meaning; lines with any other are ignored. Names are compared byte by byte.
  enum Name { case event, data, id, retry }

  let name: Name
  /// Behind the colon and one space; empty where the line has no colon.
  let value: Range<Int>
  let hasColon: Bool

  /// Nil for a line whose name has no meaning.
  init?(line: Range<Int>, in bytes: [UInt8]) {
    guard let (name, length) = Self.name(atStartOf: line, in: bytes) else { return nil }
    let colon = line.lowerBound + length
    self.name = name
    hasColon = colon < line.upperBound
    guard hasColon else {
      value = colon..<colon
      return
    }
    guard bytes[colon] == ASCII.colon else { return nil }
    let hasSpace = colon + 1 < line.upperBound && bytes[colon + 1] == ASCII.space
    value = (colon + (hasSpace ? 2 : 1))..<line.upperBound
  }

  /// The name that the line begins with, and its length.
  private static func name(atStartOf line: Range<Int>, in bytes: [UInt8]) -> (Name, length: Int)? {
    guard let first = bytes[line].first else { return nil }
    return bytes.withUnsafeBufferPointer { bytes in
      let rest = UnsafeBufferPointer(rebasing: bytes[line])
      func begins(with name: StaticString) -> Bool {
        guard rest.count >= name.utf8CodeUnitCount else { return false }
        for index in 0..<name.utf8CodeUnitCount where rest[index] != name.utf8Start[index] { return false }
        return true
      }
      return switch first {
      case UInt8(ascii: "d") where begins(with: "data"): (.data, 4)
      case UInt8(ascii: "e") where begins(with: "event"): (.event, 5)
      case UInt8(ascii: "i") where begins(with: "id"): (.id, 2)
      case UInt8(ascii: "r") where begins(with: "retry"): (.retry, 5)
      default: nil
      }
    }
  }
}
