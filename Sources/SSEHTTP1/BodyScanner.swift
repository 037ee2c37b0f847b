/// Finds the content of a response's body in the bytes as they come (RFC 9112, 6.3 and 7.1), where it stands: nothing
/// is kept or copied. What `BodyDecoder` does for messages, for one that looks at the content at once.
package struct BodyScanner: Sendable {
  private enum State {
    case length(remaining: UInt64)
    case untilClose
    /// The digits of a chunk's size so far.
    case chunkSize(UInt64, digits: UInt8)
    /// Blanks behind it, and then an extension: bytes of the line that have come.
    case chunkBlanks(size: UInt64, count: UInt16)
    case chunkExtension(size: UInt64, count: UInt16)
    /// The line feed of the size's line is due.
    case chunkSizeEnd(UInt64)
    case chunkData(remaining: UInt64)
    /// Bytes of the line end behind a chunk's data that have come.
    case chunkEnd(count: UInt8)
    /// Bytes of the section, and whether its line under way has any.
    case trailers(count: UInt16, isLineEmpty: Bool)
    case trailerEnd(count: UInt16, isLineEmpty: Bool)
    case ended
  }

  private static let carriageReturn: UInt8 = 0x0D
  private static let lineFeed: UInt8 = 0x0A

  private var state: State
  private var chunkLine: UInt16 { UInt16(clamping: HTTP1Limits().chunkLine) }
  private var trailers: UInt16 { UInt16(clamping: HTTP1Limits().trailers) }

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
  package mutating func next(
    in bytes: UnsafeRawBufferPointer, from position: inout Int
  ) throws(HTTP1Error) -> Range<Int>? {
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
        state = .chunkBlanks(size: size, count: 0)
        try takeFraming(byte)
      }
    case .chunkBlanks(let size, let count):
      switch byte {
      case Self.carriageReturn: state = .chunkSizeEnd(size)
      case UInt8(ascii: ";"): state = .chunkExtension(size: size, count: count)
      case UInt8(ascii: " "), UInt8(ascii: "\t"):
        state = .chunkBlanks(size: size, count: try next(count, of: chunkLine))
      default: throw .malformed("a chunk size followed by something that is no extension")
      }
    case .chunkExtension(let size, let count):
      switch byte {
      case Self.carriageReturn: state = .chunkSizeEnd(size)
      case Self.lineFeed: throw .malformed("a line of the chunked coding does not end with CRLF")
      default: state = .chunkExtension(size: size, count: try next(count, of: chunkLine))
      }
    case .chunkSizeEnd(let size):
      guard byte == Self.lineFeed else { throw .malformed("a bare CR in the chunked coding") }
      state = size == 0 ? .trailers(count: 0, isLineEmpty: true) : .chunkData(remaining: size)
    case .chunkEnd(let count):
      guard byte == (count == 0 ? Self.carriageReturn : Self.lineFeed) else {
        throw .malformed("a chunk's data does not end with CRLF")
      }
      state = count == 0 ? .chunkEnd(count: 1) : .chunkSize(0, digits: 0)
    case .trailers(let count, let isLineEmpty):
      switch byte {
      case Self.carriageReturn: state = .trailerEnd(count: count, isLineEmpty: isLineEmpty)
      case Self.lineFeed: throw .malformed("a line of the chunked coding does not end with CRLF")
      default: state = .trailers(count: try next(count, of: trailers), isLineEmpty: false)
      }
    case .trailerEnd(let count, let isLineEmpty):
      guard byte == Self.lineFeed else { throw .malformed("a bare CR in the chunked coding") }
      state = isLineEmpty ? .ended : .trailers(count: count, isLineEmpty: true)
    case .length, .untilClose, .chunkData, .ended: break
    }
  }

  private func next(_ count: UInt16, of limit: UInt16) throws(HTTP1Error) -> UInt16 {
    guard count < limit else { throw .lineTooLong(limit: Int(limit)) }
    return count + 1
  }
}
