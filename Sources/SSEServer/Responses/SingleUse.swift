import Synchronization

/// Hands a value on to whoever takes it first, and to nobody else.
final class SingleUse<Value>: @unchecked Sendable {
  // Proof of Sendable: the value came in by `sending`, so nobody else holds it; it goes out at most once, under the
  // mutex.
  private var value: Value?
  private let isTaken = Mutex(false)

  init(_ value: sending Value) { self.value = value }

  /// The value the first time, then nil.
  func take() -> sending Value? {
    let isFirst = isTaken.withLock { taken in
      defer { taken = true }
      return !taken
    }
    guard isFirst else { return nil }
    nonisolated(unsafe) let taken = value  // Proof: only the first caller gets here.
    value = nil
    return taken
  }
}
