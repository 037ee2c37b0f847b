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
    let bits = first.bits
    guard let address = Self.address(host[...])?.bits, address.count == bits.count else { return false }
    return (address.value ^ bits.value) >> (bits.count - prefixLength) == 0
  }

  /// An IPv6 address may stand in brackets.
  private static func address(_ text: Substring) -> SocketAddress? {
    let isBracketed = text.hasPrefix("[") && text.hasSuffix("]")
    // Whoever asks says which block it was.
    return try? SocketAddress(numericHost: String(isBracketed ? text.dropFirst().dropLast() : text), port: 0)
  }
}

extension SocketAddress {
  /// The address as a number, of 32 or 128 bits; of none for a Unix domain socket.
  fileprivate var bits: (value: UInt128, count: Int) {
    switch self {
    case .ipv4(let address, _): (UInt128(address), 32)
    case .ipv6(let high, let low, _, _): (UInt128(high) << 64 | UInt128(low), 128)
    case .unix: (0, 0)
    }
  }
}
