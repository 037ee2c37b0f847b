/// Takes a content coding off a body, as the body comes: what the sender has flushed comes out with the bytes that
/// flushed it. Input may be split anywhere.
///
/// Memory stays bounded whatever the data expands to: output is made piece by piece, when it is asked for. A bomb is
/// stopped by whoever uses the output: one endless line by the limit of a line, a large event by that of an event. What
/// is made of use by neither, such as comments without end, is counted here: beyond `longestUnused` bytes without a
/// call of `outputWasUsed()` the body is refused. Small events without end are a stream like any other; they are
/// decoded as slowly as they are taken.
package struct ContentDecoder: ~Copyable {
  private enum State {
    /// No member is under way: nothing has come, or the last one has ended.
    case betweenMembers
    case inMember
    case failed(ContentCodingError)
  }

  /// At most so many bytes come out at a time.
  static let pieceSize = 16_384

  /// A member of gzip begins with it (RFC 1952, 2.3.1).
  private static let gzipMagic: UInt8 = 0x1F

  package let coding: ContentCoding
  private let longestUnused: Int
  private var stream: InflateStream
  private var state = State.betweenMembers
  private var isFirstMember = true
  private var input: ArraySlice<UInt8> = []
  /// The last piece was full: there may be output that needs no further input.
  private var outputMayWait = false
  private var unusedCount = 0

  /// - Parameter longestUnused: Bytes of output without one that is of use.
  /// - Throws: `.unavailable` where zlib is missing, `.outOfMemory`.
  package init(
    _ coding: ContentCoding, longestUnused: Int, zlib: Zlib? = nil
  ) throws(ContentCodingError) {
    self.coding = coding
    self.longestUnused = longestUnused
    let format = coding == .gzip ? Zlib.WindowBits.gzip : Zlib.WindowBits.zlib
    if let zlib {
      stream = try InflateStream(zlib, windowBits: format)
    } else {
      stream = try InflateStream(Zlib.system(), windowBits: format)
    }
  }

  /// Whether the coding's end was reached, or nothing of it has come. A body that ends elsewhere was cut.
  package var isAtEnd: Bool {
    if case .betweenMembers = state { input.isEmpty } else { false }
  }

  /// Adds what has come. After an error it is dropped.
  package mutating func append(_ bytes: ArraySlice<UInt8>) {
    if case .failed = state { return }
    if input.isEmpty { input = bytes } else { input += bytes }
  }

  /// The next piece of the output, at most 16 KiB; nil when more input is needed.
  ///
  /// - Throws: `.malformed`, `.expandsTooFar`, `.outOfMemory`: after what was decoded before it, and again with each
  ///   further call.
  package mutating func next() throws(ContentCodingError) -> [UInt8]? {
    if case .failed(let error) = state { throw error }
    while !input.isEmpty || outputMayWait {
      guard try beginMember() else { return nil }
      let piece = decodePiece()
      unusedCount += piece.count
      if unusedCount > longestUnused { throw failed(.expandsTooFar(limit: longestUnused)) }
      if !piece.isEmpty { return piece }
      if case .failed(let error) = state { throw error }
    }
    return nil
  }

  /// The bytes so far were good for something, such as a whole event: those from here on count anew.
  package mutating func outputWasUsed() { unusedCount = 0 }

  /// False when it takes more input to tell what begins.
  private mutating func beginMember() throws(ContentCodingError) -> Bool {
    guard case .betweenMembers = state, let first = input.first else { return true }
    switch coding {
    case .gzip:
      if !isFirstMember {
        guard first == Self.gzipMagic else { throw failed(.malformed(.gzip, "other data follows its end")) }
        stream.reset(windowBits: Zlib.WindowBits.gzip)
      }
    case .deflate:
      guard isFirstMember else { throw failed(.malformed(.deflate, "other data follows its end")) }
      guard let isZlib = beginsWithZlibHeader() else { return false }
      if !isZlib { stream.reset(windowBits: Zlib.WindowBits.rawDeflate) }
    }
    isFirstMember = false
    state = .inMember
    return true
  }

  /// Nil when it takes another byte. A first byte of that method (RFC 1950, 2.2) is as raw data the start of a stored
  /// block whose padding is not zero, which no encoder writes: the formats cannot be mistaken for each other.
  private func beginsWithZlibHeader() -> Bool? {
    guard let first = input.first else { return nil }
    let deflateMethod: UInt8 = 8
    guard first & 0x0F == deflateMethod else { return false }
    guard let second = input.dropFirst().first else { return nil }
    return (UInt(first) << 8 | UInt(second)).isMultiple(of: 31)
  }

  private mutating func decodePiece() -> [UInt8] {
    var outcome = InflateStream.Outcome.progressed
    var taken = 0
    let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { buffer, count in
      (outcome, taken, count) = stream.inflate(input, into: buffer)
    }
    // An empty slice of its own, so that the received bytes are let go.
    input = taken == input.count ? [] : input.dropFirst(taken)
    outputMayWait = piece.count == Self.pieceSize
    switch outcome {
    // With input and room it always does something; were it not so, `next` would never return.
    case .progressed where !input.isEmpty && taken == 0 && piece.isEmpty:
      state = .failed(.malformed(coding, "zlib makes no progress"))
    case .progressed: break
    case .ended:
      state = .betweenMembers
      outputMayWait = false
    case .malformed(let what): state = .failed(.malformed(coding, what))
    case .outOfMemory: state = .failed(.outOfMemory)
    }
    return piece
  }

  private mutating func failed(_ error: ContentCodingError) -> ContentCodingError {
    state = .failed(error)
    input = []
    return error
  }
}
