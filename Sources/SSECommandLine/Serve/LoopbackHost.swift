import SSEHTTP1
import SSESockets

/// Names and addresses of the machine itself, which no other machine can reach.
enum LoopbackHost {
  /// Whether an address in digits is one of them: 127.0.0.0/8 (RFC 1122, 3.2.1.3) or ::1 (RFC 4291, 2.5.3).
  static func isAddress(_ host: String) -> Bool {
    // A name is no address.
    switch try? SocketAddress(numericHost: host, port: 0) {
    case .ipv4(let address, _): address >> 24 == 127
    case .ipv6(high: 0, low: 1, _, _): true
    default: false
    }
  }

  /// Whether what a `Host` field says, with or without a port, is one of them: an address, `localhost`, or a name below
  /// it (RFC 6761, 6.3).
  static func isHost(_ field: some StringProtocol) -> Bool {
    var name = withoutPort(Substring(field)).lowercased()
    if name.hasSuffix(".") { name.removeLast() }
    return name == "localhost" || name.hasSuffix(".localhost") || isAddress(name)
  }

  private static func withoutPort(_ host: Substring) -> Substring {
    if host.first == "[" {
      guard let end = host.firstIndex(of: "]") else { return host }
      return host[host.index(after: host.startIndex)..<end]
    }
    return host.prefix { $0 != ":" }
  }
}
