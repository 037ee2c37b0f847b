/// Emptied send buffers of a loop, kept for the next connection that sends: a connection that is idle holds none, one
/// that sends allocates none.
struct SpareBuffers {
  static let most = 64
  /// A buffer that grew past this is freed.
  static let largest = 131_072

  private var buffers: [[UInt8]] = []

  mutating func take() -> [UInt8] { buffers.popLast() ?? [] }

  mutating func give(_ buffer: inout [UInt8]) {
    var emptied: [UInt8] = []
    swap(&emptied, &buffer)
    guard buffers.count < Self.most, emptied.capacity > 0, emptied.capacity <= Self.largest else { return }
    emptied.removeAll(keepingCapacity: true)
    buffers.append(emptied)
  }
}
