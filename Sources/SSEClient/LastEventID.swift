import ServerSentEvents

/// Where a source resumes from: the last event ID string as of the last event that was dealt with. An event counts as
/// dealt with when the next one is asked for.
struct LastEventID: Sendable {
  private(set) var value: String
  /// Of the event that was delivered last, where it is another.
  private var delivered: String?
  /// Whether `takeNew` has not told of it.
  private var isNew = false

  init(_ value: String) { self.value = value }

  mutating func delivered(_ event: borrowing ServerSentEvent) {
    if !isSame(event.lastEventID) { delivered = event.lastEventID }
  }

  /// A block set it of which nothing is delivered, so it was dealt with.
  mutating func received(_ id: String) {
    if isSame(id) { return }
    value = id
    isNew = true
  }

  /// The last element was dealt with. Whether there is something new to take.
  mutating func elementRequested() -> Bool {
    if let id = delivered.take() { received(id) }
    return isNew
  }

  /// The value, where it has changed since this was asked last.
  mutating func takeNew() -> String? {
    guard isNew else { return nil }
    isNew = false
    return value
  }

  /// Not by `==`, for which texts of other bytes can be equal.
  private func isSame(_ id: String) -> Bool { id.utf8.elementsEqual(value.utf8) }
}
