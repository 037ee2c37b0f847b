import Synchronization

/// Notes what happens, from any thread, and lets a test wait for it.
package final class Recorder<Value: Sendable>: Sendable {
  private let noted = Mutex<[Value]>([])

  package init() {}

  package func note(_ value: Value) { noted.withLock { $0.append(value) } }

  package var values: [Value] { noted.withLock { $0 } }

  package var count: Int { noted.withLock { $0.count } }

  /// Waits until something noted fulfils the condition, and returns it.
  @discardableResult
  package func first(
    within limit: Duration = .seconds(10), isolation: isolated (any Actor)? = #isolation,
    where isWanted: (Value) -> Bool
  ) async throws -> Value {
    var found: Value?
    try await eventually("the wanted among \(values)", within: limit) {
      found = values.first(where: isWanted)
      return found != nil
    }
    guard let found else { throw NeverHappened(description: "nothing wanted was noted") }
    return found
  }
}

extension Recorder where Value: Equatable {
  /// Waits until the value has been noted.
  package func wait(
    for value: Value, within limit: Duration = .seconds(10), isolation: isolated (any Actor)? = #isolation
  ) async throws {
    try await first(within: limit) { $0 == value }
  }
}
