import SSEHTTP1
import SSESockets
import ServerSentEvents

/// Where a reader stands in its topic's log.
struct TopicPosition {
  /// The sequence number of the event that is written next.
  var next: UInt64
  /// How it is sent the next event as its chunk; nil where more is to be thought of than that.
  var sender: DirectSender?
  /// Whether it is sent the event's compressed form.
  var isCompressed = false
  /// Events written, and the bytes of them that went past the socket's buffer.
  var eventCount = 0
  var sentCount = 0
}

/// The readers of one topic on one event loop. On the loop's thread only.
final class TopicReaders {
  let topic: Topic
  unowned let loop: EventLoop
  private(set) var all: [TopicReader] = []
  /// Of `all`, side by side: a pass reads them in order.
  var positions: [TopicPosition] = []
  /// Of what compressed readers have been written, at the places of `all`; empty until there is such a reader.
  private var checksums: [GzipChecksum] = []
  /// What compresses for them.
  let blocks: GzipBlocks?
  /// What the log held when this loop was woken last; what came since wakes it again.
  private var glance: TopicLog.Glance
  let deliveries: TopicDeliveries
  /// Told of each reader that closes.
  let closed: (TopicReader) -> Void
  /// Told when the last has closed.
  private let becameEmpty: () -> Void
  /// Which reader the pass under way comes to next; nil between passes.
  private var next: Int?
  /// Readers that it has to come back to.
  private var passedOver: [TopicReader] = []
  /// Something was published meanwhile.
  private var mustPassAgain = false
  /// What a view was asked about last.
  private var decoded: (entry: TopicEntry, event: ServerSentEvent)?
  /// What a compressed reader was sent last.
  private var compressed: (entry: TopicEntry, form: TopicEntry.Compressed)?
  /// A publisher waits for the readers that are furthest behind, and has not been told of a move.
  private var mustReportSlowest = false
  private var isReportPlanned = false

  init(
    topic: Topic, loop: EventLoop, deliveries: TopicDeliveries, blocks: GzipBlocks?,
    closed: @escaping (TopicReader) -> Void,
    becameEmpty: @escaping () -> Void
  ) {
    self.topic = topic
    self.loop = loop
    self.deliveries = deliveries
    self.blocks = blocks
    self.closed = closed
    self.becameEmpty = becameEmpty
    glance = topic.glance
  }

  /// What a reader writes next.
  func lookUp(_ sequence: UInt64) -> TopicLog.Lookup {
    if sequence == glance.end { return .notYet }
    if sequence + 1 == glance.end, let newest = glance.newest { return .entry(newest) }
    return topic.lookUp(sequence)
  }

  /// The event of an entry, decoded once for the views of all readers that come to it together.
  func event(of entry: TopicEntry) -> ServerSentEvent? {
    if let decoded, decoded.entry === entry { return decoded.event }
    guard let event = entry.decoded else { return nil }
    decoded = (entry, event)
    return event
  }

  /// An entry's compressed form; the entry itself is asked once for the readers that come to it together.
  func compressed(_ entry: TopicEntry, by blocks: GzipBlocks) -> TopicEntry.Compressed {
    if let compressed, compressed.entry === entry { return compressed.form }
    let form = entry.compressed(by: blocks)
    compressed = (entry, form)
    return form
  }

  func add(_ part: GzipChecksum.Part, toChecksumAt place: Int) { checksums[place].append(part) }

  func checksum(at place: Int) -> GzipChecksum { checksums[place] }

  /// Where the reader begins.
  func insert(_ reader: TopicReader, after lastEventID: String?) -> TopicLog.Start {
    if all.isEmpty { glance = topic.subscribe(self) }
    let start = topic.start(after: lastEventID, in: self)
    topic.readerCount.add(1)
    reader.moved(to: all.count, in: self)
    all.append(reader)
    positions.append(TopicPosition(next: start.sequence, isCompressed: reader.isCompressed))
    if reader.isCompressed, checksums.isEmpty {
      checksums = [GzipChecksum](repeating: GzipChecksum(), count: all.count)
    } else if !checksums.isEmpty {
      checksums.append(GzipChecksum())
    }
    return start
  }

