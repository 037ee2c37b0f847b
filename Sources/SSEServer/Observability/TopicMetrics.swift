import SSESockets
import Synchronization

/// What a topic holds, and how its readers stand: a snapshot.
public struct TopicMetrics: Sendable, Hashable {
  /// Events published since the topic was made, or since its log was begun.
  public var eventsPublished = 0
  /// Events that it holds, for readers that come back or are behind; with `TopicLagRule.newestOfEachKey` those that it
  /// keeps beside its history too.
  public var eventsHeld = 0
  /// Bytes of them, as they are sent.
  public var bytesHeld = 0
  /// Readers on connections, of all servers, and in the process.
  public var readers = 0
  /// How many events the slowest of its readers has not been sent; 0 without readers.
  public var slowestReaderLag = 0

  /// All zero.
  public init() {}
}

extension Topic {
  /// What the topic holds, and how its readers stand. Waits for the event loops that have readers of it, as
  /// `EventServer.metrics(topics:)` does.
  public func metrics() async -> TopicMetrics {
    var metrics = TopicMetrics()
    metrics.readers = readers.count
    let (end, loops) = state.withLock { state -> (UInt64, [TopicLoop]) in
      metrics.eventsPublished = Int(state.log.end - 1)
      metrics.eventsHeld = state.log.heldCount
      metrics.bytesHeld = state.log.heldBytes
      metrics.slowestReaderLag = state.cursors.values.map { state.log.lag(at: $0.next) }.max() ?? 0
      return (state.log.end, state.loops)
    }
    for loop in loops {
      let slowest = await loop.readers.run { $0.slowest }
      // Those on a loop may have moved on meanwhile.
      if slowest < end { metrics.slowestReaderLag = max(metrics.slowestReaderLag, Int(end - slowest)) }
    }
    return metrics
  }

  func lag(at next: UInt64) -> Int { state.withLock { $0.log.lag(at: next) } }
}

extension TopicLog {
  /// How many events come before the end for a reader that is sent this one next.
  func lag(at next: UInt64) -> Int { next < end ? Int(end - next) : 0 }
}
