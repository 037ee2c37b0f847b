import SSESockets
import Synchronization

/// How many connections each loop of a server has: who gets the next one, and whether there is room.
final class ServerLoad: Sendable {
  private let counts: Mutex<[Int]>
  let limit: Int

  init(loopCount: Int, limit: Int?) {
    counts = Mutex([Int](repeating: 0, count: loopCount))
    self.limit = limit ?? ProcessLimits.descriptors / 10 * 9
  }

  /// The loop with the fewest connections, one more from now on; nil when so many wait to be refused that another one
  /// is closed without an answer.
  func placeConnection() -> Int? {
    counts.withLock { counts in
      guard counts.reduce(0, +) < limit + limit / 20 + 1 else { return nil }
      guard let fewest = counts.indices.min(by: { counts[$0] < counts[$1] }) else { return nil }
      counts[fewest] += 1
      return fewest
    }
  }

  func connectionClosed(onLoop index: Int) { counts.withLock { $0[index] -= 1 } }

  /// Whether a connection that has been placed is within the limit.
  var hasRoom: Bool { counts.withLock { $0.reduce(0, +) <= limit } }
}
