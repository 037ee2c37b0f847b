import CSSEPosix
import Synchronization

/// The loops that clients share: one a processor, started with the first connection, kept for the life of the process
/// as URLSession keeps its own.
package final class EventLoopGroup: Sendable {
  package static let shared = EventLoopGroup()

  private struct State {
    var loops: [EventLoop] = []
    var nextIndex = 0
  }
  private let state = Mutex(State())
  /// Looked up once: it takes two files to read.
  private let mostLoops = defaultCount

  /// How many loops suit this process: the processors it may use.
  package static var defaultCount: Int { Int(sse_processor_count()) }

  /// The next loop in turn.
  package func next() throws(SocketError) -> EventLoop {
    let result = state.withLock { state -> Result<EventLoop, SocketError> in
      if state.loops.count < mostLoops {
        do throws(SocketError) {
          let loop = try EventLoop(name: "sse-client-\(state.loops.count)")
          state.loops.append(loop)
        } catch {
          if state.loops.isEmpty { return .failure(error) }
        }
      }
      state.nextIndex = (state.nextIndex + 1) % state.loops.count
      return .success(state.loops[state.nextIndex])
    }
    return try result.get()
  }
}
