/// One of zlib's streams that encode: its memory, freed once, and its calls. They are mutating, so that no two are made
/// at once.
struct DeflateStream: ~Copyable {
  private let zlib: Zlib
  /// On the heap, as zlib's own state points back to it.
  private let stream: UnsafeMutablePointer<Zlib.Stream>

  /// - Parameters:
  ///   - level: 1, the fastest, to 9, the smallest.
  ///   - windowBits: How far back a repetition is found, as a power of two, and the format; see `Zlib.WindowBits`.
  ///   - memoryLevel: 1 to 9. The stream takes 2^(window bits + 2) + 2^(memory level + 9) bytes and some 6 KB.
  /// - Throws: `.outOfMemory`, `.unavailable` for another version of zlib.
  init(_ zlib: Zlib, level: Int, windowBits: CInt, memoryLevel: CInt) throws(ContentCodingError) {
    let stream = UnsafeMutablePointer<Zlib.Stream>.allocate(capacity: 1)
    stream.initialize(to: Zlib.Stream())
    let status = zlib.deflateInit(
      stream, CInt(level), Zlib.deflated, windowBits, memoryLevel, Zlib.defaultStrategy, zlib.version(),
      CInt(MemoryLayout<Zlib.Stream>.stride))
    guard status == Zlib.Status.ok else {
      stream.deallocate()
      throw status == Zlib.Status.memoryError ? .outOfMemory : zlib.otherVersion
    }
    self.zlib = zlib
    self.stream = stream
  }

  deinit {
    _ = zlib.deflateEnd(stream)
    stream.deallocate()
  }

  /// Begins a new stream in the same memory.
  mutating func reset() {
    // It fails for a stream that was not begun.
    _ = zlib.deflateReset(stream)
  }

  /// So much output is made at a time.
  static let pieceSize = 1_024

  /// Encodes all of the input and appends what comes out with this kind of flush. Encoding cannot fail: it takes no
  /// memory, and any input will do.
  mutating func deflate(_ input: ArraySlice<UInt8>, _ flush: CInt, into output: inout [UInt8]) {
    var rest = input
    repeat {
      let offered = min(rest.count, Int(CUnsignedInt.max))
      deflate(rest.prefix(offered), isLast: offered == rest.count, flush, into: &output)
      rest = rest.dropFirst(offered)
    } while !rest.isEmpty
  }

  private mutating func deflate(
    _ input: ArraySlice<UInt8>, isLast: Bool, _ flush: CInt, into output: inout [UInt8]
  ) {
    input.withUnsafeBufferPointer { input in
      stream.pointee.nextInput = input.baseAddress
      stream.pointee.availableInput = CUnsignedInt(input.count)
      // Neither pointer is good after this call.
      defer {
        stream.pointee.nextInput = nil
        stream.pointee.nextOutput = nil
      }
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.pieceSize) { piece in
        repeat {
          stream.pointee.nextOutput = piece.baseAddress
          stream.pointee.availableOutput = CUnsignedInt(piece.count)
          _ = zlib.deflate(stream, isLast ? flush : Zlib.Flush.none)
          output.append(contentsOf: piece.prefix(piece.count - Int(stream.pointee.availableOutput)))
          // A full piece: there may be more.
        } while stream.pointee.availableOutput == 0
      }
    }
  }
}
