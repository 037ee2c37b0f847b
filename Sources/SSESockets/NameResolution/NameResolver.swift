/// Turns a host name into addresses, in the order in which they should be tried. A closure, so that tests give
/// addresses, delays and failures.
package struct NameResolver: Sendable {
  private let resolve: @Sendable (_ host: String, _ port: Int) async throws -> [SocketAddress]
  private var knowsNumericHosts = false

  package init(_ resolve: @escaping @Sendable (_ host: String, _ port: Int) async throws -> [SocketAddress]) {
    self.resolve = resolve
  }

  /// Numeric addresses at once, names through the system's `getaddrinfo` on at most four threads. A cancelled look-up
  /// is abandoned at once. Throws `SocketError` with `.unknownHost`, `.cancelled`, `.badAddress` for a port that is
  /// none, or the system's reason.
  package static let system = {
    var system = NameResolver { host, port in
      if let address = try? SocketAddress(numericHost: host, port: port) { return [address] }  // Else it is a name.
      return try await ResolverThreads.shared.addresses(of: host, port: port)
    }
    system.knowsNumericHosts = true
    return system
  }()

  /// The address that a host is in digits; nil for a name, and where the resolver is asked for all of them.
  package func numericAddress(of host: String, port: Int) -> SocketAddress? {
    knowsNumericHosts ? try? SocketAddress(numericHost: host, port: port) : nil
  }

  package func addresses(of host: String, port: Int) async throws -> [SocketAddress] {
    let addresses = try await resolve(host, port)
    guard !addresses.isEmpty else { throw SocketError(.unknownHost, "find", host) }
    return addresses
  }
}
