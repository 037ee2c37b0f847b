/// Finds the content of a response's body in the bytes as they come (RFC 9112, 6.3 and 7.1), where it stands: nothing
/// is kept or copied. What `BodyDecoder` does for messages, for one that looks at the content at once.
package struct BodyScanner: Sendable {
  private enum State {
    case length(remaining: UInt64)
    case untilClose
    /// The digits of a chunk's size so far.
    case chunkSize(UInt64, digits: UInt8)
    case chunkExtension(size: UInt64, count: UInt16)
    /// The line feed of the size's line is due.
    case chunkSizeEnd(UInt64)
    case chunkData(remaining: UInt64)
    /// Bytes of the line end behind a chunk's data that have come.
    case chunkEnd(count: UInt8)
    /// Bytes of the section and of its line under way.
    case trailers(count: UInt16, line: UInt16)
    case ended
  }

  private static let carriageReturn: UInt8 = 0x0D
  private static let lineFeed: UInt8 = 0x0A

  private var state: State

  /// The body that this head announces, of a response that may have one.
  package init(_ head: ResponseHead) throws(HTTP1Error) {
    if try Framing.isChunked(head.headers) {
      state = .chunkSize(0, digits: 0)
    } else if let length = try Framing.contentLength(head.headers.values(of: "Content-Length")) {
      state = length == 0 ? .ended : .length(remaining: length)
    } else {
      state = .untilClose
    }
  }

  /// Whether the body has ended by its own framing.
  package var hasEnded: Bool {
    if case .ended = state { true } else { false }
  }

  /// Whether the end of the connection is the body's own.
  package var endsWithConnection: Bool {
    if case .untilClose = state { true } else { false }
  }

  /// The next piece of content from `position` on, which moves behind it; nil when these bytes hold no more.
  package mutating func next(in bytes: UnsafeRawBufferPointer, from position: inout Int) throws(HTTP1Error) -> Range<Int>? {
    while position < bytes.count {
      switch state {
      case .ended: return nil
      case .untilClose: return take(.max, of: bytes, from: &position)
      case .length(let remaining):
        let taken = take(remaining, of: bytes, from: &position)
        let rest = remaining - UInt64(taken.count)
        state = rest == 0 ? .ended : .length(remaining: rest)
        return taken
      case .chunkData(let remaining):
        let taken = take(remaining, of: bytes, from: &position)
        let rest = remaining - UInt64(taken.count)
        state = rest == 0 ? .chunkEnd(count: 0) : .chunkData(remaining: rest)
        return taken
      default:
        try takeFraming(bytes[position])
        position += 1
      }
    }
    return nil
  }

  private func take(_ most: UInt64, of bytes: UnsafeRawBufferPointer, from position: inout Int) -> Range<Int> {
    let end = position + Int(min(most, UInt64(bytes.count - position)))
    defer { position = end }
    return position..<end
  }

  private mutating func takeFraming(_ byte: UInt8) throws(HTTP1Error) {
    switch state {
    case .chunkSize(let size, let digits):
      if let digit = Hexadecimal.value(of: byte) {
        guard digits < 15 else { throw .malformed("a chunk size of over 15 digits") }
        state = .chunkSize(size << 4 | UInt64(digit), digits: digits + 1)
      } else {
        guard digits > 0 else { throw .malformed("a chunk size that is no hexadecimal number") }
        state = .chunkExtension(size: size, count: 0)
        try takeFraming(byte)
      }
    case .chunkExtension(let size, let count):
      guard byte != Self.carriageReturn else { return state = .chunkSizeEnd(size) }
      guard count > 0 || " \t;".utf8.contains(byte) else {
        throw .malformed("a chunk size followed by something that is no extension")
      }
      guard count < 4_096, byte != Self.lineFeed else { throw .malformed("a chunk's line that does not end") }
      state = .chunkExtension(size: size, count: count + 1)
    case .chunkSizeEnd(let size):
      guard byte == Self.lineFeed else { throw .malformed("a bare CR in the chunked coding") }
      state = size == 0 ? .trailers(count: 0, line: 0) : .chunkData(remaining: size)
    case .chunkEnd(let count):
      guard byte == (count == 0 ? Self.carriageReturn : Self.lineFeed) else {
        throw .malformed("a chunk's data does not end with CRLF")
      }
      state = count == 0 ? .chunkEnd(count: 1) : .chunkSize(0, digits: 0)
    case .trailers(let count, let line):
      guard count < 16_384 else { throw .malformed("a trailer section that does not end") }
      switch byte {
      case Self.lineFeed: state = line == 0 ? .ended : .trailers(count: count + 1, line: 0)
      case Self.carriageReturn: state = .trailers(count: count + 1, line: line)
      default: state = .trailers(count: count + 1, line: line + 1)
      }
    case .length, .untilClose, .chunkData, .ended: break
    }
  }
}
