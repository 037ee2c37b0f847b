import SSESockets
import ServerSentEvents
import Synchronization

/// Where a subscription stands. It belongs to one iterator; letting go of it takes it off the topic.
final class TopicCursor {
  /// As the topic keeps it.
  struct Position {
    var next: UInt64
    /// See `TopicLog.Start`.
    var newestOnlyUntil: UInt64
  }

  private let topic: Topic
  private let number: UInt64
  private var gap: ServerSentEvent?
  /// The version of `Topic.published` that was looked at last.
  private var seen: UInt64 = 0
  private var isOver = false

  init(_ topic: Topic, start: TopicLog.Start) {
    self.topic = topic
    gap = start.gap?.event(topic.gapNotice)
    number = topic.addCursor(at: Position(next: start.sequence, newestOnlyUntil: start.newestOnlyUntil))
  }

  deinit { topic.removeCursor(number) }

  func next() async throws(TopicError) -> ServerSentEvent? {
    if let gap {
      self.gap = nil
      return gap
    }
    while !isOver {
      switch topic.take(number) {
      case .entry(let entry):
        if let event = entry.decoded { return event }
      case .gap(let gap):
        if let event = gap.event(topic.gapNotice) { return event }
      case .overtaken(let lastEventID):
        isOver = true
        throw .overtaken(lastEventID: lastEventID)
      case .nothing:
        // What was published since `take` has made a newer version than the one that was looked at before.
        guard let (_, version) = await topic.published.next(after: seen) else { return nil }
        seen = version
      }
    }
    return nil
  }
}

extension Topic {
  enum Taken {
    case entry(TopicEntry)
    case gap(TopicGap)
    case nothing
    case overtaken(lastEventID: String)
  }

  /// Where a subscription begins.
  func start(after lastEventID: String?) -> TopicLog.Start {
    let now = TopicClock.now
    return state.withLock { state in
      state.log.dropExpired(now: now)
      return state.log.start(after: lastEventID)
    }
  }

  func addCursor(at position: TopicCursor.Position) -> UInt64 {
    readerCount.add(1)
    return state.withLock { state in
      state.lastCursor += 1
      state.cursors[state.lastCursor] = position
      return state.lastCursor
    }
  }

  func removeCursor(_ number: UInt64) {
    state.withLock { state in _ = state.cursors.removeValue(forKey: number) }
    readerCount.add(-1)
    room.set(())
  }

  /// What a subscription gets next; it is past that then.
  func take(_ number: UInt64) -> Taken {
    let taken = state.withLock { state -> Taken in
      guard var position = state.cursors[number] else { return .nothing }
      defer { state.cursors[number] = position }
      return state.log.take(at: &position, endsWhenOvertaken: lagRule == .endConnection)
    }
    if lagRule == .publisherWaits, case .entry = taken { room.set(()) }
    return taken
  }
}

extension TopicLog {
  fileprivate func take(at position: inout TopicCursor.Position, endsWhenOvertaken: Bool) -> Topic.Taken {
    if position.next < position.newestOnlyUntil {
      if let newest = newestOfKey(from: position.next, before: position.newestOnlyUntil) {
        position.next = newest.sequence + 1
        return .entry(newest.entry)
      }
      position.next = position.newestOnlyUntil
    }
    switch lookUp(position.next) {
    case .notYet: return .nothing
    case .entry(let entry):
      position.next += 1
      return .entry(entry)
    case .gone:
      if endsWhenOvertaken { return .overtaken(lastEventID: id(of: position.next - 1).description) }
      let start = startAfterSkipping(from: position.next)
      position = TopicCursor.Position(next: start.sequence, newestOnlyUntil: start.newestOnlyUntil)
      return start.gap.map(Topic.Taken.gap) ?? .nothing
    }
  }
}
