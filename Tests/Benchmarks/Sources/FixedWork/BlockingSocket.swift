import Foundation

/// The other end of what is measured: a TCP socket whose calls block, and that costs next to nothing.
final class BlockingSocket: Sendable {
  private let descriptor: Int32

  private init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// A connection to a port of 127.0.0.1.
  static func connect(port: Int) throws -> BlockingSocket {
    let socket = try BlockingSocket(check("socket") { Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) })
    var address = loopback(port: port)
    try check("connect") {
      withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Foundation.connect(socket.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    }
    return socket
  }

  /// Listens on a free port of 127.0.0.1.
  static func listen() throws -> (socket: BlockingSocket, port: Int) {
    let socket = try BlockingSocket(check("socket") { Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) })
    var address = loopback(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    try withUnsafeMutablePointer(to: &address) {
      try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        try check("bind") { bind(socket.descriptor, address, length) }
        try check("listen") { Foundation.listen(socket.descriptor, 16) }
        try check("getsockname") { getsockname(socket.descriptor, address, &length) }
      }
    }
    return (socket, Int(UInt16(bigEndian: address.sin_port)))
  }

  func accept() throws -> BlockingSocket {
    try BlockingSocket(Self.check("accept") { Foundation.accept(descriptor, nil, nil) })
  }

  /// Writes all of it.
  func write(_ bytes: some Sequence<UInt8>) throws {
    let bytes = Array(bytes)
    var sent = 0
    while sent < bytes.count {
      sent += try bytes.withUnsafeBytes { bytes in
        try Self.check("send") {
          Foundation.send(
            descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
        }
      }
    }
  }

  /// Reads up to and with the first occurrence of these bytes, which is at the end of what has been sent.
  func read(through end: String) throws {
    var read: [UInt8] = []
    while !read.suffix(end.utf8.count).elementsEqual(end.utf8) {
      try self.read(atMost: 65_536) { read += $0 }
    }
  }

  /// Reads to the end of the stream, and gives the number of bytes.
  func readToEnd() throws -> Int {
    var total = 0
    while true {
      var count = 0
      try read(atMost: 262_144) { count = $0.count }
      guard count > 0 else { return total }
      total += count
    }
  }

  private func read(atMost most: Int, _ body: (UnsafeRawBufferPointer) -> Void) throws {
    try withUnsafeTemporaryAllocation(byteCount: most, alignment: 1) { buffer in
      let count = try Self.check("recv") { recv(descriptor, buffer.baseAddress, most, 0) }
      body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  private static func loopback(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = UInt16(port).bigEndian
    return address
  }

  @discardableResult
  private static func check<Result: SignedInteger>(_ name: String, _ call: () -> Result) throws -> Result {
    let result = call()
    guard result >= 0 else { throw WrongResult(description: "\(name): \(String(cString: strerror(errno)))") }
    return result
  }
}
