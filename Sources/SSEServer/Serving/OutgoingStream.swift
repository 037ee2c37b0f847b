import SSEHTTP1
import SSESockets
import ServerSentEvents

/// One event stream on its way out, driven by a handler. It belongs to its loop's thread; `EventWriter` is its face.
final class OutgoingStream: StreamSocketDelegate {
  /// How the body's end is marked (RFC 9112, 6 and 7.1).
  enum Framing {
    case chunked
    /// HTTP/1.0: the body lasts until the connection closes.
    case untilClose
  }

  enum State {
    /// The handler runs and nothing has been written: its head is held back, a status can still be thrown. The fields
    /// that were set for it go on to what takes its place.
    case headHeld([UInt8], HeaderFields, LoopTimer)
    case open
    /// The reader has gone, or the server has given it up.
    case left(EventServerAccessRecord.Ending)
    /// The handler has returned or closed it, or the server has ended it; what is sent now is dropped.
    case ended
  }

  let socket: StreamSocket
  let framing: Framing
  /// Whether the head promises that the connection carries another request afterwards.
  let keepAlive: Bool
  private(set) var state: State = .open
  private(set) var eventCount = 0
  /// When its request came, in nanoseconds of the loop's clock.
  let start: UInt64
  /// What compresses it; nil where nothing does, and once the stream has ended.
  private var encoder: GzipEncoder?
  /// Bytes of an event's data at most.
  private let eventLimit: Int
  /// Cancels the handler's task.
  private let cancelHandler: () -> Void

  init(
    socket: StreamSocket, framing: Framing, keepAlive: Bool, encoder: GzipEncoder?, eventLimit: Int, start: UInt64,
    cancelHandler: @escaping () -> Void
  ) {
    self.socket = socket
    self.start = start
    self.encoder = encoder
    self.eventLimit = eventLimit
    self.framing = framing
    self.keepAlive = keepAlive
    self.cancelHandler = cancelHandler
  }

  // MARK: - The head

  /// Holds the head with these fields back for the first event, at most for `delay`.
  func hold(_ head: [UInt8], _ fields: HeaderFields, atMost delay: Duration) {
    let timer = socket.loop.schedule(after: delay) { [unowned self] in sendHead() }
    state = .headHeld(head, fields, timer)
  }

  /// Whether the head has not left, so that another one can take its place.
  var isHeadHeld: Bool {
    if case .headHeld = state { true } else { false }
  }

  /// Puts a held head before what is appended next.
  private func appendHead() {
    guard case .headHeld(let head, _, let timer) = state else { return }
    socket.loop.cancel(timer)
    socket.append { $0.append(contentsOf: head) }
    state = .open
  }

  /// Sends the held head now; it does not count as a write of its tick.
  func sendHead() {
    appendHead()
    socket.flush()
  }

  /// Gives the head up, for an answer of another status; its fields, or nil where it has left.
  func discardHead() -> HeaderFields? {
    guard case .headHeld(_, let fields, let timer) = state else { return nil }
    socket.loop.cancel(timer)
    state = .ended
    return fields
  }

  // MARK: - Writing

  /// Throws when nothing can be written any more.
  private func checkWritable() throws(EventWriterError) {
    switch state {
    case .headHeld, .open:
      if let failure = socket.sendFailure {
        readerLeft(failure.kind == .timedOut ? .readerVanished : .readerLeft)
        throw .readerLeft
      }
    case .left(.streamExpired): throw .streamEnded
    case .left: throw .readerLeft
    case .ended: throw .streamEnded
    }
  }

  func write(_ event: borrowing ServerSentEvent) throws {
    try checkWritable()
    guard event.data.utf8.count <= eventLimit else { throw EventStreamError.eventTooLarge(limit: eventLimit) }
    if isHeadHeld {
      // Refused before the head leaves: nothing is written when it throws.
      try EventEncoder.validate(event)
      appendHead()
    }
    try append { buffer throws(EventStreamError) in try EventEncoder.encode(event, into: &buffer) }
    eventCount += 1
    socket.commit()
  }

  func write(comment: String) throws {
    try checkWritable()
    appendHead()
    append { EventEncoder.encode(comment: comment, into: &$0) }
    socket.commit()
  }

  func write(retry: Duration) throws {
    try checkWritable()
    appendHead()
    append { EventEncoder.encode(retry: retry, into: &$0) }
    socket.commit()
  }

  /// Sends the head and all that waits.
  func flush() throws {
    try checkWritable()
    appendHead()
    socket.flush()
  }