  /// The last one takes the place of the one that leaves.
  func remove(at place: Int) {
    topic.readerCount.add(-1)
    let last = all.removeLast()
    let lastPosition = positions.removeLast()
    let lastChecksum = checksums.popLast()
    if place < all.count {
      all[place] = last
      positions[place] = lastPosition
      if let lastChecksum { checksums[place] = lastChecksum }
      last.moved(to: place, in: self)
      // The pass under way has left this place behind, and would not come to the reader that moved here.
      if let next, place < next { passedOver.append(last) }
    }
    guard all.isEmpty else { return readersMoved() }
    topic.unsubscribe(self)
    becameEmpty()
  }

  // MARK: - Publishers that wait

  /// Tells the topic where the slowest reader stands; and again whenever readers have moved, until it has.
  func reportSlowest() {
    isReportPlanned = false
    // Asked for before the last reader left.
    guard !all.isEmpty else { return }
    mustReportSlowest = !topic.noteSlowest(slowest, of: self)
  }

  /// What the reader furthest behind is sent next.
  var slowest: UInt64 { positions.reduce(UInt64.max) { min($0, $1.next) } }

  /// Plans a report where one is due: one in a turn of the loop, since it looks at all readers.
  func readersMoved() {
    guard mustReportSlowest, !isReportPlanned else { return }
    isReportPlanned = true
    loop.submit { [bound = LoopBound(self, loop: loop)] in bound.onLoop.reportSlowest() }
  }

  // MARK: - Passes

  /// How long one slice of a pass may take: a turn of the loop.
  private static let slice = EventLoop.nanosecondsPerTurn

  /// Something was published: writes to every reader, in slices of a turn, so that other sockets and tasks of the loop
  /// do not wait for all of them.
  func deliver() {
    glance = topic.look(self)
    if next == nil {
      next = 0
      continuePass()
    } else {
      // The pass under way comes to all others first: were it to begin again, those at its end would never be served.
      mustPassAgain = true
    }
  }

  private func continuePass() {
    let start = EventLoop.tick
    deliveries.sliceBegan()
    defer {
      deliveries.sliceEnded()
      readersMoved()
    }
    while deliverToNext() {
      if EventLoop.tick &- start >= Self.slice {
        return loop.submit { [bound = LoopBound(self, loop: loop)] in bound.onLoop.continuePass() }
      }
    }
    next = nil
    guard mustPassAgain else { return }
    mustPassAgain = false
    loop.submit { [bound = LoopBound(self, loop: loop)] in bound.onLoop.deliver() }
  }

  /// False when the pass has come to all.
  private func deliverToNext() -> Bool {
    guard let index = next, index < all.count else {
      guard let reader = passedOver.popLast() else { return false }
      reader.deliver()
      return true
    }
    next = index + 1
    if positions[index].next + 1 == glance.end, let sender = positions[index].sender, let newest = glance.newest {
      deliver(newest, to: index, by: sender)
    } else {
      all[index].deliver()
    }
    return true
  }

  /// Most readers have everything but the newest event, and a socket that takes it.
  private func deliver(_ newest: TopicEntry, to index: Int, by sender: DirectSender) {
    guard positions[index].isCompressed, let blocks else {
      return delivered(newest.chunk.withUnsafeBytes(sender.send), count: newest.chunk.count, of: newest, to: index)
    }
    let compressed = compressed(newest, by: blocks)
    let outcome = compressed.chunk.withUnsafeBytes(sender.send)
    if case .all = outcome { checksums[index].append(compressed.part) }
    delivered(outcome, count: compressed.chunk.count, of: newest, to: index)
  }

  @inline(__always)
  private func delivered(_ outcome: DirectSender.Outcome, count: Int, of newest: TopicEntry, to index: Int) {
    guard case .all = outcome else { return all[index].delivered(outcome, of: newest) }
    positions[index].next += 1
    positions[index].eventCount += 1
    positions[index].sentCount += count
    deliveries.note(dueSince: newest.publishedAt)
  }
}
