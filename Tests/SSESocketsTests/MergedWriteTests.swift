import Foundation
import Testing

@testable import SSESockets

/// What leaves in which system call. The socket is one end of a pair that keeps records apart (SOCK_SEQPACKET): each
/// `sendmsg` is one record at the other end.
@Suite("Merged writes", .timeLimit(.minutes(1)))
struct MergedWriteTests {
  @Test("The first write of a tick goes straight through, the others together at the end of the turn", arguments: kinds)
  func burst(_ kind: PollerKind) async throws {
    try await withRecords(kind) { loop, socket, peer in
      let within = await inOneTick(socket, peer) { socket, peer in
        for text in ["1", "2", "3"] { socket.write(text) }
        return peer.records()
      }
      #expect(within == ["1"])
      #expect(await loop.run { peer.records() } == ["23"])
    }
  }

  @Test("What is flushed does not count as a write of the tick", arguments: kinds)
  func flushed(_ kind: PollerKind) async throws {
    try await withRecords(kind) { loop, socket, peer in
      let within = await inOneTick(socket, peer) { socket, peer in
        socket.append { $0.append(contentsOf: Array("head".utf8)) }
        socket.flush()
        socket.write("1")
        socket.write("2")
        return peer.records()
      }
      #expect(within == ["head", "1"])
      #expect(await loop.run { peer.records() } == ["2"])
    }
  }

  @Test("A head that is held goes in the same system call as the first write", arguments: kinds)
  func heldHead(_ kind: PollerKind) async throws {
    try await withRecords(kind) { loop, socket, peer in
      let within = await inOneTick(socket, peer) { socket, peer in
        socket.append { $0.append(contentsOf: Array("head".utf8)) }
        socket.write("1")
        return peer.records()
      }
      #expect(within == ["head1"])
    }
  }

  @Test("64 KiB do not wait for the end of the turn", arguments: kinds)
  func limit(_ kind: PollerKind) async throws {
    try await withRecords(kind) { loop, socket, peer in
      let part = String(repeating: "x", count: StreamSocket.waitingBytesLimit / 2)
      let within = await inOneTick(socket, peer) { socket, peer in
        for text in ["1", part, part, "2"] { socket.write(text) }
        return peer.records()
      }
      #expect(within == ["1", part + part])
      #expect(await loop.run { peer.records() } == ["2"])
    }
  }

  @Test("The first write of a later tick takes along what waits", arguments: kinds)
  func laterTick(_ kind: PollerKind) async throws {
    try await withRecords(kind) { loop, socket, peer in
      let within = await inOneTick(socket, peer) { socket, peer in
        for text in ["1", "2"] { socket.write(text) }
        return peer.records()
      }
      #expect(within == ["1"])
      // The same job goes on into the next tick: `2` went at the end of its turn, `3` waits, `4` takes it along.
      let records = await inOneTick(socket, peer) { socket, peer in
        _ = peer.records()
        socket.write("3")
        socket.write("3")
        let tick = EventLoop.tick
        while EventLoop.tick == tick {}
        socket.write("4")
        return peer.records()
      } whileTick: { _ in
        true
      }
      #expect(records == ["3", "34"])
    }
  }

  @Test("A closed socket drops what waits for the end of the turn", arguments: kinds)
  func closed(_ kind: PollerKind) async throws {
    try await withRecords(kind) { loop, socket, peer in
      let unsent = await socket.run { socket in
        repeat { socket.write("x") } while !socket.isFlushScheduled
        _ = peer.records()
        defer { socket.close() }
        return socket.unsentCount
      }
      #expect(unsent == 1)
      #expect(await loop.run { peer.records() } == [])
    }
  }
}

/// Runs `body` on the loop, early in a fresh tick of the coarse clock; once more when the tick was over before it.
private func inOneTick(
  _ socket: LoopBound<StreamSocket>, _ peer: RecordEnd,
  _ body: @escaping @Sendable (StreamSocket, RecordEnd) -> [String],
  whileTick holds: @escaping @Sendable (_ start: UInt64) -> Bool = { EventLoop.tick == $0 }
) async -> [String] {
  while true {
    let result = await socket.run { socket -> [String]? in
      let before = EventLoop.tick
      while EventLoop.tick == before {}
      let start = EventLoop.tick
      let result = body(socket, peer)
      return holds(start) ? result : nil
    }
    if let result { return result }
    _ = await socket.loop.run { peer.records() }
  }
}

extension StreamSocket {
  fileprivate func write(_ text: String) {
    append { $0.append(contentsOf: Array(text.utf8)) }
    commit()
  }
}

/// The other end: what has come, a string a record, without waiting.
private struct RecordEnd: Sendable {
  let descriptor: Int32

  func records() -> [String] {
    var found: [String] = []
    var buffer = [UInt8](repeating: 0, count: 200_000)
    while case let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT)), count > 0 {
      found.append(String(decoding: buffer[..<count], as: UTF8.self))
    }
    return found
  }
}

private func withRecords(
  _ kind: PollerKind, _ body: (EventLoop, LoopBound<StreamSocket>, RecordEnd) async throws -> Void
) async throws {
  var ends: [Int32] = [-1, -1]
  try #require(socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends) == 0)
  let peer = RecordEnd(descriptor: ends[1])
  defer { close(peer.descriptor) }
  let descriptor = ends[0]
  try await withLoop(kind) { loop in
    let socket = await loop.run { LoopBound(StreamSocket(descriptor: descriptor, loop: loop), loop: loop) }
    defer { socket.submit { $0.close() } }
    try await body(loop, socket, peer)
  }
}
