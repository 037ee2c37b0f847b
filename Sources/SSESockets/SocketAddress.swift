#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Where a socket listens or connects: an IPv4 or IPv6 address with a port, or the path of a Unix domain socket.
package enum SocketAddress: Sendable, Hashable, CustomStringConvertible {
  /// Four bytes in network order.
  case ipv4(UInt32, port: UInt16)
  /// Sixteen bytes in network order, and the scope (interface) of a link-local address.
  case ipv6(high: UInt64, low: UInt64, port: UInt16, scope: UInt32 = 0)
  case unix(path: String)

  package static let longestUnixPath = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

  /// An address in digits: "127.0.0.1", "::1". Host names are `NameResolver`'s.
  package init(numericHost host: String, port: Int) throws(SocketError) {
    guard let number = UInt16(exactly: port) else {
      throw SocketError(.badAddress, "use", "\(host):\(port)")
    }
    var four = in_addr()
    var six = in6_addr()
    if inet_pton(AF_INET, host, &four) == 1 {
      self = .ipv4(UInt32(bigEndian: four.s_addr), port: number)
    } else if inet_pton(AF_INET6, host, &six) == 1 {
      self = SocketAddress(six, port: number, scope: 0)
    } else {
      throw SocketError(.badAddress, "use", "\(host):\(port)")
    }
  }

  private init(_ six: in6_addr, port: UInt16, scope: UInt32) {
    let (high, low) = withUnsafeBytes(of: six) { bytes in
      (
        UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      )
    }
    self = .ipv6(high: high, low: low, port: port, scope: scope)
  }

  /// 0 for a Unix domain socket.
  package var port: Int {
    switch self {
    case .ipv4(_, let port), .ipv6(_, _, let port, _): Int(port)
    case .unix: 0
    }
  }

  /// The address in digits without its port; the path of a Unix domain socket.
  package var host: String {
    switch self {
    case .ipv4(let address, _):
      return "\(address >> 24).\(address >> 16 & 0xff).\(address >> 8 & 0xff).\(address & 0xff)"
    case .ipv6(let high, let low, _, _):
      var six = in6_addr()
      withUnsafeMutableBytes(of: &six) { bytes in
        bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
        bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
      }
      var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
      inet_ntop(AF_INET6, &six, &text, socklen_t(text.count))
      return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    case .unix(let path): return path
    }
  }

  /// Throws `.badAddress` for a path that does not fit in a `sockaddr_un`, which would name another file.
  func check(for operation: String) throws(SocketError) {
    guard case .unix(let path) = self else { return }
    guard 1...Self.longestUnixPath ~= path.utf8.count, !path.utf8.contains(0) else {
      throw SocketError(.badAddress, operation, description)
    }
  }

  /// "127.0.0.1:80", "[::1]:80", "unix:/run/a.socket".
  package var description: String {
    switch self {
    case .ipv4: "\(host):\(port)"
    case .ipv6: "[\(host)]:\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }

  var family: Int32 {
    switch self {
    case .ipv4: AF_INET
    case .ipv6: AF_INET6
    case .unix: AF_UNIX
    }
  }
}

// MARK: - The C library's form

extension SocketAddress {
  /// Lets `body` read this address as the C library's `sockaddr`.
  func withSocketAddress<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    var storage = sockaddr_storage()
    let length = withUnsafeMutableBytes(of: &storage) { encode(into: $0) }
    return withUnsafePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
    }
  }

  private func encode(into bytes: UnsafeMutableRawBufferPointer) -> Int {
    switch self {
    case .ipv4(let address, let port):
      var value = sockaddr_in()
      value.sin_family = sa_family_t(AF_INET)
      value.sin_port = port.bigEndian
      value.sin_addr.s_addr = address.bigEndian
      return copy(&value, to: bytes)
    case .ipv6(let high, let low, let port, let scope):
      var value = sockaddr_in6()
      value.sin6_family = sa_family_t(AF_INET6)
      value.sin6_port = port.bigEndian
      value.sin6_scope_id = scope
      withUnsafeMutableBytes(of: &value.sin6_addr) { address in
        address.storeBytes(of: high.bigEndian, as: UInt64.self)
        address.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
      }
      return copy(&value, to: bytes)
    case .unix(let path):
      var value = sockaddr_un()
      value.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &value.sun_path) { $0.copyBytes(from: path.utf8.prefix(Self.longestUnixPath)) }
      return copy(&value, to: bytes)
    }
  }

  private func copy<T>(_ value: inout T, to bytes: UnsafeMutableRawBufferPointer) -> Int {
    withUnsafeBytes(of: &value) { bytes.copyMemory(from: $0) }
    return MemoryLayout<T>.size
  }

  /// The address that a call such as `getsockname` fills in; nil when the call fails or the family is another.
  init?(filledBy call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32) {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, &length) }
    }
    guard result >= 0 else { return nil }
    self.init(&storage)
  }

  /// Reads the C library's form; nil for a family that is not one of the three.
  init?(_ storage: UnsafePointer<sockaddr_storage>) {
    let bytes = UnsafeRawPointer(storage)
    switch Int32(storage.pointee.ss_family) {
    case AF_INET:
      let value = bytes.loadUnaligned(as: sockaddr_in.self)
      self = .ipv4(UInt32(bigEndian: value.sin_addr.s_addr), port: UInt16(bigEndian: value.sin_port))
    case AF_INET6:
      let value = bytes.loadUnaligned(as: sockaddr_in6.self)
      self.init(value.sin6_addr, port: UInt16(bigEndian: value.sin6_port), scope: value.sin6_scope_id)
    case AF_UNIX:
      let value = bytes.loadUnaligned(as: sockaddr_un.self)
      let path = withUnsafeBytes(of: value.sun_path) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      self = .unix(path: path)
    default:
      return nil
    }
  }
}
