import Foundation
import SSETestSupport
import Testing

@testable import SSESockets

/// How a peer's going is noticed while a stream goes out to it.
@Suite("Leave detection", .timeLimit(.minutes(1)))
struct LeaveTests {
  @Test("Closing, half-closing and resetting are leaves", arguments: kinds)
  func leaves(_ kind: PollerKind) async throws {
    let cases: [(@Sendable (RawConnection) -> Void, StreamSocket.LeaveReason)] = [
      ({ $0.close() }, .closed), ({ $0.shutDownWriting() }, .closed), ({ $0.reset() }, .reset(ECONNRESET)),
    ]
    for (leave, reason) in cases {
      try await withPair(kind) { _, connection, peer in
        let told = await connection.record()
        await connection.socket.run { $0.watchForLeave(keepingAtMost: 100) }
        leave(peer)
        #expect(await told.first { _ in true } == .left(reason))
      }
    }
  }

  @Test("Where half-closing is allowed it is told as such; going altogether still is a leave", arguments: kinds)
  func halfClose(_ kind: PollerKind) async throws {
    try await withPair(kind) { _, connection, peer in
      let told = await connection.record()
      await connection.socket.run { $0.watchForLeave(keepingAtMost: 100, halfCloseAllowed: true) }
      peer.shutDownWriting()
      #expect(await told.first { _ in true } == .left(.halfClosed))
      try await connection.send(Array("still here".utf8))
      try await peer.read(through: "here")
      peer.reset()
      // A peer that has sent its end of file is no longer there for a reset to be an error of.
      let reason = await told.first { _ in true }
      #expect([.left(.closed), .left(.reset(ECONNRESET)), .left(.reset(EPIPE))].contains(reason))
    }
  }

  @Test("Input is kept for the next receiver, up to the limit; beyond it only the leave is watched", arguments: kinds)
  func input(_ kind: PollerKind) async throws {
    try await withPair(kind) { loop, connection, peer in
      let told = await connection.record()
      await connection.socket.run { $0.watchForLeave(keepingAtMost: 5) }
      try await peer.write("abc")
      try await eventually("three bytes are kept") { await connection.socket.run { $0.pendingInput.count } == 3 }
      try await peer.write("defgh")
      try await eventually("five bytes are kept") { await connection.socket.run { $0.pendingInput.count } == 5 }
      // The rest stays in the kernel, in front of the end of file.
      try await peer.write("more")
      peer.shutDownWriting()
      #expect(await told.first { _ in true } == .left(.closed))
      #expect(try await connection.receive(atMost: 2) == Array("ab".utf8))
      #expect(try await connection.receive() == Array("cde".utf8))
      #expect(try await connection.receiveText(100) == "fghmore")
    }
  }

  @Test("Input that is dropped is read and gone, and does not hide the leave", arguments: kinds)
  func dropped(_ kind: PollerKind) async throws {
    try await withPair(kind) { loop, connection, peer in
      let told = await connection.record()
      await connection.socket.run { $0.watchForLeave(keepingAtMost: 0, dropsInput: true) }
      try await peer.write(String(repeating: "x", count: 500_000))
      peer.close()
      let reason = await told.first { _ in true }
      #expect(reason == .left(.closed))
      #expect(await connection.socket.run { $0.pendingInput } == [])
    }
  }

  @Test("What was kept is received after the stream, then what is new", arguments: kinds)
  func afterwards(_ kind: PollerKind) async throws {
    try await withPair(kind) { _, connection, peer in
      await connection.socket.run { $0.watchForLeave(keepingAtMost: 100) }
      try await peer.write("next request")
      try await eventually("it is kept") { await connection.socket.run { $0.pendingInput.count } == 12 }
      await connection.socket.run { $0.stopWatchingForLeave() }
      try await peer.write(", and another")
      #expect(try await connection.receiveText(25) == "next request, and another")
    }
  }

  @Test("A peer that goes while bytes wait for it is noticed", arguments: kinds)
  func withDataWaiting(_ kind: PollerKind) async throws {
    for reset in [true, false] {
      try await withPair(kind) { _, connection, peer in
        let told = await connection.record()
        await connection.socket.run { socket in
          socket.watchForLeave(keepingAtMost: 100)
          socket.append { $0.append(contentsOf: [UInt8](repeating: 65, count: tooMany)) }
          socket.flush()
        }
        #expect(await connection.socket.run { $0.waitsForWritable })
        if reset { peer.reset() } else { peer.shutDownWriting() }
        let event = await told.first { _ in true }
        #expect(reset ? [.left(.reset(ECONNRESET)), .left(.closed)].contains(event) : event == .left(.closed))
      }
    }
  }

  @Test("A leave is told once, and a closed socket tells nothing", arguments: kinds)
  func once(_ kind: PollerKind) async throws {
    try await withPair(kind) { loop, connection, peer in
      let told = await connection.record()
      await connection.socket.run { $0.watchForLeave(keepingAtMost: 100) }
      peer.close()
      var events = told.makeAsyncIterator()
      #expect(await events.next() == .left(.closed))
      for _ in 0..<3 { _ = await failure { () throws(SocketError) in try await connection.send([1]) } }
      connection.close()
      // The socket has let its delegate go, with which the stream ends.
      #expect(await events.next() == nil)
    }
  }
}
