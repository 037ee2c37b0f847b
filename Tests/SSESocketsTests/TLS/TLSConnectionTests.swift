import Foundation
import SSETestSupport
import Testing

@testable import SSESockets

@Suite("A TLS connection on its loop", .timeLimit(.minutes(1)))
struct TLSConnectionTests {
  init() async throws { try await TestCertificates.prepare() }

  /// The server's end of a TLS connection over a raw one, in a test's hand. One task's.
  final class Peer {
    let connection: RawConnection
    var session: TLSSession

    init(_ connection: RawConnection) throws {
      self.connection = connection
      session = try TLSSession(server: TLSPair.serverContext())
    }

    /// Until the handshake is done.
    func shakeHands() async throws {
      while session.phase == .handshaking { try await receive() }
    }

    /// What comes next, answered as TLS asks.
    func receive() async throws {
      guard let bytes = try await connection.receive() else { return session.receivedEndOfFile() }
      session.received(bytes)
      try await connection.write(session.ciphertext())
    }

    func write(_ text: String) async throws { try await connection.write(session.encrypted(text)) }
  }

  private func withSecurePair(
    _ kind: PollerKind, _ body: (EventLoop, TLSConnection, Peer) async throws -> Void
  ) async throws {
    let context = try TLSPair.clientContext()
    try await withPair(kind) { loop, connection, raw in
      async let client = TLSConnection.client(over: connection, context: context, host: "localhost")
      let peer = try Peer(raw)
      try await peer.shakeHands()
      try await body(loop, client, peer)
    }
  }

  @Test("Text goes both ways; after a close_notify there is nothing, again and again", arguments: kinds)
  func text(_ kind: PollerKind) async throws {
    try await withSecurePair(kind) { _, client, peer in
      client.send(Array("question".utf8))
      while !peer.session.hasPlaintext { try await peer.receive() }
      #expect(peer.session.text() == "question")
      try await peer.write("answer")
      #expect(try await client.receive() == Array("answer".utf8))
      peer.session.close()
      try await peer.connection.write(peer.session.ciphertext())
      #expect(try await client.receive() == [])
      #expect(try await client.receive() == [])
    }
  }

  @Test("What came before an end is received first; a FIN is no end, and neither is a reset", arguments: kinds)
  func ends(_ kind: PollerKind) async throws {
    try await withSecurePair(kind) { _, client, peer in
      try await peer.write("before")
      peer.connection.shutDownWriting()
      #expect(try await client.receive() == Array("before".utf8))
      #expect(await failure { () throws(SocketError) in try await client.receive() } == .tls(.truncated))
      // It is closed.
      _ = try await peer.connection.readToEnd()
    }
    try await withSecurePair(kind) { _, client, peer in
      peer.connection.reset()
      #expect(await failure { () throws(SocketError) in try await client.receive() } == .reset)
    }
  }

  @Test("A record that comes in drops does not put a timeout off")
  func drops() async throws {
    try await withSecurePair(.automatic) { _, client, peer in
      let record = peer.session.encrypted(String(repeating: "x", count: 4_000))
      let ended = Recorder<SocketError.Kind?>()
      async let received: Void = {
        ended.note(await failure { () throws(SocketError) in try await client.receive(timeout: .milliseconds(100)) })
      }()
      var rest = record.dropLast()
      // A minute and more of drops, none of which is far from the next.
      while ended.count == 0, let byte = rest.popFirst() {
        try await peer.connection.write([byte])
        try await Task.sleep(for: .milliseconds(20))
      }
      #expect(!rest.isEmpty)
      await received
      #expect(ended.values == [.timedOut])
    }
  }

  @Test("A timeout leaves the connection open for a record that has come in part", arguments: kinds)
  func timeout(_ kind: PollerKind) async throws {
    try await withSecurePair(kind) { loop, client, peer in
      let record = peer.session.encrypted("late")
      async let received = failure { () throws(SocketError) in try await client.receive(timeout: .milliseconds(50)) }
      try await peer.connection.write(Array(record.prefix(10)))
      #expect(await received == .timedOut)
      try await peer.connection.write(Array(record.dropFirst(10)))
      #expect(try await client.receive() == Array("late".utf8))
      #expect(await loop.pendingTimers == 0)
    }
  }

