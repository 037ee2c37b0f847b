/// An IP address, or a block of them by their first bits: "10.0.0.0/8", "2001:db8::/32" (RFC 4632, 3.1).
package struct NetworkBlock: Sendable, Hashable {
  private let first: SocketAddress
  private let prefixLength: Int

  /// Nil where the text is neither.
  package init?(_ text: Substring) {
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

  package func contains(_ host: String) -> Bool {
    guard let address = Self.address(host[...]), address.bits.count == first.bits.count else { return false }
    return address.bits.prefix(prefixLength) == first.bits.prefix(prefixLength)
  }

  /// An IPv6 address may stand in brackets.
  private static func address(_ text: Substring) -> SocketAddress? {
    let isBracketed = text.hasPrefix("[") && text.hasSuffix("]")
    // Whoever asks says which block it was.
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
