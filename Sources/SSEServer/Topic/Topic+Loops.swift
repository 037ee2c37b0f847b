import SSESockets
import Synchronization

/// What the readers on an event loop ask of their topic.
extension Topic {
  func lookUp(_ sequence: UInt64) -> TopicLog.Lookup { state.withLock { $0.log.lookUp(sequence) } }

  func newestOfKey(from sequence: UInt64, before limit: UInt64) -> (sequence: UInt64, entry: TopicEntry)? {
    state.withLock { $0.log.newestOfKey(from: sequence, before: limit) }
  }

  var glance: TopicLog.Glance { state.withLock { $0.log.glance } }

  /// Where a reader of this loop begins; publishers that wait for readers wait for it from now on.
  func start(after lastEventID: String?, in readers: TopicReaders) -> TopicLog.Start {
    let now = TopicClock.now
    return state.withLock { state in
      state.log.dropExpired(now: now)
      let start = state.log.start(after: lastEventID)
      if let index = Self.index(of: readers, in: state) {
        state.loops[index].slowest = min(state.loops[index].slowest, start.sequence)
      }
      return start
    }
  }

  /// Where a reader goes on that has been overtaken.
  func startAfterSkipping(from next: UInt64) -> TopicLog.Start {
    state.withLock { $0.log.startAfterSkipping(from: next) }
  }

  /// Has `readers` woken for each publish from now on; what the log holds now.
  func subscribe(_ readers: TopicReaders) -> TopicLog.Glance {
    let bound = LoopBound(readers, loop: readers.loop)
    return state.withLock { state in
      state.loops.append(TopicLoop(readers: bound))
      return state.log.glance
    }
  }

  func unsubscribe(_ readers: TopicReaders) {
    state.withLock { $0.loops.removeAll { $0.readers.loop === readers.loop } }
    room.set(())
  }

  /// What the log holds now; the next publish wakes the loop of these readers again.
  func look(_ readers: TopicReaders) -> TopicLog.Glance {
    state.withLock { state in
      if let index = Self.index(of: readers, in: state) { state.loops[index].isWoken = false }
      return state.log.glance
    }
  }

  /// Takes note of where the slowest of these readers stands; whether it has moved on, so that publishers try again.
  func noteSlowest(_ slowest: UInt64, of readers: TopicReaders) -> Bool {
    let hasMoved = state.withLock { state -> Bool in
      guard let index = Self.index(of: readers, in: state) else { return true }
      defer { state.loops[index].slowest = slowest }
      return slowest > state.loops[index].slowest
    }
    if hasMoved { room.set(()) }
    return hasMoved
  }

  private static func index(of readers: TopicReaders, in state: State) -> Int? {
    state.loops.firstIndex { $0.readers.loop === readers.loop }
  }
}
