import SSEClient
import Synchronization

/// One client of a harness: it follows a stream and tells the harness of each message, one after the other.
final class ContractClient: Sendable {
  private enum Phase {
    /// Between two messages: the connection may be dropped.
    case reading
    /// The harness is being told of a message. A restart waits for its answer, so that the message counts as dealt with
    /// and is not asked for again.
    case delivering(restartsAfterwards: Bool)
    /// The loop is about to be left.
    case restarting
  }

  private struct State {
    var phase = Phase.reading
    var callbacks = 0
  }

  private let source: EventSource
  private let callbackURL: String
  private let log: @Sendable (String) -> Void
  private let state = Mutex(State())
  private let restarts: AsyncStream<Void>
  private let restarting: AsyncStream<Void>.Continuation

  /// - Throws: `InvalidParameter`.
  init(_ parameters: ClientParameters, log: @escaping @Sendable (String) -> Void) throws {
    source = EventClient(configuration: parameters.configuration).source(try parameters.request())
    callbackURL = try parameters.callbackBase()
    self.log = log
    (restarts, restarting) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  }

  // MARK: - Commands

  /// Drops the connection and connects again, at once and with the last event ID. Also begins anew where the stream
  /// has ended for good.
  func restart() {
    state.withLock { state in
      switch state.phase {
      case .reading: restart(&state)
      case .delivering: state.phase = .delivering(restartsAfterwards: true)
      case .restarting: break
      }
    }
  }

  private func restart(_ state: inout State) {
    state.phase = .restarting
    restarting.yield()
  }

  /// Ends `run()`.
  func stop() { restarting.finish() }

  // MARK: - Following

  /// Follows the stream until the client is stopped or the harness has gone. A stream that has ended leaves it waiting
  /// for a command.
  func run() async {
    var commands = restarts.makeAsyncIterator()
    var goesOn = true
    while goesOn {
      state.withLock { $0.phase = .reading }
      await withDiscardingTaskGroup { group in
        group.addTask { await self.read() }
        goesOn = await commands.next(isolation: #isolation) != nil
        group.cancelAll()
      }
    }
  }

  /// One iteration of the source; a later one goes on from its last event ID.
  private func read() async {
    do throws(EventClientError) {
      for try await message in source.messages {
        guard let callback = Callback(message, lastEventID: source.lastEventID) else { continue }
        guard await deliver(callback) else { return }
      }
    } catch {
      _ = await deliver(.error(error))  // It is the last one in any case.
    }
  }

  /// Returns when the harness has answered; false when nothing more is to be told.
  private func deliver(_ callback: Callback) async -> Bool {
    guard let number = beginDelivery() else { return false }
    do {
      try await callback.send(to: "\(callbackURL)/\(number)")
    } catch {
      if !Task.isCancelled { log("callback \(number) could not be delivered, its client ends: \(error)") }
      stop()
      return false
    }
    endDelivery()
    return true
  }

  /// The number of the callback; nil where a restart came first: the message is asked for again then.
  private func beginDelivery() -> Int? {
    state.withLock { state in
      guard case .reading = state.phase else { return nil }
      state.phase = .delivering(restartsAfterwards: false)
      state.callbacks += 1
      return state.callbacks
    }
  }

  private func endDelivery() {
    state.withLock { state in
      if case .delivering(restartsAfterwards: true) = state.phase { return restart(&state) }
      state.phase = .reading
    }
  }
}
