/// A condition did not come true in time.
package struct NeverHappened: Error, CustomStringConvertible {
  package let description: String
}

/// Waits until a condition holds, at most for `limit`; looks again every two milliseconds.
package func eventually(
  _ what: @autoclosure () -> String, within limit: Duration = .seconds(10),
  isolation: isolated (any Actor)? = #isolation,
  _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit
  while try await !condition() {
    guard ContinuousClock.now < deadline else { throw NeverHappened(description: "not within \(limit): \(what())") }
    try await Task.sleep(for: .milliseconds(2))  // Between two looks at the condition.
  }
}
