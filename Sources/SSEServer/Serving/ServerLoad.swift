import SSESockets
import Synchronization

/// How many connections each loop of a server has: who gets the next one, and whether it is within the limit.
final class ServerLoad: Sendable {
  /// Where a connection goes. It is given back with `released` once the connection has closed.
  struct Place: Sendable {
    let loop: Int
    /// Else it is only refused.
    let isWithinLimit: Bool
  }

  /// Connections over the limit that are being refused at once. They do not count as connections, since one that does
  /// not close by itself stays for a moment longer.
  static let mostRefused = 64

  private struct State {
    var counts: [Int]
    var refused = 0
  }
  private let state: Mutex<State>
  let limit: Int

  init(loopCount: Int, limit: Int?) {
    state = Mutex(State(counts: [Int](repeating: 0, count: loopCount)))
    self.limit = limit ?? ProcessLimits.descriptors / 10 * 9
  }

  /// Connections now, without those that are being refused.
  var connectionCount: Int { state.withLock { $0.counts.reduce(0, +) } }

  /// A place on the loop with the fewest connections; nil when so many are being refused that another one is closed
  /// without an answer.
  func placeConnection() -> Place? {
    state.withLock { state in
      guard let fewest = state.counts.indices.min(by: { state.counts[$0] < state.counts[$1] }) else { return nil }
      if state.counts.reduce(0, +) < limit {
        state.counts[fewest] += 1
        return Place(loop: fewest, isWithinLimit: true)
      }
      guard state.refused < Self.mostRefused else { return nil }
      state.refused += 1
      return Place(loop: fewest, isWithinLimit: false)
    }
  }

  /// Makes of a place within the limit one for a refusal; nil when there are too many of those. The place is given back
  /// either way.
  func refuse(_ place: Place) -> Place? {
    state.withLock { state in
      state.counts[place.loop] -= 1
      guard state.refused < Self.mostRefused else { return nil }
      state.refused += 1
      return Place(loop: place.loop, isWithinLimit: false)
    }
  }

  func released(_ place: Place) {
    state.withLock { state in
      if place.isWithinLimit { state.counts[place.loop] -= 1 } else { state.refused -= 1 }
    }
  }
}
