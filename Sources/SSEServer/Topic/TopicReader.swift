import SSEHTTP1
import SSESockets
import ServerSentEvents

/// One reader of a topic, or of several: a socket and a position in each topic's log, no task and no queue. It is
/// written straight from the log whenever its socket takes bytes; when it does not, the reader is merely behind. On its
/// loop's thread only.
final class TopicReader: StreamSocketDelegate {
  /// See `EventServerConnection.id`.
  let id: Int
  let socket: StreamSocket
  /// Its place in its topic, or in the first of its topics.
  private(set) var first: TopicMembership
  var particulars: ReaderParticulars?
  /// How much of the event that is written now the kernel has taken of what comes straight from the log.
  private(set) var writtenCount = 0
  /// Whether the body is chunked; an HTTP/1.0 reader gets the events alone.
  let isChunked: Bool
  /// Whether it gets the compressed form.
  let isCompressed: Bool
  private var isDeliveryPlanned = false
  private var hasEnded = false
  private(set) var ending = EventServerAccessRecord.Ending.readerLeft
  private var progress: SendProgress
  let record: OpenAccessRecord

  /// `readers`: of its topics, in the order of `stream`.
  init(
    id: Int, socket: StreamSocket, _ stream: TopicStream, readers: [TopicReaders], isChunked: Bool, isCompressed: Bool,
    record: OpenAccessRecord, progress: SendProgress
  ) {
    self.id = id
    self.socket = socket
    self.isChunked = isChunked
    self.isCompressed = isCompressed
    self.record = record
    first = TopicMembership(readers: readers[0])
    self.progress = progress
    let names = stream.topics.compactMap(\.name)
    guard !names.isEmpty || !stream.view.isWhole else { return }
    let particulars = ReaderParticulars(view: stream.view, names: names, topicCount: readers.count)
    particulars.others = readers.dropFirst().map { TopicMembership(readers: $0) }
    self.particulars = particulars
  }

  var topicCount: Int { 1 + (particulars?.others.count ?? 0) }

  func membership(_ index: Int) -> TopicMembership {
    guard index > 0, let particulars else { return first }
    return particulars.others[index - 1]
  }

  /// Another reader has left, or this one has come.
  func moved(to place: Int, in readers: TopicReaders) {
    if first.readers === readers {
      first.place = place
      return
    }
    guard let index = particulars?.others.firstIndex(where: { $0.readers === readers }) else { return }
    particulars?.others[index].place = place
  }

  /// What the access log says of it.
  var accessRecord: EventServerAccessRecord { record.ended(ending, bytes: sentCount, events: eventCount) }

  /// Bytes of this response that the kernel has taken.
  var sentCount: Int { (0..<topicCount).reduce(socket.sentTotal) { $0 + membership($1).position.sentCount } }

  /// Events written.
  var eventCount: Int { (0..<topicCount).reduce(0) { $0 + membership($1).position.eventCount } }

  // MARK: - Delivering

  /// Begins, after the head has been appended to the socket. Gaps and the view's snapshot go with the head.
  func begin(_ stream: TopicStream) {
    socket.setDelegate(self)
    if isCompressed { appendFramed { $0 += GzipBlocks.header } }
    var beginners: [Int] = []
    for (index, position) in stream.positions.enumerated() {
      let start = membership(index).readers.insert(self, after: position)
      goOn(at: start, in: index)
      if position?.isEmpty ?? true || start.gap != nil { beginners.append(index) }
    }
    // What earlier responses of the connection had sent.
    first.position.sentCount = -socket.sentTotal
    // Not before it is in its tables: this may tell at once that the reader has left.
    socket.watchForLeave(keepingAtMost: 0, dropsInput: true)
    guard !hasEnded else { return }
    if !beginners.isEmpty, let snapshot = stream.view.snapshot { begin(beginners, with: snapshot) }
    deliver()
  }

  /// Tells of the hole before `start`, if there is one. The gap leaves with what comes next, or at the end of what
  /// there is.
  private func goOn(at start: TopicLog.Start, in index: Int) {
    let membership = membership(index)
    skip(to: start.sequence, in: index)
    if start.newestOnlyUntil > 0 {
      let particulars = particulars ?? ReaderParticulars()
      particulars.newestOnlyUntil[index] = start.newestOnlyUntil
      self.particulars = particulars
    }
    guard var gap = start.gap else { return }
    if let particulars, !particulars.names.isEmpty { gap.topic = particulars.names[index] }
    if let event = gap.event(membership.readers.topic.gapNotice) {
      append { try? EventEncoder.encode(event, into: &$0) }  // Its type and data are our own.
    }
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
    first.readers.deliveries.readerServed()
    guard !hasEnded else { return }
    // A reader with nothing of its own to send can be given the next event without a look at its socket.
    first.position.sender = isChunked && particulars == nil ? socket.directSender : nil
    for index in 0..<topicCount { membership(index).readers.readersMoved() }
  }

  /// Goes on there without what comes before.
  func skip(to sequence: UInt64, in index: Int) {
    let membership = membership(index)
    let next = membership.position.next
    first.readers.deliveries.skippedCount += sequence > next ? Int(sequence - next) : 0
    membership.position.next = sequence
  }

  /// False where nothing can be done for now.
  private func deliverNext() -> Bool {
    if let particulars { return deliverNext(particulars) }
    switch first.readers.lookUp(first.position.next) {
    case .entry(let entry): return write(form(of: entry), in: 0)
    case .gone: return overtaken(in: 0)
    case .notYet:
      socket.flush()
      return false
    }
  }

