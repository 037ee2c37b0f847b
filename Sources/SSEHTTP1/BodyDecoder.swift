/// Finds a body's bytes in the input, by the framing that the head gave (RFC 9112, 6.3 and 7.1). Extensions and
/// trailers are read and dropped: nothing here has a use for them.
struct BodyDecoder: Sendable {
  /// Requests are read strictly. A response may have blanks behind a chunk's size, as browsers allow it, and extensions
  /// for as long as it goes on: each of its lines has a limit.
  enum Message: Sendable {
    case request
    case response
  }

  enum State: Sendable {
    case length(remaining: UInt64)
    case untilClose
    case chunkSize
    case chunkData(remaining: UInt64)
    case chunkEnd
    case trailers(count: Int)
    case ended
  }

  enum Piece {
    case bytes(Range<Int>)
    case end
  }

  private static let lineEnd: [UInt8] = [0x0D, 0x0A]

  private(set) var state: State
  private let message: Message
  /// Bytes of chunk extensions beyond what their chunks' data accounts for.
  private var chunkOverhead = 0

  init(_ state: State, of message: Message) {
    self.state = state
    self.message = message
  }

  /// The next piece, or nil when more input is needed.
  mutating func next(from input: inout InputBuffer, limits: HTTP1Limits) throws(HTTP1Error) -> Piece? {
    while true {
      switch state {
      case .length(let remaining):
        guard remaining > 0 else {
          state = .ended
          continue
        }
        guard let taken = input.take(atMost: Int(clamping: remaining)) else { return nil }
        state = .length(remaining: remaining - UInt64(taken.count))
        return .bytes(taken)
      case .untilClose:
        return input.take(atMost: .max).map { .bytes($0) }
      case .chunkSize:
        guard let line = try nextLine(from: &input, limit: limits.chunkLine) else { return nil }
        let size = try chunkSize(input.bytes[line])
        if message == .request { try countOverhead(of: line.count, dataCount: size, limits) }
        state = size == 0 ? .trailers(count: 0) : .chunkData(remaining: size)
      case .chunkData(let remaining):
        guard let taken = input.take(atMost: Int(clamping: remaining)) else { return nil }
        let rest = remaining - UInt64(taken.count)
        state = rest == 0 ? .chunkEnd : .chunkData(remaining: rest)
        return .bytes(taken)
      case .chunkEnd:
        let end = input.bytes[input.unread].prefix(2)
        guard Self.lineEnd.starts(with: end) else { throw .malformed("a chunk's data does not end with CRLF") }
        guard end.count == 2 else { return nil }
        input.position += 2
        state = .chunkSize
      case .trailers(let count):
        guard let line = try nextLine(from: &input, limit: limits.trailers - count) else { return nil }
        state = line.isEmpty ? .ended : .trailers(count: count + line.count + 2)
      case .ended:
        return .end
      }
    }
  }

  /// A byte a chunk is fine; extensions without end, which say nothing and count for no limit, are not.
  private mutating func countOverhead(of lineCount: Int, dataCount: UInt64, _ limits: HTTP1Limits) throws(HTTP1Error) {
    let allowed = 16 + 2 * Int(min(dataCount, 65_536))
    chunkOverhead = max(0, chunkOverhead + lineCount - allowed)
    if chunkOverhead > limits.chunkOverhead { throw .malformed("more bytes in chunk extensions than in chunks") }
  }

  /// A line that ends with CRLF, without its end.
  private func nextLine(from input: inout InputBuffer, limit: Int) throws(HTTP1Error) -> Range<Int>? {
    let line = input.nextLine()
    if (line ?? input.unread).count > limit { throw .lineTooLong(limit: limit) }
    guard let line else { return nil }
    guard line.count >= 2, input.bytes[line.upperBound - 2] == 0x0D else {
      throw .malformed("a line of the chunked coding does not end with CRLF")
    }
    let content = line.lowerBound..<(line.upperBound - 2)
    if input.bytes[content].contains(0x0D) { throw .malformed("a bare CR in the chunked coding") }
    return content
  }

  /// chunk-size [ chunk-ext ]: 1 to 16 hexadecimal digits, then nothing or extensions; in a response also blanks.
  private func chunkSize(_ line: ArraySlice<UInt8>) throws(HTTP1Error) -> UInt64 {
    var size: UInt64 = 0
    var digits = 0
    var rest = line
    while let byte = rest.first, let digit = Hexadecimal.value(of: byte) {
      guard digits < 16 else { throw .malformed("a chunk size of over 16 digits") }
      size = size << 4 | UInt64(digit)
      digits += 1
      rest = rest.dropFirst()
    }
    guard digits > 0 else { throw .malformed("a chunk size that is no hexadecimal number") }
    let extensions = rest.drop { $0 == 0x20 || $0 == 0x09 }
    let endsHere = message == .response ? extensions.isEmpty : rest.isEmpty
    guard endsHere || extensions.first == UInt8(ascii: ";") else {
      throw .malformed("a chunk size followed by something that is no extension")
    }
    guard size <= UInt64(Int64.max) else { throw .malformed("a chunk size of 2^63 or more") }
    return size
  }
}
