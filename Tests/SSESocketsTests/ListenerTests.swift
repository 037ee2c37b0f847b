import SSETestSupport
import Testing

@testable import SSESockets

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

@Suite("Listening", .timeLimit(.minutes(1)))
struct ListenerTests {
  @Test("Port 0 becomes a free port, and connections to it are accepted", arguments: kinds)
  func freePort(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      let listening = try await Listening.begin(on: loopback(0), loop)
      #expect(listening.address.host == "127.0.0.1")
      #expect(listening.address.port > 0)
      let peer = try await RawConnection.connect(port: listening.address.port)
      let accepted = try await listening.next()
      #expect(await accepted.remoteAddress?.host == "127.0.0.1")
      #expect(await accepted.localAddress == listening.address)
      try await peer.write("hello")
      #expect(try await accepted.receiveText(5) == "hello")
      accepted.close()
      await listening.close()
    }
  }

  @Test("More connections than a batch are all accepted", arguments: kinds)
  func batches(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      let listening = try await Listening.begin(on: loopback(0), loop, accepting: false)
      var peers: [RawConnection] = []
      for _ in 0..<150 { peers.append(try await RawConnection.connect(port: listening.address.port)) }
      await listening.listener.run { $0.resume() }
      var remote: Set<SocketAddress> = []
      for _ in peers {
        let accepted = try await listening.next()
        remote.insert(try #require(await accepted.remoteAddress))
        accepted.close()
      }
      #expect(remote.count == peers.count)
      await listening.close()
    }
  }

  @Test("A connection sends at once, and waits for acknowledgements as its listener says", arguments: kinds)
  func inheritedOptions(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      let listening = try await Listening.begin(on: loopback(0), loop, userTimeout: .seconds(7))
      let peer = try await RawConnection.connect(port: listening.address.port)
      let accepted = try await listening.next()
      #expect(await accepted.socket.run { $0.option(TCP_NODELAY) } != 0)
      #if os(Linux)
        #expect(await accepted.socket.run { $0.option(TCP_USER_TIMEOUT) } == 7_000)
      #endif
      accepted.close()
      peer.close()
      await listening.close()
    }
  }

  @Test("IPv6: listens and connects", arguments: kinds)
  func version6(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      let listening = try await Listening.begin(on: SocketAddress(numericHost: "::1", port: 0), loop)
      #expect(listening.address.description == "[::1]:\(listening.address.port)")
      let connection = try await Connection.connect(to: listening.address, on: loop)
      let accepted = try await listening.next()
      try await connection.send(Array("six".utf8))
      #expect(try await accepted.receiveText(3) == "six")
      accepted.close()
      connection.close()
      await listening.close()
    }
  }

  @Test("An IPv6 address takes no IPv4 connections, so that both may listen on one port", arguments: kinds)
  func version6Only(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      // Another test's connection may have the port already, but not every time.
      try await eventually("both listen on one port") {
        let six = try await Listening.begin(on: SocketAddress(numericHost: "::", port: 0), loop)
        defer { six.listener.submit { $0.close() } }
        let anyAddress = try SocketAddress(numericHost: "0.0.0.0", port: six.address.port)
        let failure = await failure { () throws(SocketError) in
          try await Listening.begin(on: anyAddress, loop).close()
        }
        #expect(failure == nil || failure == .addressInUse)
        return failure == nil
      }
    }
  }

  @Test("A Unix domain socket: listens and connects", arguments: kinds)
  func unix(_ kind: PollerKind) async throws {
    try await withTemporaryPath { path in
      try await withLoop(kind) { loop in
        let listening = try await Listening.begin(on: .unix(path: path), loop)
        let connection = try await Connection.connect(to: .unix(path: path), on: loop)
        let accepted = try await listening.next()
        try await accepted.send(Array("local".utf8))
        #expect(try await connection.receiveText(5) == "local")
        connection.close()
        accepted.close()
        await listening.close()
      }
    }
  }

  @Test("A port in use is an error that names the address", arguments: kinds)
  func inUse(_ kind: PollerKind) async throws {
    let other = try RawListener()
    try await withLoop(kind) { loop in
      let error = await #expect(throws: SocketError.self) { try await Listening.begin(on: loopback(other.port), loop) }
      #expect(error?.kind == .addressInUse)
      let advice = "the address is in use; stop the other program or choose another port"
      #expect(error?.description == "cannot listen on 127.0.0.1:\(other.port): \(advice)")
    }
  }

  @Test("Addresses that cannot be listened on are errors", arguments: kinds)
  func bad(_ kind: PollerKind) async throws {
    let cases: [(SocketAddress, SocketError.Kind)] = [
      (.ipv4(0x0808_0808, port: 0), .addressNotAvailable),
      (.unix(path: "/proc/no-such-folder/socket"), .system(2)),
      (.unix(path: String(repeating: "x", count: 200)), .badAddress),
      (.unix(path: ""), .badAddress),
      (.unix(path: "/tmp/a\0b"), .badAddress),
    ]
    try await withLoop(kind) { loop in
      for (address, kind) in cases {
        let error = await #expect(throws: SocketError.self) { try await Listening.begin(on: address, loop) }
        #expect(error?.kind == kind, "\(address)")
      }
    }
  }

  @Test("A closed listener refuses, and may be closed again", arguments: kinds)
  func closed(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      let listening = try await Listening.begin(on: loopback(0), loop)
      await listening.close()
      await listening.close()
      let error = await #expect(throws: SocketError.self) {
        try await Connection.connect(to: listening.address, on: loop)
      }
      #expect(error?.kind == .refused)
    }
  }
}

/// A listener and the connections it accepted.
struct Listening {
  let listener: LoopBound<Listener>
  let address: SocketAddress
  private let connections: AsyncStream<Connection>

  static func begin(
    on address: SocketAddress, _ loop: EventLoop, accepting: Bool = true, userTimeout: Duration? = nil
  ) async throws(SocketError) -> Listening {
    let (connections, continuation) = AsyncStream.makeStream(of: Connection.self)
    let result = await loop.run {
      Result { () throws(SocketError) in
        let listener = try Listener(address: address, userTimeout: userTimeout, loop: loop) { accepted in
          continuation.yield(Connection(StreamSocket(descriptor: accepted.descriptor, loop: loop)))
        }
        if accepting { listener.resume() }
        return (LoopBound(listener, loop: loop), listener.localAddress)
      }
    }
    let (listener, localAddress) = try result.get()
    return Listening(listener: listener, address: localAddress, connections: connections)
  }

  /// The next connection; the suite's time limit ends a wait for one that never comes.
  func next() async throws -> Connection {
    var iterator = connections.makeAsyncIterator()
    return try #require(await iterator.next())
  }

  func close() async { await listener.run { $0.close() } }
}

extension StreamSocket {
  fileprivate func option(_ name: Int32) -> Int32 {
    var value: Int32 = -1
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, Int32(IPPROTO_TCP), name, &value, &length)
    return value
  }
}
