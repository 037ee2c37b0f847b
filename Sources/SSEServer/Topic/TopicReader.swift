import SSEHTTP1
import SSESockets
import ServerSentEvents

/// One reader of a topic: a socket and a position in the topic's log, no task and no queue. It is written straight from
/// the log whenever its socket takes bytes; when it does not, the reader is merely behind. On its loop's thread only.
final class TopicReader: StreamSocketDelegate {
  // What each delivery needs comes first, so that it stands in one cache line.
  let socket: StreamSocket
  private let readers: TopicReaders
  /// The sequence number of the event that is written next, and how much of it the kernel has taken.
  private var cursor: UInt64
  private var writtenCount = 0
  private(set) var eventCount = 0
  /// Whether the body is chunked; an HTTP/1.0 reader gets the events alone.
  private let isChunked: Bool
  private(set) var ending = EventServerAccessRecord.Ending.readerLeft

  /// Its place in `readers`.
  var place = 0
  private var progress: SendProgress
  /// What earlier responses of the connection had sent.
  private let sentBefore: Int
  let record: OpenAccessRecord

  init(socket: StreamSocket, readers: TopicReaders, start: TopicLog.Start, isChunked: Bool, record: OpenAccessRecord) {
    self.socket = socket
    self.readers = readers
    self.isChunked = isChunked
    self.record = record
    cursor = start.sequence
    sentBefore = socket.sentTotal
    progress = SendProgress(now: EventLoop.tick)
  }

  /// Bytes of this response that the kernel has taken.
  var sentCount: Int { socket.sentTotal - sentBefore }

  /// Begins, after the head has been appended to the socket. The gap goes with the head.
  func begin(_ gap: TopicLog.Gap?) {
    socket.delegate = self
    socket.watchForLeave(keepingAtMost: 0, dropsInput: true)
    if let gap { append { gap.encode(into: &$0) } }
    socket.flush()
    deliver()
  }

  /// Writes what the log holds beyond its position, as far as the socket takes it.
  func deliver() {
    while socket.isReadyToSend {
      switch readers.lookUp(cursor) {
      case .notYet: return
      case .gone: return overtaken()
      case .entry(let entry): guard write(entry) else { return }
      }
    }
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
    cursor += 1
    eventCount += 1
    return true
  }

  /// The log has dropped what comes next: the reader comes back and is told of the hole. In the middle of an event its
  /// stream is cut, so that it does not take half of it for the whole.
  private func overtaken() {
    if writtenCount == 0 { appendLastChunk() }
    close(.complete)
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
    let isWaiting = socket.waitsForWritable
    let idle = progress.idle(now: now, sent: socket.sentTotal, isWaiting: isWaiting)
    if isWaiting {
      guard idle >= configuration.limits.stalledReader.clampedNanoseconds else { return }
      socket.reset()
      close(.readerLeft)
    } else if let interval = configuration.keepAlive, idle >= interval.clampedNanoseconds {
      append { EventEncoder.encode(comment: "", into: &$0) }
      socket.flush()
    }
  }

  /// The server ends: a reconnection time and the last chunk, where the socket takes them without waiting.
  func end(retry: Duration) {
    if socket.isReadyToSend, writtenCount == 0 {
      append { EventEncoder.encode(retry: retry, into: &$0) }
      appendLastChunk()
    }
    close(.serverEnded)
  }

  private func close(_ ending: EventServerAccessRecord.Ending) {
    self.ending = ending
    socket.flush()
    socket.close()
    readers.remove(self)
  }

  // MARK: - StreamSocketDelegate

  func socketPeerLeft(_ reason: StreamSocket.LeaveReason) { close(.readerLeft) }

  func socketDrained() { deliver() }
}
