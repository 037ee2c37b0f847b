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
  func begin(_ gap: TopicLog.Gap?) {
    socket.delegate = self
    socket.watchForLeave(keepingAtMost: 0, dropsInput: true)
    if let gap { append { gap.encode(into: &$0) } }
    deliver()
  }

  /// Writes what waits and then what the log holds beyond its position, as far as the socket takes it. A reader with a
  /// long way to go does it in slices of a turn, so that others of its loop are served meanwhile.
  func deliver() {
    let start = EventLoop.tick
    while socket.isReadyToSend {
      switch readers.lookUp(position.next) {
      case .gone: return overtaken()
      case .notYet: socket.flush()
      case .entry(let entry):
        guard write(entry) else { break }
        if EventLoop.tick &- start < EventLoop.nanosecondsPerTurn { continue }
        deliverLater()
      }
      break
    }
    noteSender()
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
  func delivered(_ outcome: DirectSender.Outcome) {
    if case .some(let count) = outcome {
      writtenCount = count
      position.sentCount += count
    }
    position.sender = nil
    socket.finish(outcome)
  }

  /// False when the socket took less than the whole event.
  private func write(_ entry: TopicLog.Entry) -> Bool {
    let range = isChunked ? entry.chunk.indices : entry.event
    let sent = entry.chunk.withUnsafeBytes { bytes in
      socket.sendDirectly(UnsafeRawBufferPointer(rebasing: bytes[(range.lowerBound + writtenCount)..<range.upperBound]))
    }
    guard let sent else { return false }
    writtenCount += sent
    guard writtenCount == range.count else { return false }
    writtenCount = 0
    position.next += 1
    position.eventCount += 1
    return true
  }

  /// The log has dropped what comes next: the reader comes back and is told of the hole. In the middle of an event its
  /// stream is cut, so that it does not take half of it for the whole.
  private func overtaken() {
    if writtenCount == 0 { appendLastChunk() }
    close(.overtaken)
  }

  // MARK: - What is the reader's own

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
    if configuration.limits.hasExpired(streamFrom: record.start, now: now) { return end(.streamExpired) }
    let isWaiting = socket.waitsForWritable
    let idle = progress.idle(now: now, sent: sentCount, isWaiting: isWaiting)
    if isWaiting {
      guard idle >= configuration.limits.stalledReader.clampedNanoseconds else { return }
      socket.reset()
      close(.readerStalled)
    } else if let interval = configuration.keepAlive, idle >= interval.clampedNanoseconds {
      append { EventEncoder.encode(comment: "", into: &$0) }
      deliver()
    }
  }

  /// The server ends the stream: what has been published, the farewell and the last chunk, where the socket takes them
  /// without waiting.
  func end(_ ending: EventServerAccessRecord.Ending, _ farewell: ((inout [UInt8]) -> Void)? = nil) {
    deliver()
    guard readers.contains(self) else { return }
    if socket.isReadyToSend, writtenCount == 0 {
      if let farewell { append(farewell) }
      appendLastChunk()
    }
    close(ending)
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

  func socketPeerLeft(_ reason: StreamSocket.LeaveReason) { close(.left(reason)) }

  func socketDrained() { deliver() }
}
