import SSEHTTP1
import SSESockets
import ServerSentEvents

/// One reader of a topic: a socket and a position in the topic's log, no task and no queue. It is written straight from
/// the log whenever its socket takes bytes; when it does not, the reader is merely behind. On its loop's thread only.
final class TopicReader: StreamSocketDelegate {
  private let socket: StreamSocket
  private let readers: TopicReaders
  /// Its place in `readers`, and so its position.
  var place = 0
  /// How much of the event that is written next the kernel has taken.
  private var writtenCount = 0
  /// Up to here it is sent the newest event of each key only; see `TopicLagRule.newestOfEachKey`.
  private var newestOnlyUntil: UInt64 = 0
  /// Whether the body is chunked; an HTTP/1.0 reader gets the events alone.
  private let isChunked: Bool
  private var isDeliveryPlanned = false
  private(set) var ending = EventServerAccessRecord.Ending.readerLeft
  private var progress: SendProgress
  /// What earlier responses of the connection had sent.
  private let sentBefore: Int
  let record: OpenAccessRecord

  init(socket: StreamSocket, readers: TopicReaders, isChunked: Bool, record: OpenAccessRecord) {
    self.socket = socket
    self.readers = readers
    self.isChunked = isChunked
    self.record = record
    sentBefore = socket.sentTotal
    progress = SendProgress(now: EventLoop.tick)
  }

  private var position: TopicPosition {
    get { readers.positions[place] }
    set { readers.positions[place] = newValue }
  }

  /// Bytes of this response that the kernel has taken.
  private var sentCount: Int { socket.sentTotal - sentBefore + position.sentCount }

  /// What the access log says of it.
  var accessRecord: EventServerAccessRecord {
    record.ended(ending, bytes: sentCount, events: position.eventCount)
  }

  /// Begins, after the head has been appended to the socket. The gap goes with the head.
  func begin(_ start: TopicLog.Start) {
    socket.delegate = self
    socket.watchForLeave(keepingAtMost: 0, dropsInput: true)
    goOn(at: start)
    deliver()
  }

  /// Tells of the hole before `start`, if there is one. The gap leaves with what comes next, or at the end of what there
  /// is.
  private func goOn(at start: TopicLog.Start) {
    position.next = start.sequence
    newestOnlyUntil = start.newestOnlyUntil
    if let event = start.gap?.event(readers.topic.gapNotice) { append(event) }
  }

  /// Writes what waits and then what the log holds beyond its position, as far as the socket takes it. A reader with a
  /// long way to go does it in slices of a turn, so that others of its loop are served meanwhile.
  func deliver() {
    let start = EventLoop.tick
    while socket.isReadyToSend, deliverNext() {
      guard EventLoop.tick &- start < EventLoop.nanosecondsPerTurn else {
        deliverLater()
        break
      }
    }
    noteSender()
    readers.readersMoved()
  }

  /// False where nothing can be done for now.
  private func deliverNext() -> Bool {
    switch lookUpNext() {
    case .entry(let entry): return write(entry)
    case .gone: return overtaken()
    case .notYet:
      socket.flush()
      return false
    }
  }

  private func lookUpNext() -> TopicLog.Lookup {
    guard position.next < newestOnlyUntil else { return readers.lookUp(position.next) }
    // What has been begun is finished, also where a newer one of its key has come since.
    if writtenCount > 0, case .entry(let entry) = readers.lookUp(position.next) { return .entry(entry) }
    let newest = readers.topic.newestOfKey(from: position.next, before: newestOnlyUntil)
    guard writtenCount == 0 || newest?.sequence == position.next else { return .gone }
    position.next = newest?.sequence ?? newestOnlyUntil
    return newest.map { .entry($0.entry) } ?? readers.lookUp(position.next)
  }

  private func deliverLater() {
    guard !isDeliveryPlanned else { return }
    isDeliveryPlanned = true
    socket.loop.submit { [bound = LoopBound(self, loop: socket.loop)] in
      bound.onLoop.isDeliveryPlanned = false
      // It may have closed meanwhile.
      if bound.onLoop.readers.contains(bound.onLoop) { bound.onLoop.deliver() }
    }
  }

  /// A reader with nothing of its own to send can be given the next event without a look at its socket.
  private func noteSender() {
    guard readers.contains(self) else { return }
    position.sender = isChunked ? socket.directSender : nil
  }

