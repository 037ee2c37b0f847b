/// The block under way: the standard's data, event type and last event ID buffers (HTML Standard, 9.2.6).
struct EventBlock: Sendable {
  /// The values of the `data` lines.
  enum Lines: Sendable {
    case none
    /// One line, still in the line buffer: most events are no more, and need no copy but their `String`.
    case inBuffer(Range<Int>)
    /// Each ends with LF.
    case collected([UInt8])
  }

  private(set) var lines = Lines.none
  var type: String?
  var id: String?
  var retry: Duration?
  /// Whether any field has been set.
  var hasFields = false

  /// Bytes of the data, each line with an LF behind it.
  var dataCount: Int {
    switch lines {
    case .none: 0
    case .inBuffer(let line): line.count + 1
    case .collected(let bytes): bytes.count
    }
  }

  /// Whether the block needs the line buffer's bytes.
  var isInBuffer: Bool {
    if case .inBuffer = lines { true } else { false }
  }

  mutating func appendData(_ value: Range<Int>, in buffer: LineBuffer) {
    if case .none = lines {
      lines = .inBuffer(value)
      return
    }
    collect(from: buffer)
    append(buffer.bytes[value])
  }

  /// Copies a line that is still in the buffer, whose bytes are about to move.
  mutating func collect(from buffer: LineBuffer) {
    guard case .inBuffer(let line) = lines else { return }
    lines = .collected([])
    append(buffer.bytes[line])
  }

  private mutating func append(_ line: ArraySlice<UInt8>) {
    guard case .collected(var bytes) = lines else { return }
    lines = .none  // Its only owner may grow it in place.
    bytes += line
    bytes.append(ASCII.lineFeed)
    lines = .collected(bytes)
  }

  /// The data without the LF behind its last line; nil where there was no `data` line.
  func data(in buffer: LineBuffer) -> String? {
    switch lines {
    case .none: nil
    case .inBuffer(let line): buffer.text(line)
    case .collected(let bytes): String(decoding: bytes.dropLast(), as: UTF8.self)
    }
  }
}
