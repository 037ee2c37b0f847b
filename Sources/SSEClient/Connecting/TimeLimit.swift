import SSESockets

/// Runs an operation on a loop, and cancels it when the time is over. The operation must end soon when it is
/// cancelled, since this returns after it has.
///
/// - Throws: What the operation throws; `.timedOut` where it failed after the time was over. A value that it returns in
///   spite of its cancellation is returned, so that a connection made in the last moment is not lost.
func withTimeLimit<Value: Sendable>(
  _ limit: Duration, on loop: EventLoop, for endpoint: String,
  _ operation: @escaping @Sendable () async throws(SocketError) -> Value
) async throws(SocketError) -> Value {
  let result = await withTaskGroup(of: TimedOutcome<Value>.self) { group in
    group.addTask(executorPreference: loop) {
      do throws(SocketError) {
        return .operation(.success(try await operation()))
      } catch {
        return .operation(.failure(error))
      }
    }
    group.addTask(executorPreference: loop) {
      // Ends early when the operation has ended, or with the caller's task: then its outcome does not matter.
      do { try await loop.sleep(for: limit) } catch {}
      return .timer
    }
    var isOver = false
    var result = Result<Value, SocketError>.failure(SocketError(.timedOut, "connect to", endpoint))
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

private enum TimedOutcome<Value: Sendable>: Sendable {
  case operation(Result<Value, SocketError>)
  case timer
}
