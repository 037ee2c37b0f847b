/// The body of a transport's response to one request, read by one call at a time and closed once.
final class TransportBody: @unchecked Sendable {
  // Proof of Sendable: each is made for one connection, and the `EventReader` that has it alone calls `receive` and
  // `close`, in turn: it belongs to one task at a time, and awaits the child task in which it lets `receive` run.
  // `deinit` is alone.
  private typealias Next = () async throws -> [UInt8]?

  /// A body of single bytes is given on at the latest in pieces of this size.
  static let longestPiece = 65_536

  private let start: @Sendable () -> Next
  private var next: Next?
  private var onClose: (@Sendable () -> Void)?
  private var isClosed = false

  init(onClose: (@Sendable () -> Void)?, start: @escaping @Sendable () -> () async throws -> [UInt8]?) {
    self.onClose = onClose
    self.start = start
  }

  deinit { onClose?() }

  /// The next chunk; nil at the end.
  func receive() async throws -> [UInt8]? {
    guard !isClosed else { return nil }
    let next = next ?? start()
    self.next = next
    while let chunk = try await next() {
      // A chunk without bytes is not the end.
      if !chunk.isEmpty { return chunk }
    }
    return nil
  }

  /// Lets go of the sequence.
  func close() {
    isClosed = true
    next = nil
    onClose?()
    onClose = nil
  }
}
