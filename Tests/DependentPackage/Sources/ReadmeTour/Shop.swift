import Synchronization

/// What the README's tour takes for the reader's own code: something that calls back.
final class Shop: Sendable {
  private let subscribers = Mutex<(next: Int, calls: [Int: @Sendable (String) -> Void])>((0, [:]))

  func subscribe(_ call: @escaping @Sendable (_ order: String) -> Void) -> Int {
    subscribers.withLock { subscribers in
      subscribers.next += 1
      subscribers.calls[subscribers.next] = call
      return subscribers.next
    }
  }

  func unsubscribe(_ number: Int) { subscribers.withLock { $0.calls[number] = nil } }
}

let shop = Shop()
