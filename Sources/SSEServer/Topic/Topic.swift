import SSESockets
public import ServerSentEvents
import Synchronization

/// Events for any number of readers.
///
///     let news = Topic(history: 1_000)
///     router.events("/news", from: news)
///     try await news.publish(ServerSentEvent(data: "hello"))
///
/// An event is encoded once, however many readers there are; a reader has no task and no buffer of its own. A reader
/// that comes back with `Last-Event-ID` gets what it missed, as far as the history holds it; where it does not, the
/// reader is told of the hole by an event of type "gap". A reader that falls behind the history is disconnected: it
/// comes back and is told.
public final class Topic: Sendable {
  /// The readers of one event loop, and whether that loop has been woken for what was published last.
  private struct Subscription {
    let readers: LoopBound<TopicReaders>
    var isWoken = false
  }

  private struct State {
    var log: TopicLog
    var subscriptions: [Subscription] = []
  }

  private let state: Mutex<State>

  /// A topic without events.
  ///
  /// - Parameter history: How many events are held for readers that come back, at least 1. Default 1,000.
  public init(history: Int = 1_000) {
    // 40 random bits: another log hardly ever has the same.
    let epoch = String(UInt64.random(in: 0..<(1 << 40)), radix: 36)
    state = Mutex(State(log: TopicLog(capacity: history, epoch: epoch)))
  }

  /// Appends an event to the topic and has it sent to all readers; does not wait for them. Events of one caller, and of
  /// callers that wait for each other, keep their order, the same for all readers.
  ///
  /// - Returns: The ID that the topic gave the event; an ID that it had is not used.
  /// - Throws: `EventStreamError.invalidType` when the type holds a line end or NUL; nothing is published then.
  @discardableResult
  public func publish(_ event: ServerSentEvent) async throws(EventStreamError) -> String {
    let result = state.withLock { state -> Result<(String, [LoopBound<TopicReaders>]), EventStreamError> in
      do throws(EventStreamError) {
        let id = try state.log.append(event)
        return .success((id, Self.wake(&state.subscriptions)))
      } catch {
        return .failure(error)
      }
    }
    let (id, woken) = try result.get()
    for readers in woken { readers.loop.submit { readers.onLoop.deliver() } }
    return id
  }

  /// The loops that have not been woken since they last looked.
  private static func wake(_ subscriptions: inout [Subscription]) -> [LoopBound<TopicReaders>] {
    var woken: [LoopBound<TopicReaders>] = []
    for index in subscriptions.indices where !subscriptions[index].isWoken {
      subscriptions[index].isWoken = true
      woken.append(subscriptions[index].readers)
    }
    return woken
  }

  // MARK: - For the readers' loops

  func lookUp(_ sequence: UInt64) -> TopicLog.Lookup { state.withLock { $0.log.lookUp(sequence) } }

  func start(after lastEventID: String?) -> TopicLog.Start { state.withLock { $0.log.start(after: lastEventID) } }

  var glance: TopicLog.Glance { state.withLock { $0.log.glance } }

  /// Has `readers` woken for each publish from now on; what the log holds now.
  func subscribe(_ readers: TopicReaders) -> TopicLog.Glance {
    let bound = LoopBound(readers, loop: readers.loop)
    return state.withLock { state in
      state.subscriptions.append(Subscription(readers: bound))
      return state.log.glance
    }
  }

  func unsubscribe(_ readers: TopicReaders) {
    state.withLock { $0.subscriptions.removeAll { $0.readers.loop === readers.loop } }
  }

  /// What the log holds now; the next publish wakes the loop of these readers again.
  func look(_ readers: TopicReaders) -> TopicLog.Glance {
    state.withLock { state in
      if let index = state.subscriptions.firstIndex(where: { $0.readers.loop === readers.loop }) {
        state.subscriptions[index].isWoken = false
      }
      return state.log.glance
    }
  }
}
