import SSEServer
import SSESockets
import Synchronization

/// The last events that a hub has taken, for its page.
final class RecentEvents: Sendable {
  /// Events at most.
  static let most = 50
  /// Characters (Unicode scalars) of an event's data, type and topic at most.
  static let mostText = 500

  struct Event: Encodable, Sendable, Equatable {
    /// Counts from 1.
    let number: Int
    let topic: String
    let id: String
    let type: String
    /// Its beginning.
    let data: String
    let isWhole: Bool
    /// Milliseconds since 1970.
    let time: Int64
  }

  private struct State {
    var events: [Event] = []
    var count = 0
  }

  private let state = Mutex(State())

  func note(_ event: ServerSentEvent, id: String, topic: String) {
    let data = event.data.unicodeScalars.prefix(Self.mostText)
    let type = String(event.type.unicodeScalars.prefix(Self.mostText))
    let isWhole = data.endIndex == event.data.unicodeScalars.endIndex
    let time = EventLoop.secondsSince1970 * 1_000
    state.withLock { state in
      state.count += 1
      if state.events.count == Self.most { state.events.removeFirst() }
      state.events.append(
        Event(
          number: state.count, topic: topic, id: id, type: type, data: String(data), isWhole: isWhole, time: time))
    }
  }

  /// Those that came after the one with this number, as far as they are remembered.
  func events(after number: Int) -> [Event] {
    state.withLock { $0.events.filter { $0.number > number } }
  }
}
