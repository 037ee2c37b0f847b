import SSESockets
import Synchronization

/// How many connections each address has to a server. Behind a trusted proxy the requests under way are counted, by the
/// address that it names, since a proxy's connections are its own.
final class AddressLoad: Sendable {
  /// What is counted as one. A host has a whole /64 of IPv6 addresses (RFC 4291, 2.5.4), and so as many as it likes.
  private enum Origin: Hashable {
    case network(high: UInt64)
    case address(String)

    init(_ address: String) {
      // What is no address in digits counts for itself.
      if case .ipv6(let high, _, _, _) = try? SocketAddress(numericHost: address, port: 0) {
        self = .network(high: high)
      } else {
        self = .address(address)
      }
    }
  }

  private let limit: Int
  private let counts = Mutex<[Origin: Int]>([:])

  init(limit: Int) { self.limit = limit }

  /// Counts one more, unless there are as many as may be. Each that was counted leaves once.
  func enter(_ address: String) -> Bool {
    let origin = Origin(address)
    return counts.withLock { counts in
      guard counts[origin, default: 0] < limit else { return false }
      counts[origin, default: 0] += 1
      return true
    }
  }

  func leave(_ address: String) {
    let origin = Origin(address)
    counts.withLock { counts in
      guard let count = counts[origin] else { return }
      counts[origin] = count > 1 ? count - 1 : nil
    }
  }
}
