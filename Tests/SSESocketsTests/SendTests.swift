import Foundation
import SSETestSupport
import Synchronization
import Testing

@testable import SSESockets

@Suite("Sending", .timeLimit(.minutes(1)))
struct SendTests {
  @Test("More than the kernel holds arrives whole; the sender waits for a slow peer", arguments: kinds)
  func large(_ kind: PollerKind) async throws {
    let bytes = (0..<tooMany).map { UInt8(32 + $0 % 90) }
    try await withPair(kind) { loop, connection, peer in
      async let sent: Void = connection.send(bytes)
      try await eventually("the kernel is full") { await connection.socket.run { $0.waitsForWritable } }
      #expect(await connection.socket.run { $0.sendWaiters.count } == 1)
      let received = try await peer.read(count: bytes.count)
      try await sent
      #expect(received == bytes)
      #expect(await connection.socket.run { $0.sentTotal } == bytes.count)
      #expect(await connection.socket.run { $0.outbound.capacity } == 0, "an idle socket holds no buffer")
    }
  }

  @Test("Cancelling a sender closes the socket at once", arguments: kinds)
  func cancelled(_ kind: PollerKind) async throws {
    try await withPair(kind) { loop, connection, peer in
      await withTaskGroup(of: SocketError.Kind?.self) { group in
        group.addTask {
          await failure { () throws(SocketError) in
            try await connection.send([UInt8](repeating: 65, count: tooMany))
          }
        }
        while await connection.socket.run({ $0.sendWaiters.isEmpty }) { await Task.yield() }
        group.cancelAll()
        #expect(await group.next() == .cancelled)
      }
      #expect(await connection.socket.run { $0.isOpen } == false)
      _ = try await peer.ending()
    }
  }

  @Test("A sender that is cancelled already sends nothing", arguments: kinds)
  func cancelledBefore(_ kind: PollerKind) async throws {
    try await withPair(kind) { _, connection, peer in
      await withTaskGroup(of: SocketError.Kind?.self) { group in
        group.cancelAll()
        group.addTask { await failure { () throws(SocketError) in try await connection.send([65]) } }
        #expect(await group.next() == .cancelled)
      }
      let received = try await peer.readToEnd()
      #expect(received == "")
    }
  }

  @Test("A peer that resets wakes a waiting sender with the error", arguments: kinds)
  func reset(_ kind: PollerKind) async throws {
    try await withPair(kind) { _, connection, peer in
      async let sent = failure { () throws(SocketError) in
        try await connection.send([UInt8](repeating: 65, count: tooMany))
      }
      while await connection.socket.run({ $0.sendWaiters.isEmpty }) { await Task.yield() }
      peer.reset()
      #expect(await sent == .reset)
    }
  }

  @Test("Closing wakes a waiting sender", arguments: kinds)
  func closing(_ kind: PollerKind) async throws {
    try await withPair(kind) { _, connection, _ in
      async let sent = failure { () throws(SocketError) in
        try await connection.send([UInt8](repeating: 65, count: tooMany))
      }
      while await connection.socket.run({ $0.sendWaiters.isEmpty }) { await Task.yield() }
      connection.close()
      #expect(await sent == .closed)
    }
  }

  @Test("Of two that wait for a slow peer, a cancelled one wakes alone and leaves the socket open", arguments: kinds)
  func waitersAreSeparate(_ kind: PollerKind) async throws {
    try await withPair(kind) { loop, connection, peer in
      let ends = loop.log(of: String.self)
      try await withThrowingTaskGroup(of: Void.self) { outer in
        outer.addTask {
          try await connection.send([UInt8](repeating: 65, count: tooMany))
          await ends.run { $0.add("patient, \(connection.socket.onLoop.unsentCount) unsent") }
        }
        try await eventually("one waits") { await connection.socket.run { $0.sendWaiters.count } == 1 }
        try await withThrowingTaskGroup(of: Void.self) { inner in
          inner.addTask(executorPreference: loop) {
            await connection.socket.onLoop.allDrained()
            ends.onLoop.add("cancelled")
          }
          try await eventually("both wait") { await connection.socket.run { $0.sendWaiters.count } == 2 }
          inner.cancelAll()
          try await inner.waitForAll()
        }
        #expect(await connection.socket.run { $0.sendWaiters.count } == 1)
        _ = try await peer.read(count: tooMany)
        try await outer.waitForAll()
      }
      #expect(await ends.run { $0.entries } == ["cancelled", "patient, 0 unsent"])
    }
  }

