import SSESockets

/// The hosts that are reached without a proxy: the value of `no_proxy`, as curl reads it; see
/// `ProxySetting.environment`.
struct ProxyExceptions: Sendable {
  private let entries: [Substring]
  private let containAll: Bool

  init(_ list: String) {
    // Alone only, as a name it would be unknown.
    containAll = list == "*"
    let separators = ", \t".utf8
    entries = list.lowercased().utf8.split { separators.contains($0) }.map { Substring($0) }
  }

  /// - Parameter host: Lowercase, without the brackets of an IPv6 address.
  func contain(_ host: String) -> Bool {
    if containAll { return true }
    if NetworkBlock(host[...]) != nil { return entries.contains { NetworkBlock($0)?.contains(host) == true } }
    let name = Self.withoutLastDot(host[...])
    return entries.contains { entry in
      let domain = Self.withoutLastDot(entry.hasPrefix(".") ? entry.dropFirst() : entry)
      // A dot before it: "notexample.com" is not below "example.com".
      return !domain.isEmpty && (name == domain || name.hasSuffix(".\(domain)"))
    }
  }

  private static func withoutLastDot(_ name: Substring) -> Substring { name.hasSuffix(".") ? name.dropLast() : name }
}

/// An IP address, or a block of them by their first bits: "10.0.0.0/8", "2001:db8::/32" (RFC 4632, 3.1).
struct NetworkBlock: Sendable {
  private let first: SocketAddress
  private let prefixLength: Int

  /// Nil where the text is neither.
  init?(_ text: Substring) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = Self.address(parts[0]) else { return nil }
    first = address
    let bitCount = address.bits.count
    guard parts.count > 1 else {
      prefixLength = bitCount
      return
    }
    guard parts[1].utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }), let length = Int(parts[1]),
      length <= bitCount
    else { return nil }
    prefixLength = length
  }

  func contains(_ host: String) -> Bool {
    guard let address = Self.address(host[...]), address.bits.count == first.bits.count else { return false }
    return address.bits.prefix(prefixLength) == first.bits.prefix(prefixLength)
  }

  /// An IPv6 address may stand in brackets.
  private static func address(_ text: Substring) -> SocketAddress? {
    let isBracketed = text.hasPrefix("[") && text.hasSuffix("]")
    return try? SocketAddress(numericHost: String(isBracketed ? text.dropFirst().dropLast() : text), port: 0)
  }
}

extension SocketAddress {
  /// 32 or 128 of them, the most significant first; none for a Unix domain socket.
  fileprivate var bits: [Bool] {
    switch self {
    case .ipv4(let address, _): address.bits
    case .ipv6(let high, let low, _, _): high.bits + low.bits
    case .unix: []
    }
  }
}

extension FixedWidthInteger {
  fileprivate var bits: [Bool] { (0..<bitWidth).reversed().map { self >> $0 & 1 == 1 } }
}
