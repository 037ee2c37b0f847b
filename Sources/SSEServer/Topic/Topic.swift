import SSESockets
public import ServerSentEvents
import Synchronization

/// Events for any number of readers.
///
///     let news = Topic(history: 1_000)
///     router.events("/news", from: news)
///     try await news.publish(ServerSentEvent(data: "hello"))
///
/// A topic is a log, and a reader is a position in it: an event is encoded once, however many readers there are, and a
/// reader has no task and no buffer of its own. The topic gives each event its ID, `EPOCH-SEQUENCE`. A reader that
/// comes back with `Last-Event-ID` gets what it missed, as far as the history holds it; where it does not, the reader
/// is told of the hole by an event (`TopicGapNotice`). What becomes of a reader that falls behind the history is the
/// topic's `TopicLagRule`.
public final class Topic: Sendable {
  struct State {
    var log: TopicLog
    /// Where events are kept beside memory, if they are.
    var journal: (any TopicJournal)?
    var loops: [TopicLoop] = []
    /// The subscriptions of this process, by their numbers.
    var cursors: [UInt64: TopicCursor.Position] = [:]
    var lastCursor: UInt64 = 0

    func hasCursor(before sequence: UInt64) -> Bool { cursors.values.contains { $0.next < sequence } }
  }

  /// The readers of one event loop.
  struct TopicLoop {
    let readers: LoopBound<TopicReaders>
    /// It has been woken and has not looked since.
    var isWoken = false
    /// None of its readers stands before this; where publishers wait for readers.
    var slowest: UInt64 = .max
  }

  let state: Mutex<State>
  let epoch: String
  let lagRule: TopicLagRule
  let gapNotice: TopicGapNotice
  /// Changes with each publish that subscriptions of this process are to look at.
  let published = ObservedValue(())
  /// Changes when readers have moved on that publishers wait for.
  let room = ObservedValue(())
  let readerCount = ObservedValue(0)

  /// A topic without events.
  ///
  /// - Parameters:
  ///   - history: How many events are held, at least 1, for readers that come back or are behind. Default 1,000.
  ///   - historyBytes: How many bytes they may have as they are sent; the newest event is held in any case. Default 64
  ///     MiB.
  ///   - maxAge: How long an event is held. Older ones are dropped with the next publish, and before a reader is given
  ///     its place. Default: as long as there is room.
  ///   - onLag: What becomes of a reader that falls behind. Default: its connection is ended, and it comes back.
  ///   - gapNotice: How readers are told of holes. Default: by an event of type "gap".
  public init(
    history: Int = 1_000, historyBytes: Int = 67_108_864, maxAge: Duration? = nil,
    onLag lagRule: TopicLagRule = .endConnection, gapNotice: TopicGapNotice = .event
  ) {
    let budget = TopicLog.Budget(events: history, bytes: historyBytes, maxAge: maxAge)
    epoch = TopicID.newEpoch()
    self.lagRule = lagRule
    self.gapNotice = gapNotice
    let log = TopicLog(budget: budget, epoch: epoch, keepsNewestOfKeys: lagRule == .newestOfEachKey)
    state = Mutex(State(log: log))
  }

  /// A topic that goes on with what its journal, if it has one, has kept.
  init(
    journal: (any TopicJournal)?, budget: TopicLog.Budget, onLag lagRule: TopicLagRule = .endConnection,
    gapNotice: TopicGapNotice = .event
  ) throws(TopicError) {
    var recovery = TopicRecovery(
      budget: budget, epoch: journal?.epoch ?? TopicID.newEpoch(), first: journal?.first ?? 1,
      keepsNewestOfKeys: lagRule == .newestOfEachKey, clock: TopicClock())
    try journal?.recover { recovery.restore($0) }
    let log = recovery.finished()
    epoch = log.epoch
    self.lagRule = lagRule
    self.gapNotice = gapNotice
    state = Mutex(State(log: log, journal: journal))
  }

  /// The newest event that is held, with its ID; nil where none is. After a restart it tells how far publishing had
  /// come.
  public var newest: ServerSentEvent? { glance.newest?.decoded }

  // MARK: - Publishing

  /// Bytes of the data of an event at most.
  static let largestEvent = 16_777_216
  /// Bytes of the type of an event at most, and of its key.
  static let longestName = 65_536

