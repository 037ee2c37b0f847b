import SSESockets

/// Runs an operation, and cancels it when the time is over. The operation must end soon when it is cancelled, since
/// this returns after it has.
///
/// - Parameters:
///   - loop: Its timers are used.
///   - executor: Where the operation prefers to run.
///   - timeout: What is thrown when the time is over.
/// - Throws: What the operation throws; `timeout` where it failed after the time was over. A value that it returns in
///   spite of its cancellation is returned, so that a connection made in the last moment is not lost.
func withTimeLimit<Value: Sendable, Failure: Error>(
  _ limit: Duration, by clock: ClientClock, on loop: EventLoop, executor: (any TaskExecutor)?, timeout: Failure,
  _ operation: @escaping @Sendable () async throws(Failure) -> Value
) async throws(Failure) -> Value {
  let result = await withTaskGroup(of: TimedOutcome<Value, Failure>.self) { group in
    group.addTask(executorPreference: executor) {
      do throws(Failure) {
        return .operation(.success(try await operation()))
      } catch {
        return .operation(.failure(error))
      }
    }
    group.addTask(executorPreference: loop) {
      // Ends early when the operation has ended, or with the caller's task: then its outcome does not matter.
      do { try await clock.sleep(for: limit, on: loop) } catch {}
      return .timer
    }
    var isOver = false
    var result = Result<Value, Failure>.failure(timeout)
    for await outcome in group {
      switch outcome {
      case .timer: isOver = true
      case .operation(.success(let value)): result = .success(value)
      case .operation(.failure(let error)): if !isOver { result = .failure(error) }
      }
      group.cancelAll()
    }
    return result
  }
  return try result.get()
}

private enum TimedOutcome<Value: Sendable, Failure: Error>: Sendable {
  case operation(Result<Value, Failure>)
  case timer
}
