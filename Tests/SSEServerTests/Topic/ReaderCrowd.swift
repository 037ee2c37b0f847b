import Foundation
import SSETestSupport

#if canImport(Glibc)
  import Glibc
#endif

/// Readers of one stream by the thousand: sockets and `poll` on the calling thread, nothing of this package. What each
/// of them gets after its response's head is compared with what all must get.
struct ReaderCrowd: ~Copyable {
  enum Failure: Error, Equatable {
    case system(String, errno: Int32)
    case noHead(String)
    /// A reader got something else after so many bytes that were right.
    case wrong(reader: Int, after: Int)
    /// A reader's connection ended after so many bytes.
    case ended(reader: Int, after: Int)
    /// So many readers have not got everything in time.
    case late(readers: Int)
  }

  private var sockets: [pollfd] = []
  /// How many of the expected bytes each reader has.
  private var counts: [Int] = []
  /// What each reader must get.
  private var expected: [UInt8] = []
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 1)

  /// So many readers that have read the head of their response. With `isNarrow` the kernel holds next to nothing of
  /// what comes for a reader, neither here nor at the server.
  init(count: Int, of path: String, port: Int, isNarrow: Bool = false) throws {
    let request = Array("GET \(path) HTTP/1.1\r\nHost: test\r\n\r\n".utf8)
    for index in 0..<count {
      let descriptor = try connectToLoopback(port: port, isNarrow: isNarrow)
      sockets.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
      counts.append(0)
      guard send(descriptor, request, request.count, 0) == request.count else {
        throw Failure.system("send", errno: errno)
      }
      // Not more than the server's backlog holds.
      if index % 500 == 499 || index == count - 1 {
        for earlier in (index - index % 500)...index { try readHead(sockets[earlier].fd) }
      }
    }
  }

  deinit {
    for socket in sockets { close(socket.fd) }
    buffer.deallocate()
  }

  /// Byte by byte to its end, so that nothing after it is taken.
  private func readHead(_ descriptor: Int32) throws {
    var head: [UInt8] = []
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while !head.ends(with: "\r\n\r\n".utf8) {
      var byte: UInt8 = 0
      guard poll(&entry, 1, 10_000) == 1, recv(descriptor, &byte, 1, 0) == 1 else {
        throw Failure.noHead(String(decoding: head, as: UTF8.self))
      }
      head.append(byte)
    }
    guard head.starts(with: "HTTP/1.1 200 ".utf8) else {
      throw Failure.noHead(String(decoding: head, as: UTF8.self))
    }
  }

  /// What comes next for the first reader; it is still to be read.
  func peekAtFirst() -> String {
    let count = recv(sockets[0].fd, buffer.baseAddress, buffer.count, Int32(MSG_PEEK))
    return String(decoding: UnsafeRawBufferPointer(rebasing: buffer[..<max(0, count)]), as: UTF8.self)
  }

  /// Drops what has come, such as comments while nothing was published.
  func dropWhatHasCome() {
    for socket in sockets {
      while recv(socket.fd, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT)) > 0 {}
    }
  }

  /// An event as a topic sends it, of a type that is not written.
  static func chunk(_ id: String, _ data: String) -> [UInt8] {
    let event = "id: \(id)\ndata: \(data)\n\n"
    return Array("\(String(event.utf8.count, radix: 16))\r\n\(event)\r\n".utf8)
  }

  /// From now on every reader must get these bytes next.
  mutating func expect(_ bytes: [UInt8]) { expected += bytes }

  var expectedCount: Int { expected.count }

  /// Reads until every reader has all that is expected.
  mutating func readAll(within limit: Duration) throws {
    let deadline = ContinuousClock.now + limit
    while true {
      let missing = counts.count { $0 < expected.count }
      if missing == 0 { return }
      guard ContinuousClock.now < deadline else { throw Failure.late(readers: missing) }
      try readOnce()
    }
  }

  /// Reads from each reader as much as has come.
  private mutating func readOnce() throws {
    guard poll(&sockets, UInt(sockets.count), 1_000) >= 0 else { throw Failure.system("poll", errno: errno) }
    for reader in sockets.indices where sockets[reader].revents != 0 {
      guard try read(reader) else { throw Failure.ended(reader: reader, after: counts[reader]) }
    }
  }

  /// False where the connection has ended.
  private mutating func read(_ reader: Int) throws -> Bool {
    let count = recv(sockets[reader].fd, buffer.baseAddress, buffer.count, 0)
    if count < 0, errno == EAGAIN { throw Failure.late(readers: 1) }
    guard count > 0 else { return false }
    let isRight = expected.withUnsafeBytes { expected in
      let rest = UnsafeRawBufferPointer(rebasing: expected[counts[reader]...])
      guard count <= rest.count, let wanted = rest.baseAddress, let found = buffer.baseAddress else { return false }
      return memcmp(wanted, found, count) == 0
    }
    guard isRight else { throw Failure.wrong(reader: reader, after: counts[reader]) }
    counts[reader] += count
    return true
  }

  /// Reads each reader to its connection's end; how many of the expected bytes each one got.
  mutating func readToEnds() throws -> [Int] {
    for reader in sockets.indices { while try read(reader) {} }
    return counts
  }
}

extension [UInt8] {
  fileprivate func ends(with bytes: String.UTF8View) -> Bool { suffix(bytes.count).elementsEqual(bytes) }
}

/// Publishes to `/publish`, one event at a time, on the calling thread.
struct BlockingPublisher: ~Copyable {
  private let descriptor: Int32

  init(port: Int) throws { descriptor = try connectToLoopback(port: port) }

  deinit { close(descriptor) }

  /// Returns when it was accepted.
  func publish(_ data: String) throws {
    let request = Array(
      "POST /publish HTTP/1.1\r\nHost: test\r\nContent-Length: \(data.utf8.count)\r\n\r\n\(data)".utf8)
    guard send(descriptor, request, request.count, 0) == request.count else {
      throw ReaderCrowd.Failure.system("send", errno: errno)
    }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1_024)
    while !answer.ends(with: "\r\n\r\n".utf8) {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { throw ReaderCrowd.Failure.system("recv", errno: errno) }
      answer += buffer[..<count]
    }
    guard answer.starts(with: "HTTP/1.1 202 ".utf8) else {
      throw ReaderCrowd.Failure.noHead(String(decoding: answer, as: UTF8.self))
    }
  }
}

private func connectToLoopback(port: Int, isNarrow: Bool = false) throws -> Int32 {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  guard descriptor >= 0 else { throw ReaderCrowd.Failure.system("socket", errno: errno) }
  if isNarrow {
    // The server's buffer for a connection grows with the size of its segments.
    for (level, option, value) in [(SOL_SOCKET, SO_RCVBUF, 2_048), (Int32(IPPROTO_TCP), TCP_MAXSEG, 536)] {
      var value = Int32(value)
      setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
  }
  var limit = timeval(tv_sec: 10, tv_usec: 0)
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = UInt16(port).bigEndian
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  let result = withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
  guard result == 0 else {
    defer { close(descriptor) }
    throw ReaderCrowd.Failure.system("connect", errno: errno)
  }
  return descriptor
}
