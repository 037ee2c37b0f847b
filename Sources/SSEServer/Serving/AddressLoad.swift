import Synchronization

/// How many connections each address has to a server. Behind a trusted proxy the requests under way are counted, by the
/// address that it names, since a proxy's connections are its own.
final class AddressLoad: Sendable {
  private let limit: Int
  private let counts = Mutex<[String: Int]>([:])

  init(limit: Int) { self.limit = limit }

  /// Counts one more, unless there are as many as may be. Each that was counted leaves once.
  func enter(_ address: String) -> Bool {
    counts.withLock { counts in
      guard counts[address, default: 0] < limit else { return false }
      counts[address, default: 0] += 1
      return true
    }
  }

  func leave(_ address: String) {
    counts.withLock { counts in
      guard let count = counts[address] else { return }
      counts[address] = count > 1 ? count - 1 : nil
    }
  }
}
