import SSESockets
import Synchronization

/// Facts that change on one side, and tasks on the other that wait for what they show: no polling, no actor.
final class Observed<Facts: Sendable>: Sendable {
  private struct Waiter: Sendable {
    /// How to resume the task, once the facts show what it waits for.
    let resumption: @Sendable (Facts) -> (@Sendable () -> Void)?
    let cancel: @Sendable () -> Void
  }
  private struct State {
    var facts: Facts
    var waiters: [Int: Waiter] = [:]
    var nextWaiter = 0

    /// Takes out the waiters that the facts satisfy now; returns what resumes their tasks.
    mutating func takeSatisfied() -> [@Sendable () -> Void] {
      var resumptions: [@Sendable () -> Void] = []
      for (number, waiter) in waiters {
        guard let resumption = waiter.resumption(facts) else { continue }
        waiters[number] = nil
        resumptions.append(resumption)
      }
      return resumptions
    }
  }
  private let state: Mutex<State>

  init(_ facts: Facts) { state = Mutex(State(facts: facts)) }

  var facts: Facts { state.withLock { $0.facts } }

  /// Changes the facts, and wakes whoever waited for what they show now.
  @discardableResult
  func update<R: Sendable>(_ change: (inout Facts) -> R) -> R {
    let (result, resumptions) = state.withLock { state in (change(&state.facts), state.takeSatisfied()) }
    // Not under the lock: a resumed task may run at once.
    for resume in resumptions { resume() }
    return result
  }

  /// Waits until `found` finds something in the facts, and returns that. `found` is called under a lock.
  ///
  /// - Throws: `CancellationError` at once when the task is cancelled.
  @discardableResult
  func first<Found: Sendable>(_ found: @escaping @Sendable (Facts) -> Found?) async throws -> Found {
    let number = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Found, any Error>) in
        let waiter = Waiter(
          resumption: { facts in
            guard let value = found(facts) else { return nil }
            return { continuation.resume(returning: value) }
          },
          cancel: { continuation.resume(throwing: CancellationError()) })
        let resume: (@Sendable () -> Void)? = state.withLock { state in
          if let resumption = waiter.resumption(state.facts) { return resumption }
          // Cancelled before: the handler has come too early to find the waiter. Cancelled from here on: it needs this
          // lock, and finds it.
          if Task.isCancelled { return waiter.cancel }
          state.waiters[number] = waiter
          return nil
        }
        resume?()
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: number) }?.cancel()
    }
  }

  /// The same, at most for `limit`.
  ///
  /// - Throws: `ConditionTimeout` when the time is over, with `what` was waited for and what there was instead;
  ///   `CancellationError` when the task is cancelled.
  @discardableResult
  func first<Found: Sendable>(
    _ what: String, within limit: Duration, isolation: isolated (any Actor)? = #isolation,
    butSaw seen: @Sendable (Facts) -> String, _ found: @escaping @Sendable (Facts) -> Found?
  ) async throws -> Found {
    if let value = found(facts) { return value }
    let value = try await withThrowingTaskGroup(of: Found?.self) { group in
      group.addTask { try await self.first(found) }
      group.addTask {
        try await EventLoopGroup.shared.next().sleep(for: limit)
        return nil
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
    guard let value else { throw ConditionTimeout(what, limit, seen: seen(facts)) }
    return value
  }
}

/// What a test waited for did not happen in time.
public struct ConditionTimeout: Error, Hashable, CustomStringConvertible {
  /// What was waited for, for how long, and what there was instead.
  public let description: String

  init(_ what: String, _ limit: Duration, seen: String) {
    description = "not within \(limit): \(what); \(seen)"
  }
}
