import Foundation
import SSETestSupport
import Synchronization
import Testing

@testable import SSESockets

@Suite("Receiving", .timeLimit(.minutes(1)))
struct ReceiveTests {
  @Test("Bytes come as they arrive, then the end of file, again and again", arguments: kinds)
  func bytes(_ kind: PollerKind) async throws {
    try await withPair(kind) { _, connection, peer in
      try await peer.write("one")
      #expect(try await connection.receive() == Array("one".utf8))
      try await peer.write("two")
      #expect(try await connection.receive(atMost: 2) == Array("tw".utf8))
      #expect(try await connection.receive(atMost: 0) == Array("o".utf8), "at least one byte, else it were the end")
      peer.shutDownWriting()
      #expect(try await connection.receive() == [])
      #expect(try await connection.receive() == [])
    }
  }

  @Test("A receiver that waits gets what comes", arguments: kinds)
  func waiting(_ kind: PollerKind) async throws {
    try await withPair(kind) { loop, connection, peer in
      async let received = connection.receive(timeout: .seconds(3_600))
      while await loop.pendingTimers == 0 { await Task.yield() }
      try await peer.write("late")
      #expect(try await received == Array("late".utf8))
      #expect(await loop.pendingTimers == 0)
    }
  }

  @Test("A receiver on an actor does not leave it to begin its wait")
  func onAnActor() async throws {
    try await withPair(.automatic) { loop, connection, peer in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          let elsewhere = CountingExecutor()
          try await withTaskExecutorPreference(elsewhere) { try await Self.receive(from: connection, elsewhere) }
        }
        while await loop.pendingTimers == 0 { await Task.yield() }
        try await peer.write("one")
        try await group.waitForAll()
      }
    }
  }

  @MainActor private static func receive(from connection: Connection, _ elsewhere: CountingExecutor) async throws {
    let before = elsewhere.count
    #expect(try await connection.receive(timeout: .seconds(3_600)) == Array("one".utf8))
    // A continuation is resumed there, wherever its task goes on.
    #expect(elsewhere.count == before + 1)
  }

  @Test("A reset is an error and no end of file", arguments: kinds)
  func reset(_ kind: PollerKind) async throws {
    try await withPair(kind) { loop, connection, peer in
      async let received = failure { () throws(SocketError) in try await connection.receive(timeout: .seconds(3_600)) }
      while await loop.pendingTimers == 0 { await Task.yield() }
      peer.reset()
      #expect(await received == .reset)
    }
  }

  @Test("A reset that a sender met first is still no end of file", arguments: kinds)
  func resetMetBySender(_ kind: PollerKind) async throws {
    try await withPair(kind) { _, connection, peer in
      peer.reset()
      #expect(await failure { () throws(SocketError) in try await connection.send([1]) } == .reset)
      #expect(await failure { () throws(SocketError) in try await connection.receive() } == .reset)
    }
  }

  @Test("Cancelling a receiver closes the socket at once, which the peer sees", arguments: kinds)
  func cancelledWhile(_ kind: PollerKind) async throws {
    try await withPair(kind) { loop, connection, peer in
      await withTaskGroup(of: SocketError.Kind?.self) { group in
        group.addTask {
          await failure { () throws(SocketError) in try await connection.receive(timeout: .seconds(3_600)) }
        }
        while await loop.pendingTimers == 0 { await Task.yield() }
        group.cancelAll()
        #expect(await group.next() == .cancelled)
      }
      let ending = try await peer.ending()
      #expect(ending == .endOfFile)
      #expect(await loop.pendingTimers == 0)
    }
  }

  @Test(
    "A receiver that is cancelled already closes the socket, also where bytes wait", arguments: kinds, [true, false])
  func cancelledBefore(_ kind: PollerKind, onLoop: Bool) async throws {
    try await withPair(kind) { loop, connection, peer in
      try await peer.write("unread")
      await withTaskGroup(of: SocketError.Kind?.self) { group in
        group.cancelAll()
        group.addTask(executorPreference: onLoop ? loop : nil) {
          await failure { () throws(SocketError) in try await connection.receive() }
        }
        #expect(await group.next() == .cancelled)
      }
      #expect(await connection.socket.run { $0.isOpen } == false)
      _ = try await peer.ending()
    }
  }

  @Test("A timeout leaves the socket open", arguments: kinds)
  func timeout(_ kind: PollerKind) async throws {
    try await withPair(kind) { loop, connection, peer in
      let error = await failure { () throws(SocketError) in
        try await connection.receive(timeout: .milliseconds(5))
      }
      #expect(error == .timedOut)
      try await peer.write("after")
      #expect(try await connection.receiveText(5) == "after")
      #expect(await loop.pendingTimers == 0)
    }
  }

  @Test("A second receiver is refused, the first goes on", arguments: kinds)
  func second(_ kind: PollerKind) async throws {
    try await withPair(kind) { loop, connection, peer in
      async let first = connection.receive(timeout: .seconds(3_600))
      while await loop.pendingTimers == 0 { await Task.yield() }
      let second = await failure { () throws(SocketError) in try await connection.receive() }
      #expect(second == .system(EALREADY))
      try await peer.write("first")
      #expect(try await first == Array("first".utf8))
    }
  }

  @Test("Closing wakes the receiver", arguments: kinds)
  func closing(_ kind: PollerKind) async throws {
    try await withPair(kind) { loop, connection, _ in
      async let received = failure { () throws(SocketError) in try await connection.receive(timeout: .seconds(3_600)) }
      while await loop.pendingTimers == 0 { await Task.yield() }
      connection.close()
      #expect(await received == .closed)
      #expect(await loop.pendingTimers == 0)
    }
  }

  @Test("Cancelled or answered at any moment, each receive ends once", arguments: kinds)
  func race(_ kind: PollerKind) async throws {
    for yields in 0..<60 {
      try await withPair(kind) { loop, connection, peer in
        await withTaskGroup(of: SocketError.Kind?.self) { group in
          group.addTask(executorPreference: yields.isMultiple(of: 2) ? loop : nil) {
            await failure { () throws(SocketError) in try await connection.receive(timeout: .seconds(3_600)) }
          }
          if yields.isMultiple(of: 3) { peer.reset() } else { peer.shutDownWriting() }
          for _ in 0..<yields { await Task.yield() }
          group.cancelAll()
          let ended = await group.next()
          #expect(ended == .some(nil) || ended == .cancelled || ended == .reset)
        }
        #expect(await loop.pendingTimers == 0)
      }
    }
  }

  enum Ending: CaseIterable { case closed, reset, halfClosed, inputOnly }
  enum Watching: CaseIterable { case none, receivedBefore, stream, streamAllowingHalfClose }

  @Test("A peer that goes while nobody receives does not make the loop spin", arguments: kinds, Ending.allCases)
  func noSpin(_ kind: PollerKind, _ ending: Ending) async throws {
    for watching in Watching.allCases {
      try await withPair(kind) { loop, connection, peer in
        switch watching {
        case .none: break
        case .receivedBefore:
          async let received = connection.receive(timeout: .seconds(3_600))
          while await loop.pendingTimers == 0 { await Task.yield() }
          try await peer.write("x")
          _ = try await received
        case .stream: await connection.socket.run { $0.watchForLeave(keepingAtMost: 2) }
        case .streamAllowingHalfClose:
          await connection.socket.run { $0.watchForLeave(keepingAtMost: 2, halfCloseAllowed: true) }
        }
        // More than a stream keeps, so that its input is no longer watched.
        try await peer.write("input")
        switch ending {
        case .closed: peer.close()
        case .reset: peer.reset()
        case .halfClosed: peer.shutDownWriting()
        case .inputOnly: break
        }
        try await loop.sleep(for: .milliseconds(2))
        let before = await loop.run { loop.turnCount }
        try await loop.sleep(for: .milliseconds(20))
        let turns = await loop.run { loop.turnCount } - before
        #expect(turns < 10, "\(ending) while \(watching)")
      }
    }
  }
}

/// Runs on threads of its own what has no actor, and counts it.
private final class CountingExecutor: TaskExecutor {
  private let jobs = Atomic(0)
  var count: Int { jobs.load(ordering: .relaxed) }

  func enqueue(_ job: consuming ExecutorJob) {
    jobs.add(1, ordering: .relaxed)
    let job = UnownedJob(job)
    DispatchQueue.global().async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