  /// The handler ends its stream before it returns; once it has ended there is nothing to do.
  func close(retry: Duration?) throws {
    if case .ended = state { return }
    try checkWritable()
    if let retry { try write(retry: retry) }
    end(.complete)
  }

  private func append<E: Error>(_ payload: (inout [UInt8]) throws(E) -> Void) throws(E) {
    guard let encoder else { return try appendChunk(payload) }
    var bytes: [UInt8] = []
    try payload(&bytes)
    appendChunk { encoder.encode(bytes, into: &$0) }
    // It may still be in the encoder.
    socket.holdsBytes = true
  }

  /// What the encoder holds leaves with what waits.
  func socketFlushes() {
    guard let encoder else { return }
    appendChunk { encoder.flush(into: &$0) }
  }

  private func appendChunk<E: Error>(_ payload: (inout [UInt8]) throws(E) -> Void) throws(E) {
    try socket.append { buffer throws(E) in
      switch framing {
      case .chunked: try ChunkedCoding.appendChunk(to: &buffer, payload)
      case .untilClose: try payload(&buffer)
      }
    }
  }

  /// Whether a sender must wait for its slow reader. What cannot be written any more need not wait: it throws.
  @inline(__always)
  var isFull: Bool { socket.mustWaitToSend && socket.sendFailure == nil }

  /// A cancelled sender does not wait: it throws, so that one that does not look for its cancellation neither holds the
  /// loop nor fills the memory.
  func waitForRoom() async throws {
    while isFull {
      try Task.checkCancellation()
      await socket.drained()
    }
  }

  /// Whether a sender should let others of its loop run.
  @inline(__always)
  var mustYield: Bool { socket.loop.isTurnOver }

  // MARK: - What the server adds

  /// The comment of an idle stream; it does not count as a write of its tick.
  func writeKeepAlive() {
    guard case .open = state, socket.unsentCount == 0 else { return }
    append { EventEncoder.encode(comment: "", into: &$0) }
    socket.flush()
  }

  /// The handler has returned or thrown, or the server cancels it. Afterwards nothing is sent, and writers throw.
  func end(_ ending: Ending) {
    switch state {
    case .left, .ended: return
    case .headHeld, .open: break
    }
    switch ending {
    case .complete:
      appendHead()
      if let encoder { appendChunk { encoder.finish(into: &$0) } }
      if case .chunked = framing { socket.append { $0.append(contentsOf: ChunkedCoding.lastChunk) } }
    case .cut(let retry):
      appendHead()
      // Without chunks only the end of the TLS stream could tell.
      if case .untilClose = framing { socket.cutEncryption() }
      if let retry { append { EventEncoder.encode(retry: retry, into: &$0) } }
      // Without the coding's end. A socket that takes nothing now is not asked again for what the encoder holds.
      if socket.holdsBytes { socketFlushes() }
    }
    socket.holdsBytes = false
    encoder = nil
    socket.flush()
    state = .ended
  }

  /// The stream has lasted long enough: it is cut after this reconnection time, and its handler cancelled.
  func expire(retry: Duration) {
    // A handler that has closed it may go on.
    if case .ended = state { return }
    end(.cut(retry: retry))
    state = .left(.streamExpired)
    cancelHandler()
  }

  enum Ending {
    case complete
    /// Without a last chunk, so that the reader can tell.
    case cut(retry: Duration?)
  }

  // MARK: - StreamSocketDelegate

  func socketPeerLeft(_ reason: StreamSocket.LeaveReason) {
    switch (state, reason) {
    case (.left, _), (.ended, _): return
    case (.headHeld, .halfClosed), (.open, .halfClosed):
      // A reader that has gone answers this with a reset, which is its leave.
      appendHead()
      append { EventEncoder.encode(comment: "", into: &$0) }
      socket.flush()
    case (.headHeld, _), (.open, _): readerLeft(.left(reason))
    }
  }

  /// The reader has gone: its handler is cancelled.
  func readerLeft(_ ending: EventServerAccessRecord.Ending) {
    switch state {
    case .left, .ended: return
    case .headHeld(_, _, let timer): socket.loop.cancel(timer)
    case .open: break
    }
    state = .left(ending)
    cancelHandler()
  }

  func socketDrained() {}

  /// How the stream ended where it was not by its handler.
  var leave: EventServerAccessRecord.Ending? {
    if case .left(let ending) = state { ending } else { nil }
  }
}
