import SSESockets
import Synchronization

/// Runs a server in a child task while `body` runs, and closes it before it returns. What `withEventServer` and
/// `withScriptedServer` have in common: the time limit, and that no failure gets lost.
///
/// - Parameters:
///   - run: The server; it tells what `body` is given once it listens, and ends when it is cancelled. What it throws
///     while `body` runs cancels `body` and is thrown instead of what that makes of it.
///   - openConnections: What the connections were doing when the time was over.
func withServerScope<Listening: Sendable, R>(
  timeLimit: Duration,
  isolation: isolated (any Actor)? = #isolation,
  run: @escaping @Sendable (_ onListening: @escaping @Sendable (Listening) -> Void) async throws -> Void,
  openConnections: @escaping @Sendable (_ within: Duration) async -> [String],
  _ body: (Listening) async throws -> R
) async throws -> R {
  let (events, listening) = AsyncStream.makeStream(of: Listening.self)
  let scope = ServerScope()
  return try await withThrowingTaskGroup(of: Void.self) { group in
    let task = BodyTask(task: withUnsafeCurrentTask { $0 })
    group.addTask {
      // Whether the server listens or fails to, the caller's wait below ends.
      defer { listening.finish() }
      do { try await run { listening.yield($0) } } catch {
        // One that was cancelled with this scope, or from outside, has not failed.
        let failure = error is CancellationError ? EventServerTestError.cancelled : error
        if !Task.isCancelled, scope.fail(failure) { task.cancel() }
        throw error
      }
    }
    var iterator = events.makeAsyncIterator()
    guard let value = await iterator.next(isolation: isolation) else {
      try await group.next()
      throw EventServerTestError.cancelled
    }
    group.addTask {
      guard await scope.isOver(after: timeLimit, connections: openConnections) else { return }
      task.cancel()
    }
    let result: Result<R, any Error>
    do {
      // A server that has failed by now is the error, below.
      guard scope.begin() else { throw CancellationError() }
      result = .success(try await body(value))
    } catch {
      result = .failure(error)
    }
    let interruption = scope.end()
    group.cancelAll()
    while await group.nextResult() != nil {}
    if let interruption { throw interruption }
    // A cancelled test that returns or throws `CancellationError` does not count as failed.
    if Task.isCancelled { throw EventServerTestError.cancelled }
    do { return try result.get() } catch is CancellationError { throw EventServerTestError.cancelled }
  }
}

/// The task that runs a scope's body, as the scope's children may hold it.
private struct BodyTask: @unchecked Sendable {
  // Proof of Sendable: cancelling may be done from any thread. The reference is used only while its task lives: that is
  // the one which waits for the children, and these have ended before its function returns.
  let task: UnsafeCurrentTask?

  func cancel() { task?.cancel() }
}

/// How the body of a server's scope comes to its end: by itself, or by the first thing that interrupts it.
private final class ServerScope: Sendable {
  private enum State {
    case starting
    case running
    case interrupted(any Error)
    case ended
  }
  private let state = Mutex(State.starting)

  /// How long a server is given to say what is open. It is asked before the test is cancelled, which closes its
  /// connections; one that is blocked must not put that off.
  private static let longestQuestion: Duration = .milliseconds(100)

  /// The body is about to run; false when the server has failed already.
  func begin() -> Bool {
    state.withLock { state in
      guard case .starting = state else { return false }
      state = .running
      return true
    }
  }

  /// The server has failed: true when that interrupts the body.
  func fail(_ error: any Error) -> Bool {
    state.withLock { state in
      switch state {
      case .starting:
        state = .interrupted(error)
        return false
      case .running:
        state = .interrupted(error)
        return true
      case .interrupted, .ended: return false
      }
    }
  }

  /// True when the time is over and that interrupts the body; then notes what is open.
  func isOver(
    after limit: Duration, connections: @Sendable (_ within: Duration) async -> [String]
  ) async -> Bool {
    do { try await EventLoopGroup.shared.next().sleep(for: limit) } catch { return false }
    let open = await connections(Self.longestQuestion)
    return fail(EventServerTestError.timeLimit(limit, openConnections: open))
  }

  /// The body has ended: what interrupted it, nil when nothing did.
  func end() -> (any Error)? {
    state.withLock { state in
      if case .interrupted(let error) = state { return error }
      state = .ended
      return nil
    }
  }
}
