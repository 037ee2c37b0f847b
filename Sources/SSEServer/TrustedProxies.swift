import SSEHTTP1
import SSESockets

/// The proxies in front of a server whose word on where a request comes from is believed.
///
///     configuration.trustedProxies = try TrustedProxies(["127.0.0.1", "10.0.0.0/8"])
///
/// For a request from one of them `Request.remoteAddress`, the access log and `EventServerLimits.connectionsPerAddress`
/// take the address that the proxy names. The proxy must set the field itself, or append to it: what a reader wrote
/// there is at its front, and is not believed.
public struct TrustedProxies: Sendable, Hashable {
  /// The field in which a proxy says where a request came from. Only one is looked at: whoever can send the other one
  /// through the proxy unchanged could name any address.
  public enum Field: Sendable, Hashable {
    /// `X-Forwarded-For: 203.0.113.7, 10.0.0.1`, which most proxies set.
    case xForwardedFor
    /// `Forwarded: for=203.0.113.7, for="[2001:db8::1]:4711"` (RFC 7239).
    case forwarded
  }

  private let blocks: [NetworkBlock]
  private let field: Field

  /// Proxies by their addresses in digits, or blocks of those.
  ///
  /// - Throws: `EventServerError.badProxyAddress` for what is neither.
  public init(_ addresses: [String], field: Field = .xForwardedFor) throws(EventServerError) {
    var blocks: [NetworkBlock] = []
    for address in addresses {
      guard let block = NetworkBlock(address[...]) else { throw .badProxyAddress(address) }
      blocks.append(block)
    }
    self.blocks = blocks
    self.field = field
  }

  func contain(_ address: String) -> Bool { blocks.contains { $0.contains(address) } }

  /// Where a request of this peer comes from: the last address in the field that is no trusted proxy's. The peer itself
  /// where it is none of the proxies; the last proxy that is known where it does not name an address.
  func origin(of peer: String, _ headers: HeaderFields) -> String {
    guard contain(peer) else { return peer }
    var origin = peer
    for hop in hops(headers).reversed() {
      guard let address = Self.address(hop) else { return origin }
      origin = address
      if !contain(address) { return address }
    }
    return origin
  }

  private func hops(_ headers: HeaderFields) -> [String] {
    switch field {
    case .xForwardedFor: headers.list("X-Forwarded-For").map(String.init)
    case .forwarded: headers.list("Forwarded").map(Self.forNode)
    }
  }

  /// The node that `for` names (RFC 7239, 4); an empty one where there is none.
  private static func forNode(_ element: Substring) -> String {
    for pair in Token.split(element, at: UInt8(ascii: ";")) {
      let parts = pair.split(separator: "=", maxSplits: 1)
      if parts.count == 2, Token.areEqual(parts[0], "for") { return Token.unquoted(parts[1]) }
    }
    return ""
  }

  /// The address of a node in digits, its port left out; nil for "unknown" and names that hide it.
  private static func address(_ node: String) -> String? {
    var host = node[...]
    if host.first == "[" {
      guard let end = host.firstIndex(of: "]") else { return nil }
      host = host[host.index(after: host.startIndex)..<end]
    } else if let colon = host.firstIndex(of: ":"), host[colon...].dropFirst().allSatisfy({ $0 != ":" }) {
      host = host[..<colon]
    }
    // As the system writes it, so that an address written in two ways counts once.
    return try? SocketAddress(numericHost: String(host), port: 0).withoutMapping.host
  }
}

extension SocketAddress {
  /// An IPv4 address that is written as an IPv6 address (RFC 4291, 2.5.5.2) as what it is.
  fileprivate var withoutMapping: SocketAddress {
    guard case .ipv6(high: 0, let low, let port, _) = self, low >> 32 == 0xffff else { return self }
    return .ipv4(UInt32(truncatingIfNeeded: low), port: port)
  }
}