  @Test("`drained` waits until fewer than 64 KiB are unsent, not for all", arguments: kinds)
  func drained(_ kind: PollerKind) async throws {
    try await withPair(kind) { loop, connection, peer in
      let unsent = loop.log(of: Int.self)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask(executorPreference: loop) {
          let socket = connection.socket.onLoop
          socket.append { $0.append(contentsOf: [UInt8](repeating: 65, count: tooMany)) }
          socket.flush()
          unsent.onLoop.add(socket.unsentCount)
          await socket.drained()
          unsent.onLoop.add(socket.unsentCount)
          await socket.drained()
        }
        _ = try await peer.read(count: tooMany)
        try await group.waitForAll()
      }
      let counts = await unsent.run { $0.entries }
      try #require(counts.count == 2)
      #expect(counts[0] >= StreamSocket.waitingBytesLimit)
      #expect(counts[1] < StreamSocket.waitingBytesLimit)
    }
  }

  @Test("Bytes sent past the buffer: the delegate is told when the kernel takes more", arguments: kinds)
  func direct(_ kind: PollerKind) async throws {
    try await withPair(kind) { _, connection, peer in
      let told = await connection.record()
      let bytes = [UInt8](repeating: 66, count: tooMany)
      let taken = await connection.socket.run { socket in
        socket.append { $0.append(contentsOf: Array("head".utf8)) }
        // The second finds the first waiting for the kernel.
        return (0..<2).map { _ in bytes.withUnsafeBytes { socket.sendDirectly($0) } }
      }
      let count = try #require(taken[0])
      #expect(0 < count && count < bytes.count)
      #expect(taken[1] == 0)
      #expect(try await peer.read(count: 4 + count) == Array("head".utf8) + bytes.prefix(count))
      #expect(await told.first { _ in true } == .drained)
      #expect(
        await connection.socket.run { socket in bytes.prefix(7).withUnsafeBytes { socket.sendDirectly($0) } } == 7)
    }
  }

  @Test("After sending has failed nothing more is kept, and direct sends say so", arguments: kinds)
  func afterFailure(_ kind: PollerKind) async throws {
    try await withPair(kind) { _, connection, peer in
      peer.reset()
      _ = await failure { () throws(SocketError) in try await connection.send([1]) }
      let state = await connection.socket.run { socket in
        socket.append { $0.append(contentsOf: [1, 2, 3]) }
        socket.commit()
        socket.flush()
        return (socket.unsentCount, [UInt8(1)].withUnsafeBytes { socket.sendDirectly($0) }, socket.sendFailure?.kind)
      }
      #expect(state == (0, nil, .reset))
    }
  }

  @Test("A broken connection never raises SIGPIPE", arguments: kinds)
  func brokenPipe(_ kind: PollerKind) async throws {
    #expect(pipeSignals.load(ordering: .relaxed) == 0)
    let earlier = signal(SIGPIPE) { _ in pipeSignals.add(1, ordering: .relaxed) }
    defer { signal(SIGPIPE, earlier) }
    try await withPair(kind) { _, connection, peer in
      peer.reset()
      for _ in 0..<3 { #expect(await failure { () throws(SocketError) in try await connection.send([1]) } == .reset) }
      await connection.socket.run { socket in
        // Past the failure that was met, straight to the kernel.
        for _ in 0..<3 { _ = [UInt8(1)].withUnsafeBytes { SystemCall.send(socket.descriptor, $0) } }
      }
    }
    #expect(pipeSignals.load(ordering: .relaxed) == 0)
  }

  @Test("`shutDownWriting` ends what the peer reads and leaves the other direction", arguments: kinds)
  func halfClose(_ kind: PollerKind) async throws {
    try await withPair(kind) { _, connection, peer in
      try await connection.send(Array("all".utf8))
      connection.shutDownWriting()
      #expect(try await peer.readToEnd() == "all")
      try await peer.write("answer")
      #expect(try await connection.receiveText(6) == "answer")
    }
  }

  @Test("A socket is small: a server holds tens of thousands", arguments: kinds)
  func size(_ kind: PollerKind) async throws {
    try await withPair(kind) { _, connection, _ in
      // Swift's view of the C library lacks it.
      let symbol = try #require(dlsym(nil, "malloc_usable_size"))
      let usableSize = unsafeBitCast(symbol, to: (@convention(c) (UnsafeMutableRawPointer) -> Int).self)
      let size = await connection.socket.run { usableSize(Unmanaged.passUnretained($0).toOpaque()) }
      // 136, or a little more where malloc could not use the rest of what it split.
      #expect(size <= 160)
    }
  }
}

private let pipeSignals = Atomic<Int>(0)
