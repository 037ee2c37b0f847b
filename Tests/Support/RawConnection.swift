import Foundation
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// One end of a TCP connection that a test writes and reads byte by byte: plain system calls, nothing of this package,
/// so that a mistake cannot stand on both sides. Each wait has a limit of ten seconds.
package final class RawConnection: Sendable {
  /// How the other side ended the connection.
  package enum Ending: Sendable, Hashable { case endOfFile, reset }

  package enum Failure: Error, Hashable {
    case timedOut(waitingFor: String, received: String)
    case ended(Ending, waitingFor: String, received: String)
    case system(String, errno: Int32)
  }

  private struct State {
    /// -1 once it is closed.
    var descriptor: Int32
    /// Received and not yet asked for.
    var received: [UInt8] = []
  }
  private let state: Mutex<State>

  init(descriptor: Int32) {
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    state = Mutex(State(descriptor: descriptor))
  }

  deinit { close() }

  /// Connects to a port of 127.0.0.1, from another address of this machine where `source` names one (127.0.0.2, …).
  /// `receiveBuffer` makes the kernel hold no more than about that many bytes.
  package static func connect(
    port: Int, from source: String? = nil, receiveBuffer: Int32? = nil
  ) async throws -> RawConnection {
    let descriptor = socket(AF_INET, streamType, 0)
    guard descriptor >= 0 else { throw Failure.system("socket", errno: errno) }
    let connection = RawConnection(descriptor: descriptor)
    if var receiveBuffer {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
    }
    if let source { try connection.bind(to: source) }
    try await onThread {
      var address = loopback(port: port)
      let result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          systemConnect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      guard result == 0 else { throw Failure.system("connect", errno: errno) }
    }
    return connection
  }

  private func bind(to source: String) throws {
    var address = loopback(port: 0)
    inet_pton(AF_INET, source, &address.sin_addr)
    let bound = withUnsafePointer(to: &address) { [descriptor] pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        systemBind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard bound else { throw Failure.system("bind", errno: errno) }
  }

  /// The descriptor, for socket options that a test sets by hand.
  package var descriptor: Int32 { state.withLock { $0.descriptor } }

  /// Whether small writes leave at once (the default here), or wait for what was sent before to be acknowledged.
  package func setNoDelay(_ isOn: Bool) {
    var value: Int32 = isOn ? 1 : 0
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  // MARK: - Writing

  package func write(_ text: String) async throws { try await write(Array(text.utf8)) }

  package func write(_ bytes: [UInt8]) async throws {
    let descriptor = descriptor
    try await onThread {
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, noSignal) }
        guard count > 0 else { throw Failure.system("send", errno: errno) }
        rest = rest.dropFirst(count)
      }
    }
  }

  // MARK: - Reading

  /// Everything up to and including `marker`; what came after it is kept for the next read.
  @discardableResult
  package func read(through marker: String) async throws -> String {
    let marker = Array(marker.utf8)
    var searched = 0
    let bytes = try await read(waitingFor: String(decoding: marker, as: UTF8.self).debugDescription) { received in
      // Where the marker may begin that was not whole before.
      let start = max(0, searched - marker.count)
      searched = received.count
      return received[start...].firstRange(of: marker)?.upperBound
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Exactly as many bytes.
  package func read(count: Int) async throws -> [UInt8] {
    try await read(waitingFor: "\(count) bytes") { $0.count >= count ? count : nil }
  }

  /// Everything until the other side ends the connection, however it does.
  @discardableResult
  package func readToEnd() async throws -> String {
    while try await receive(within: 10_000, waitingFor: "the end") == nil {}
    return text(Int.max)
  }

  /// Waits for the other side to end the connection; what came before is kept.
  package func ending() async throws -> Ending {
    while true {
      if let ending = try await receive(within: 10_000, waitingFor: "the end") { return ending }
    }
  }

  /// What has come and was not asked for yet.
  package func receivedBytes() -> [UInt8] { take(Int.max) }

  /// The next bytes, as they come; nil once the other side has ended the connection.
  package func receive() async throws -> [UInt8]? {
    if try await receive(within: 10_000, waitingFor: "bytes") != nil { return nil }
    return take(Int.max)
  }

  /// What has come within this time, without waiting for the connection's end.
  package func received(within milliseconds: Int32) async throws -> String {
    do {
      while try await receive(within: milliseconds, waitingFor: "") == nil {}
    } catch Failure.timedOut {}
    return text(Int.max)
  }

  private func read(waitingFor what: String, _ end: ([UInt8]) -> Int?) async throws -> [UInt8] {
    while true {
      if let count = state.withLock({ end($0.received) }) { return take(count) }
      if let ending = try await receive(within: 10_000, waitingFor: what) {
        throw Failure.ended(ending, waitingFor: what, received: text(Int.max))
      }
    }
  }

  private func take(_ count: Int) -> [UInt8] {
    state.withLock { state in
      let taken = Array(state.received.prefix(count))
      state.received.removeFirst(taken.count)
      return taken
    }
  }

  private func text(_ count: Int) -> String { String(decoding: take(count), as: UTF8.self) }

  /// Appends what arrives next to what was received; the ending where nothing will.
  private func receive(within milliseconds: Int32, waitingFor what: String) async throws -> Ending? {
    let descriptor = descriptor
    return try await onThread { [self] in
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&entry, 1, milliseconds) > 0 else {
        let received = state.withLock { String(decoding: $0.received, as: UTF8.self) }
        throw Failure.timedOut(waitingFor: what, received: received)
      }
      var buffer = [UInt8](repeating: 0, count: 65_536)
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count > 0 {
        state.withLock { $0.received += buffer[..<count] }
        return nil
      }
      if count == 0 { return .endOfFile }
      if errno == ECONNRESET { return .reset }
      throw Failure.system("recv", errno: errno)
    }
  }

  // MARK: - Ending

  /// Tells the other side that nothing more will be written.
  package func shutDownWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

  package func close() {
    let descriptor = state.withLock { state in
      defer { state.descriptor = -1 }
      return state.descriptor
    }
    if descriptor >= 0 { systemClose(descriptor) }
  }

  /// Closes with a reset instead of an end of file.
  package func reset() {
    var value = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
    close()
  }
}