  private func deliverLater() {
    guard !isDeliveryPlanned else { return }
    isDeliveryPlanned = true
    socket.loop.submit { [bound = LoopBound(self, loop: socket.loop)] in
      bound.onLoop.isDeliveryPlanned = false
      // It may have closed meanwhile.
      if !bound.onLoop.hasEnded { bound.onLoop.deliver() }
    }
  }

  /// The kernel did not take all of an event that was sent to it directly.
  func delivered(_ outcome: DirectSender.Outcome, of entry: TopicEntry) {
    first.position.sender = nil
    if case .some(let count) = outcome {
      writtenCount = count
      first.position.sentCount += count
    }
    socket.finish(outcome)
    if socket.waitsForWritable { keepRest(of: form(of: entry), in: 0) }
  }

  // MARK: - Writing

  /// Whether a part of an event has been written.
  var isInEvent: Bool { writtenCount > 0 || particulars?.hasBegun ?? false }

  /// Writes what a form of an event has, straight from the log. False when the socket took less.
  func write(_ form: TopicEntry.Form, in index: Int) -> Bool {
    let range = form.range
    let sent = form.bytes.withUnsafeBytes { bytes in
      socket.sendDirectly(UnsafeRawBufferPointer(rebasing: bytes[(range.lowerBound + writtenCount)..<range.upperBound]))
    }
    guard let sent else { return false }
    writtenCount += sent
    guard writtenCount == range.count else {
      keepRest(of: form, in: index)
      return false
    }
    hasWritten(form, in: index)
    return true
  }

  private func hasWritten(_ form: TopicEntry.Form, in index: Int) {
    if let part = form.part { first.readers.add(part, toChecksumAt: first.place) }
    hasWritten(form.entry, in: index)
  }

  func hasWritten(_ entry: TopicEntry, in index: Int) {
    writtenCount = 0
    // What it catches up with was due when it came.
    first.readers.deliveries.note(dueSince: max(entry.publishedAt, TopicClock.time(of: record.start)))
    particulars?.hasBegun = false
    particulars?.hasLeftOut = false
    let membership = membership(index)
    membership.position.next += 1
    membership.position.eventCount += 1
  }

  /// The longest rest of an event that is kept for a reader.
  static let longestRest = 4_096

  /// The kernel has taken a part of an event. A socket that takes no more has nearly always stopped in the middle of
  /// one; were the rest not kept, a reader that may skip events would be cut off instead whenever it is overtaken.
  private func keepRest(of form: TopicEntry.Form, in index: Int) {
    let rest = form.range.dropFirst(writtenCount)
    guard isInEvent, rest.count <= Self.longestRest,
      membership(index).readers.topic.lagRule != .endConnection
    else { return }
    socket.append { $0.append(contentsOf: form.bytes[rest]) }
    hasWritten(form, in: index)
  }

  /// The log has dropped what comes next. In the middle of an event the stream is cut, so that half of it is not taken
  /// for the whole. False where the reader's connection has ended.
  func overtaken(in index: Int) -> Bool {
    let membership = membership(index)
    if !isInEvent, membership.readers.topic.lagRule != .endConnection {
      goOn(at: membership.readers.topic.startAfterSkipping(from: membership.position.next), in: index)
      return true
    }
    // It comes back and is told of the hole.
    if isInEvent { socket.cutEncryption() } else { appendEnd() }
    close(.overtaken)
    return false
  }

  // MARK: - Idle readers

  /// Looks whether bytes have moved: an idle reader gets a comment, one that takes nothing for too long is cut.
  func sweep(now: UInt64, _ configuration: EventServerConfiguration) {
    guard socket.isOpen else { return close(.readerLeft) }
    if configuration.limits.hasExpired(streamFrom: record.start, now: now) { return end(.streamExpired) }
    let isWaiting = socket.waitsForWritable
    let idle = progress.idle(now: now, sent: sentCount, isWaiting: isWaiting)
    progress.adjustUserTimeout(of: socket, isWaiting: isWaiting, configuration)
    if isWaiting {
      guard idle >= configuration.limits.stalledReader.clampedNanoseconds else { return }
      socket.reset()
      close(.readerStalled)
    } else if let interval = configuration.keepAlive, idle >= interval.clampedNanoseconds {
      appendKeepAlive()
      deliver()
    }
  }

  // MARK: - Ending

  /// The server ends the stream: what has been published, the farewell and the last chunk, where the socket takes them
  /// without waiting.
  func end(_ ending: EventServerAccessRecord.Ending, _ farewell: ((inout [UInt8]) -> Void)? = nil) {
    deliver()
    guard !hasEnded else { return }
    if socket.isReadyToSend, !isInEvent {
      if let farewell { append(farewell) }
      appendEnd()
    }
    close(ending)
  }

  func close(_ ending: EventServerAccessRecord.Ending) {
    guard !hasEnded else { return }
    hasEnded = true
    self.ending = ending
    first.position.sender = nil
    socket.flush()
    socket.close()
    first.readers.closed(self)
    for index in 0..<topicCount { membership(index).readers.remove(at: membership(index).place) }
  }

  // MARK: - StreamSocketDelegate

  func socketPeerLeft(_ reason: StreamSocket.LeaveReason) { close(.left(reason)) }

  func socketDrained() { deliver() }
}
