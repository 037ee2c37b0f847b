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
