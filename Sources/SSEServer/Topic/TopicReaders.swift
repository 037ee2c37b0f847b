import SSESockets

/// The readers of one topic on one event loop. On the loop's thread only.
final class TopicReaders {
  let topic: Topic
  unowned let loop: EventLoop
  private(set) var all: [TopicReader] = []
  /// What the log held when this loop was woken last; what came since wakes it again.
  private var glance: TopicLog.Glance
  /// Told of each reader that has closed.
  private let closed: (TopicReader) -> Void
  /// Which reader the pass under way comes to next; nil between passes.
  private var next: Int?
  /// Readers that it has to come back to.
  private var passedOver: [TopicReader] = []
  /// Something was published meanwhile.
  private var mustPassAgain = false

  init(topic: Topic, loop: EventLoop, closed: @escaping (TopicReader) -> Void) {
    self.topic = topic
    self.loop = loop
    self.closed = closed
    glance = topic.glance
  }

  /// What a reader writes next.
  func lookUp(_ sequence: UInt64) -> TopicLog.Lookup {
    if sequence == glance.end { return .notYet }
    if sequence + 1 == glance.end, let newest = glance.newest { return .entry(newest) }
    return topic.lookUp(sequence)
  }

  func insert(_ reader: TopicReader) {
    if all.isEmpty { glance = topic.subscribe(self) }
    reader.place = all.count
    all.append(reader)
  }

  /// The last one takes the place of the one that leaves.
  func remove(_ reader: TopicReader) {
    guard reader.place < all.count, all[reader.place] === reader else { return }
    let last = all.removeLast()
    if last !== reader {
      all[reader.place] = last
      last.place = reader.place
      // The pass under way has left this place behind, and would not come to the reader that moved here.
      if let next, reader.place < next { passedOver.append(last) }
    }
    if all.isEmpty { topic.unsubscribe(self) }
    closed(reader)
  }

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
    while let reader = nextInPass() {
      reader.deliver()
      if EventLoop.tick &- start >= Self.slice {
        return loop.submit { [bound = LoopBound(self, loop: loop)] in bound.onLoop.continuePass() }
      }
    }
    next = nil
    guard mustPassAgain else { return }
    mustPassAgain = false
    loop.submit { [bound = LoopBound(self, loop: loop)] in bound.onLoop.deliver() }
  }

  private func nextInPass() -> TopicReader? {
    guard let index = next, index < all.count else { return passedOver.popLast() }
    next = index + 1
    return all[index]
  }
}

/// The topic readers of a server's loop. On the loop's thread only.
final class TopicReaderTable {
  private var topics: [ObjectIdentifier: TopicReaders] = [:]

  var all: [TopicReader] { topics.values.flatMap(\.all) }

  var isEmpty: Bool { topics.isEmpty }

  /// The readers of a topic on this loop.
  func readers(of topic: Topic, on loop: EventLoop, closed: @escaping (TopicReader) -> Void) -> TopicReaders {
    let key = ObjectIdentifier(topic)
    if let known = topics[key] { return known }
    let readers = TopicReaders(topic: topic, loop: loop) { [unowned self] reader in
      if topics[key]?.all.isEmpty == true { topics[key] = nil }
      closed(reader)
    }
    topics[key] = readers
    return readers
  }

  func sweep(now: UInt64, _ configuration: EventServerConfiguration) {
    for reader in all { reader.sweep(now: now, configuration) }
  }

  /// Ends all readers; each gets a reconnection time of its own.
  func end(_ configuration: EventServerConfiguration) {
    for reader in all { reader.end(retry: configuration.randomFarewellRetry) }
  }
}