  /// The kernel did not take all of an event that was sent to it directly.
  func delivered(_ outcome: DirectSender.Outcome, of entry: TopicEntry) {
    position.sender = nil
    if case .some(let count) = outcome {
      writtenCount = count
      position.sentCount += count
    }
    socket.finish(outcome)
    if socket.waitsForWritable { keepRest(of: entry) }
  }

  /// False when the socket took less than the whole event.
  private func write(_ entry: TopicEntry) -> Bool {
    let range = range(of: entry)
    let sent = entry.chunk.withUnsafeBytes { bytes in
      socket.sendDirectly(UnsafeRawBufferPointer(rebasing: bytes[(range.lowerBound + writtenCount)..<range.upperBound]))
    }
    guard let sent else { return false }
    writtenCount += sent
    guard writtenCount == range.count else {
      keepRest(of: entry)
      return false
    }
    hasWritten()
    return true
  }

  private func range(of entry: TopicEntry) -> Range<Int> { isChunked ? entry.chunk.indices : entry.event }

  private func hasWritten() {
    writtenCount = 0
    position.next += 1
    position.eventCount += 1
  }

  /// The longest rest of an event that is kept for a reader.
  static let longestRest = 4_096

  /// The kernel has taken a part of an event. A socket that takes no more has nearly always stopped in the middle of
  /// one; were the rest not kept, a reader that may skip events would be cut off instead whenever it is overtaken.
  private func keepRest(of entry: TopicEntry) {
    let rest = range(of: entry).dropFirst(writtenCount)
    guard writtenCount > 0, rest.count <= Self.longestRest, readers.topic.lagRule != .endConnection else { return }
    socket.append { $0.append(contentsOf: entry.chunk[rest]) }
    hasWritten()
  }

  /// The log has dropped what comes next. In the middle of an event the stream is cut, so that half of it is not taken
  /// for the whole. False where the reader's connection has ended.
  private func overtaken() -> Bool {
    let rule = readers.topic.lagRule
    if writtenCount == 0, rule != .endConnection {
      goOn(at: readers.topic.startAfterSkipping(from: position.next))
      return true
    }
    // It comes back and is told of the hole.
    if writtenCount == 0 { appendLastChunk() }
    close(.overtaken)
    return false
  }

  // MARK: - What is the reader's own

  private func append(_ event: ServerSentEvent) {
    // What is appended here is of our own making, and can be encoded.
    append { try? EventEncoder.encode(event, into: &$0) }
  }

  private func append(_ payload: (inout [UInt8]) -> Void) {
    socket.append { buffer in
      if isChunked { ChunkedCoding.appendChunk(to: &buffer, payload) } else { payload(&buffer) }
    }
  }

  private func appendLastChunk() {
    guard isChunked else { return }
    socket.append { $0.append(contentsOf: ChunkedCoding.lastChunk) }
  }

  /// Looks whether bytes have moved: an idle reader gets a comment, one that takes nothing for too long is cut.
  func sweep(now: UInt64, _ configuration: EventServerConfiguration) {
    guard socket.isOpen else { return close(.readerLeft) }
    let isWaiting = socket.waitsForWritable
    let idle = progress.idle(now: now, sent: sentCount, isWaiting: isWaiting)
    if isWaiting {
      guard idle >= configuration.limits.stalledReader.clampedNanoseconds else { return }
      socket.reset()
      close(.readerLeft)
    } else if let interval = configuration.keepAlive, idle >= interval.clampedNanoseconds {
      append { EventEncoder.encode(comment: "", into: &$0) }
      deliver()
    }
  }

  /// The server ends: what has been published, a reconnection time and the last chunk, where the socket takes them
  /// without waiting.
  func end(retry: Duration) {
    deliver()
    guard readers.contains(self) else { return }
    if socket.isReadyToSend, writtenCount == 0 {
      append { EventEncoder.encode(retry: retry, into: &$0) }
      appendLastChunk()
    }
    close(.serverEnded)
  }

  private func close(_ ending: EventServerAccessRecord.Ending) {
    guard readers.contains(self) else { return }
    self.ending = ending
    position.sender = nil
    socket.flush()
    socket.close()
    readers.remove(self)
  }

  // MARK: - StreamSocketDelegate

  func socketPeerLeft(_ reason: StreamSocket.LeaveReason) { close(.readerLeft) }

  func socketDrained() { deliver() }
}