/// A listening socket of a test's own on a free port of 127.0.0.1, or at a path; see `RawConnection`.
package final class RawListener: Sendable {
  /// 0 at a path.
  package let port: Int
  private let descriptor: Int32

  /// With a `backlog` of 0 and one connection not accepted, it is an address that never answers.
  /// Without one the port is kept and nobody listens: for a program that is told which one to take, and that sets
  /// SO_REUSEADDR as servers do.
  /// A `port` other than 0 may be one that such a listener had before.
  package init(port wanted: Int = 0, backlog: Int32? = 64) throws {
    descriptor = socket(AF_INET, streamType, 0)
    guard descriptor >= 0 else { throw RawConnection.Failure.system("socket", errno: errno) }
    var on: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    var address = loopback(port: wanted)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { [descriptor] pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && (backlog.map { listen(descriptor, $0) } ?? 0) == 0
          && getsockname(descriptor, $0, &length) == 0
      }
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    guard bound else { throw RawConnection.Failure.system("listen", errno: errno) }
  }

  /// On a free port of ::1, for IPv6 alone.
  package static func onIPv6() throws -> RawListener { try RawListener(ipv6: ()) }

  private init(ipv6: Void) throws {
    descriptor = socket(AF_INET6, streamType, 0)
    guard descriptor >= 0 else { throw RawConnection.Failure.system("socket", errno: errno) }
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_addr = in6addr_loopback
    var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    let bound = withUnsafeMutablePointer(to: &address) { [descriptor] pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 64) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    port = Int(UInt16(bigEndian: address.sin6_port))
    guard bound else { throw RawConnection.Failure.system("listen", errno: errno) }
  }

  /// At the path of a Unix domain socket, whose file stays.
  package init(path: String) throws {
    port = 0
    descriptor = socket(AF_UNIX, streamType, 0)
    guard descriptor >= 0 else { throw RawConnection.Failure.system("socket", errno: errno) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
    let bound = withUnsafePointer(to: &address) { [descriptor] pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 && listen(descriptor, 64) == 0
      }
    }
    guard bound else { throw RawConnection.Failure.system("listen", errno: errno) }
  }

  deinit { systemClose(descriptor) }

  package var url: String { "http://127.0.0.1:\(port)" }

  /// The next connection.
  package func accept() async throws -> RawConnection {
    guard let connection = try await accept(within: 10_000) else {
      throw RawConnection.Failure.timedOut(waitingFor: "a connection", received: "")
    }
    return connection
  }

  /// The next connection, nil when none comes within this time.
  package func accept(within milliseconds: Int32) async throws -> RawConnection? {
    let descriptor = descriptor
    return try await onThread {
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&entry, 1, milliseconds) > 0 else { return nil }
      let accepted = systemAccept(descriptor)
      guard accepted >= 0 else { throw RawConnection.Failure.system("accept", errno: errno) }
      return RawConnection(descriptor: accepted)
    }
  }

  /// Answers so many connections one after the other, all on one thread: for tests of thousands. The head of each
  /// request is read, what `answer` makes of the connection's number, from 1, and that head is written, and the
  /// connection is closed. Throws when the next connection does not come for ten seconds.
  package func answer(connections count: Int, with answer: @escaping @Sendable (Int, String) -> String) async throws {
    let descriptor = descriptor
    try await onThread {
      for number in 1...max(1, count) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 10_000) > 0 else {
          throw RawConnection.Failure.timedOut(waitingFor: "connection \(number)", received: "")
        }
        let connection = systemAccept(descriptor)
        guard connection >= 0 else { throw RawConnection.Failure.system("accept", errno: errno) }
        defer { systemClose(connection) }
        var head: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while head.firstRange(of: Array("\r\n\r\n".utf8)) == nil {
          let count = recv(connection, &buffer, buffer.count, 0)
          guard count > 0 else { throw RawConnection.Failure.system("recv", errno: errno) }
          head += buffer[..<count]
        }
        let text = Array(answer(number, String(decoding: head, as: UTF8.self)).utf8)
        guard send(connection, text, text.count, noSignal) == text.count else {
          throw RawConnection.Failure.system("send", errno: errno)
        }
      }
    }
  }
}

// MARK: - System calls

#if canImport(Glibc)
  private let streamType = Int32(SOCK_STREAM.rawValue)
  private let noSignal = Int32(MSG_NOSIGNAL)
#elseif canImport(Musl)
  private let streamType = SOCK_STREAM
  private let noSignal = Int32(MSG_NOSIGNAL)
#else
  private let streamType = SOCK_STREAM
  private let noSignal: Int32 = 0
#endif

private func loopback(port: Int) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = UInt16(port).bigEndian
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  return address
}

// The types above have members of these names.
private func systemConnect(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
  connect(descriptor, address, length)
}
private func systemBind(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
  bind(descriptor, address, length)
}
private func systemClose(_ descriptor: Int32) { _ = close(descriptor) }
private func systemAccept(_ descriptor: Int32) -> Int32 { accept(descriptor, nil, nil) }

/// Runs blocking calls on a thread of their own. On Linux the threads of Dispatch are Swift's too, and when as many
/// block as there are processors, all tasks stand still for a second.
package func onThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
  }
}
