/// One of zlib's streams that decode: its memory, freed once, and its calls. They are mutating, so that no two are made
/// at once.
struct InflateStream: ~Copyable {
  enum Outcome {
    /// It filled the output, or has used up the input.
    case progressed
    /// The format's end was reached.
    case ended
    case malformed(String)
    case outOfMemory
  }

  private let zlib: Zlib
  /// On the heap, as zlib's own state points back to it.
  private let stream: UnsafeMutablePointer<Zlib.Stream>

  init(_ zlib: Zlib, windowBits: CInt) throws(ContentCodingError) {
    let stream = UnsafeMutablePointer<Zlib.Stream>.allocate(capacity: 1)
    stream.initialize(to: Zlib.Stream())
    let status = zlib.inflateInit(stream, windowBits, zlib.version(), CInt(MemoryLayout<Zlib.Stream>.stride))
    guard status == Zlib.Status.ok else {
      stream.deallocate()
      throw status == Zlib.Status.memoryError ? .outOfMemory : zlib.otherVersion
    }
    self.zlib = zlib
    self.stream = stream
  }

  deinit {
    _ = zlib.inflateEnd(stream)
    stream.deallocate()
  }

  /// Begins a new stream in the same memory.
  mutating func reset(windowBits: CInt) {
    // It fails for window bits that do not exist, which are constants here.
    _ = zlib.inflateReset(stream, windowBits)
  }

  /// Decodes as much as fits; how many bytes it has taken and given.
  mutating func inflate(
    _ input: ArraySlice<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>
  ) -> (outcome: Outcome, taken: Int, given: Int) {
    input.withUnsafeBufferPointer { input in
      let offered = min(input.count, Int(CUnsignedInt.max))
      let room = min(output.count, Int(CUnsignedInt.max))
      stream.pointee.nextInput = input.baseAddress
      stream.pointee.availableInput = CUnsignedInt(offered)
      stream.pointee.nextOutput = output.baseAddress
      stream.pointee.availableOutput = CUnsignedInt(room)
      // Neither pointer is good after this call.
      defer {
        stream.pointee.nextInput = nil
        stream.pointee.nextOutput = nil
      }
      let status = zlib.inflate(stream, Zlib.Flush.sync)
      let taken = offered - Int(stream.pointee.availableInput)
      let given = room - Int(stream.pointee.availableOutput)
      return (outcome(status), taken, given)
    }
  }

  private func outcome(_ status: CInt) -> Outcome {
    switch status {
    case Zlib.Status.ok, Zlib.Status.bufferError: .progressed
    case Zlib.Status.streamEnd: .ended
    case Zlib.Status.memoryError: .outOfMemory
    case Zlib.Status.dictionaryNeeded: .malformed("it needs a preset dictionary")
    default: .malformed(stream.pointee.message.map { String(cString: $0) } ?? "zlib's status \(status)")
    }
  }
}
