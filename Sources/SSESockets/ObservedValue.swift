import Synchronization

/// A value that any number of tasks observe: each gets the newest, and those that it has missed are gone.
package final class ObservedValue<Value: Sendable>: Sendable {
  private struct Storage {
    var value: Value
    /// Counts from 1, so that an observer who has seen nothing gets the first value.
    var version: UInt64 = 1
    var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var nextWaiter: UInt64 = 0

    mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
      if waiters.isEmpty { return [] }
      defer { waiters = [:] }
      return Array(waiters.values)
    }
  }

  private let storage: Mutex<Storage>

  package init(_ value: Value) { storage = Mutex(Storage(value: value)) }

  /// How many wait for the next value.
  package var waiterCount: Int { storage.withLock { $0.waiters.count } }

  /// The newest value.
  package var value: Value { storage.withLock { $0.value } }

  package func set(_ value: Value) { update { $0 = value } }

  /// Changes the value; observers get it even where it is the same as before.
  package func update(_ change: (inout Value) -> Void) {
    let waiters = storage.withLock { storage in
      change(&storage.value)
      storage.version += 1
      return storage.takeWaiters()
    }
    for waiter in waiters { waiter.resume() }
  }

  /// The newest value and its version, once it is another than that one; nil when the task is cancelled.
  package func next(after version: UInt64) async -> (Value, version: UInt64)? {
    let number = storage.withLock { storage in
      storage.nextWaiter += 1
      return storage.nextWaiter
    }
    while !Task.isCancelled {
      if let newer = newer(than: version) { return newer }
      await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          let isOver = storage.withLock { storage in
            // Under the lock: who cancels after this finds the waiter.
            guard storage.version == version, !Task.isCancelled else { return true }
            storage.waiters[number] = continuation
            return false
          }
          if isOver { continuation.resume() }
        }
      } onCancel: {
        storage.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
      }
    }
    return nil
  }

  private func newer(than version: UInt64) -> (Value, version: UInt64)? {
    storage.withLock { $0.version == version ? nil : ($0.value, $0.version) }
  }
}

// What is called for each reader, compiled for its type: other modules would run the generic code.

extension ObservedValue where Value == Int {
  package func add(_ number: Int) { update { $0 += number } }
}