  /// Appends an event to the topic and has it sent to all readers. Waits for them only where the topic's rule is
  /// `.publisherWaits`. From any task: events of one caller, and of callers that wait for each other, keep their order,
  /// the same for all readers.
  ///
  /// - Parameters:
  ///   - event: Without an ID.
  ///   - key: What the event is the newest value of, for `TopicLagRule.newestOfEachKey`. Default: its type.
  /// - Returns: The ID that the topic gave the event.
  /// - Throws: `TopicError` where the event cannot be published, or not be written to the topic's file;
  ///   `CancellationError` where the task is cancelled while it waits for readers. Nothing is published then.
  @discardableResult
  public func publish(_ event: ServerSentEvent, key: String? = nil) async throws -> String {
    try Self.check(event, key: key)
    if let id = try publishNow(event, key: key) { return id }
    return try await publishWhenThereIsRoom(event, key: key)
  }

  /// Publishes an event of this type whose data is the text; see `publish(_:key:)`.
  @discardableResult
  public func publish(_ data: String, type: String = "message", key: String? = nil) async throws -> String {
    try await publish(ServerSentEvent(data: data, type: type), key: key)
  }

  /// Publishes an event whose data is the value in JSON: compact, slashes not escaped, keys sorted. Throws what its
  /// encoding throws, else as `publish(_:key:)`.
  @discardableResult
  public func publish(json value: some Encodable, type: String = "message", key: String? = nil) async throws -> String {
    try await publish(ServerSentEvent(data: try JSON.text(value), type: type), key: key)
  }

  private static func check(_ event: ServerSentEvent, key: String?) throws(TopicError) {
    if let id = event.id { throw .eventHasID(id) }
    let bytes = event.data.utf8.count
    guard bytes <= largestEvent else { throw .eventTooLarge(bytes: bytes, limit: largestEvent) }
    let nameBytes = max(event.type.utf8.count, key?.utf8.count ?? 0)
    guard nameBytes <= longestName else { throw .nameTooLong(bytes: nameBytes, limit: longestName) }
    do { try EventEncoder.validate(event) } catch { throw .invalidType(event.type) }
  }

  private enum Publication {
    case done(id: String, woken: [LoopBound<TopicReaders>], hasCursors: Bool)
    /// Readers need what would be dropped: on these loops, or subscriptions of this process.
    case waits(for: [LoopBound<TopicReaders>])
  }

  /// Nil where readers have to move on first: they have been asked to say so.
  private func publishNow(_ event: ServerSentEvent, key: String?) throws(TopicError) -> String? {
    let now = TopicClock.now
    let publication = try state.withLock { state throws(TopicError) -> Publication in
      let entry = TopicEntry(
        event, id: state.log.nextID, key: lagRule == .newestOfEachKey ? key ?? event.type : nil, publishedAt: now)
      if lagRule == .publisherWaits {
        let oldest = state.log.oldest(afterAppending: entry)
        let behind = state.loops.filter { $0.slowest < oldest }
        if !behind.isEmpty || state.hasCursor(before: oldest) { return .waits(for: behind.map(\.readers)) }
      }
      let id = state.log.nextID.description
      try state.keep(entry, key: key)
      state.log.append(entry, now: now)
      return .done(id: id, woken: Self.wake(&state.loops), hasCursors: !state.cursors.isEmpty)
    }
    switch publication {
    case .done(let id, let woken, let hasCursors):
      for readers in woken { readers.loop.submit { readers.onLoop.deliver() } }
      if hasCursors { published.set(()) }
      return id
    case .waits(let behind):
      for readers in behind { readers.loop.submit { readers.onLoop.reportSlowest() } }
      return nil
    }
  }

  private func publishWhenThereIsRoom(_ event: ServerSentEvent, key: String?) async throws -> String {
    var seen: UInt64 = 0
    // At first this gives the present version at once: what moves after the next attempt is not missed.
    while let (_, version) = await room.next(after: seen) {
      seen = version
      if let id = try publishNow(event, key: key) { return id }
    }
    throw CancellationError()
  }

  /// The loops that have not been woken since they last looked.
  private static func wake(_ loops: inout [TopicLoop]) -> [LoopBound<TopicReaders>] {
    var woken: [LoopBound<TopicReaders>] = []
    for index in loops.indices where !loops[index].isWoken {
      loops[index].isWoken = true
      woken.append(loops[index].readers)
    }
    return woken
  }
}

extension TopicLog.Budget {
  init(events: Int, bytes: Int, maxAge: Duration?) {
    self.init(events: events, bytes: bytes, age: maxAge?.clampedNanoseconds ?? .max)
  }
}
