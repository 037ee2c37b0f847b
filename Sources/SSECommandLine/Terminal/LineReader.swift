/// A line that is longer than can be held.
struct LineTooLong: Error, CustomStringConvertible {
  let number: Int
  let limit: Int

  var description: String { "line \(number) is longer than \(limit) bytes, the most that is sent" }
}

/// The lines of an input as they come. A line ends with LF or CRLF; the last one may lack its end.
struct LineReader {
  /// Bytes of a line at most.
  static let longestLine = 16_777_216

  private let input: Input
  private var buffer: [UInt8] = []
  /// Where the next line begins, and up to where it has been looked for an end.
  private var start = 0
  private var searched = 0
  private var hasEnded = false
  /// How many lines there were so far.
  private(set) var count = 0

  init(_ input: Input) { self.input = input }

  /// The next line without its end; nil after the last. Waits where it has not come yet.
  mutating func next() throws -> [UInt8]? {
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { start = end + 1 }
        return taken(upTo: end)
      }
      if hasEnded {
        guard start < buffer.count else { return nil }
        defer { start = buffer.count }
        return taken(upTo: buffer.count)
      }
      searched = buffer.count
      if buffer.count - start > Self.longestLine { throw LineTooLong(number: count + 1, limit: Self.longestLine) }
      let more = try input.read(atMost: 65_536)
      if more.isEmpty { hasEnded = true }
      // What has been taken goes when more comes: each byte moves once.
      buffer.removeFirst(start)
      searched -= start
      start = 0
      buffer += more
    }
  }

  private mutating func taken(upTo end: Int) -> [UInt8] {
    count += 1
    searched = min(end + 1, buffer.count)
    let line = buffer[start..<end]
    return Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
  }
}