  @Test("Closing tells the peer so, and may be done again", arguments: kinds)
  func closing(_ kind: PollerKind) async throws {
    try await withSecurePair(kind) { _, client, peer in
      await client.closeNow()
      client.close()
      while peer.session.phase == .open { try await peer.receive() }
      #expect(peer.session.phase == .endedByPeer)
      #expect(await failure { () throws(SocketError) in try await client.receive() } == .closed)
    }
  }

  @Test("Sending does not wait for the peer, which gets all of it in the end", arguments: kinds)
  func large(_ kind: PollerKind) async throws {
    let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
    try await withSecurePair(kind) { _, client, peer in
      client.send(bytes)
      #expect(await client.unsentCount > 0)
      var received: [UInt8] = []
      while received.count < bytes.count {
        try await peer.receive()
        received += peer.session.takePlaintext()
      }
      #expect(received == bytes)
      #expect(await client.unsentCount == 0)
    }
  }

  @Test("C66: a handshake whose task is cancelled ends, and the peer sees the end", arguments: kinds)
  func cancelledHandshake(_ kind: PollerKind) async throws {
    let context = try TLSPair.clientContext()
    try await withPair(kind) { _, connection, raw in
      await withTaskGroup(of: SocketError.Kind?.self) { group in
        group.addTask {
          await failure { () throws(SocketError) in
            try await TLSConnection.client(over: connection, context: context, host: "localhost")
          }
        }
        // The first message is there, so the handshake is under way.
        let first = try? await raw.receive()
        #expect(first?.first == 22)
        group.cancelAll()
        for await kind in group { #expect(kind == .cancelled) }
      }
      _ = try await raw.ending()
    }
  }

  @Test("A receiver whose task is cancelled ends, and the peer sees the end", arguments: kinds)
  func cancelledReceive(_ kind: PollerKind) async throws {
    try await withSecurePair(kind) { loop, client, peer in
      await withTaskGroup(of: SocketError.Kind?.self) { group in
        group.addTask {
          await failure { () throws(SocketError) in try await client.receive(timeout: .seconds(3_600)) }
        }
        while await loop.pendingTimers == 0 { await Task.yield() }
        group.cancelAll()
        for await kind in group { #expect(kind == .cancelled) }
      }
      _ = try await peer.connection.ending()
    }
  }

  @Test("A timeout holds though there is always something to read, which says nothing")
  func timeoutInFlood() async throws {
    let library = try #require(DynamicLibrary(firstOf: DynamicLibrary.openSSLNames))
    let update: @convention(c) (OpaquePointer?, Int32) -> Int32 = try library.function("SSL_key_update")
    let handshake: @convention(c) (OpaquePointer?) -> Int32 = try library.function("SSL_do_handshake")
    try await withSecurePair(.automatic) { _, client, peer in
      var flood: [UInt8] = []
      for _ in 0..<20_000 {
        _ = update(peer.session.handle, 0)  // Needs no answer.
        _ = handshake(peer.session.handle)
        flood += peer.session.ciphertext()
      }
      flood += peer.session.encrypted("text")
      async let received = failure { () throws(SocketError) in try await client.receive(timeout: .milliseconds(5)) }
      try await peer.connection.write(flood)
      #expect(await received == .timedOut)
      #expect(try await client.receive() == Array("text".utf8))
    }
  }

  @Test("A peer that asks for new keys and never reads the answers is cut off")
  func keyFlood() async throws {
    let library = try #require(DynamicLibrary(firstOf: DynamicLibrary.openSSLNames))
    let update: @convention(c) (OpaquePointer?, Int32) -> Int32 = try library.function("SSL_key_update")
    try await withSecurePair(.automatic) { _, client, peer in
      var flood: [UInt8] = []
      for _ in 0..<8_000 {
        _ = update(peer.session.handle, 1)  // Leaves with the next record.
        flood += peer.session.encrypted("x")
      }
      var few: Int32 = 4_096
      setsockopt(peer.connection.descriptor, SOL_SOCKET, SO_RCVBUF, &few, socklen_t(MemoryLayout<Int32>.size))
      async let ended = failure { () throws(SocketError) in while try await !client.receive().isEmpty {} }
      do { try await peer.connection.write(flood) } catch {}  // Cut off in the midst of it.
      #expect(await ended == .tls(.protocolViolation("the peer asks for new keys and does not read the answers")))
    }
  }
}
