import SSETestSupport
import Synchronization
import Testing

@testable import SSESockets

@Suite("The event loop as executor", .timeLimit(.minutes(1)))
struct EventLoopTests {
  @Test("A child task that prefers the loop runs on its thread, before and after each suspension", arguments: kinds)
  func childTask(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      let places = await withTaskGroup(of: [Bool].self) { group in
        group.addTask(executorPreference: loop) {
          var places = [EventLoop.current === loop]
          await Task.yield()
          places.append(loop.isCurrent)
          await onMainActor()
          places.append(loop.isCurrent)
          return places
        }
        return await group.next()
      }
      #expect(places == [true, true, true])
      #expect(EventLoop.current == nil)
    }
  }

  @Test("Tasks that yield take turns in the order in which they came", arguments: kinds)
  func yields(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      let log = loop.log(of: String.self)
      await withTaskExecutorPreference(loop) {
        await withDiscardingTaskGroup { group in
          for name in ["a", "b", "c"] {
            group.addTask(executorPreference: loop) {
              for round in 1...3 {
                log.onLoop.add("\(name)\(round)")
                await Task.yield()
              }
            }
          }
        }
      }
      let entries = await log.run { $0.entries }
      #expect(entries == ["a1", "b1", "c1", "a2", "b2", "c2", "a3", "b3", "c3"])
    }
  }

  @Test("A task that never stops yielding does not keep the loop from its sockets and timers", arguments: kinds)
  func fairness(_ kind: PollerKind) async throws {
    try await withPair(kind) { loop, connection, peer in
      let end = loop.log(of: Void.self)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask(executorPreference: loop) {
          while end.onLoop.entries.isEmpty { await Task.yield() }
        }
        defer { end.submit { $0.add(()) } }
        try await peer.write("hello")
        #expect(try await connection.receiveText(5) == "hello")
        try await loop.sleep(for: .milliseconds(1))
      }
    }
  }

  @Test("More jobs than a turn runs are all run, in order", arguments: kinds)
  func manyJobs(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      let log = loop.log(of: Int.self)
      let count = EventLoop.jobsPerTurn * 40
      await withTaskExecutorPreference(loop) {
        await withDiscardingTaskGroup { group in
          for number in 0..<count { group.addTask(executorPreference: loop) { log.onLoop.add(number) } }
        }
      }
      #expect(await log.run { $0.entries } == Array(0..<count))
      #expect(await loop.run { loop.turnCount } >= 40)
    }
  }

  @Test("A job longer than 100 ms is reported with its task", arguments: kinds)
  func blocked(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      let reports = loop.log(of: UInt.self)
      await loop.run { loop.reportBlocked = { _, task in reports.onLoop.add(task) } }
      let task = await withTaskExecutorPreference(loop) {
        await Task.yield()
        let deadline = EventLoop.now + 130_000_000
        while EventLoop.now < deadline {}
        return loop.runningTask
      }
      #expect(await reports.run { $0.entries } == [task])
    }
  }

  /// What holds a loop and is no job.
  enum Hold: CaseIterable {
    case work, timer, socket

    /// Holds the loop that `connection` is on.
    func begin(_ connection: Connection, _ peer: RawConnection) async throws {
      let loop = connection.socket.loop
      switch self {
      case .work: loop.submit { Self.spin() }
      case .timer: await loop.run { _ = loop.schedule(after: .zero) { Self.spin() } }
      case .socket:
        await connection.socket.run {
          $0.setDelegate(Spinning())
          $0.watchForLeave(keepingAtMost: 1_000, halfCloseAllowed: false)
        }
        peer.close()
      }
    }

    static func spin() {
      let deadline = EventLoop.now + 130_000_000
      while EventLoop.now < deadline {}
    }

    private final class Spinning: StreamSocketDelegate {
      func socketPeerLeft(_ reason: StreamSocket.LeaveReason) { Hold.spin() }
      func socketDrained() {}
    }
  }

  @Test("What else holds the loop for longer than 100 ms is reported too", arguments: kinds, Hold.allCases)
  func blockedOtherwise(_ kind: PollerKind, _ hold: Hold) async throws {
    try await withPair(kind) { loop, connection, peer in
      let reports = Recorder<UInt>()
      await loop.run { loop.reportBlocked = { _, task in reports.note(task) } }
      try await hold.begin(connection, peer)
      try await reports.wait(for: 0)
    }
  }

  @Test("More work than a turn does is spread over several, in order, and jobs run meanwhile", arguments: kinds)
  func muchWork(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      let turns = loop.log(of: Int.self)
      // Left in one turn, so that the next one finds all of it.
      await loop.run {
        for _ in 0..<(EventLoop.jobsPerTurn * 3) { loop.submit { turns.onLoop.add(loop.turnCount) } }
      }
      try await eventually("all is done") { await turns.run { $0.entries.count } == EventLoop.jobsPerTurn * 3 }
      let entries = await turns.run { $0.entries }
      #expect(entries == entries.sorted())
      #expect(Set(entries).count >= 3)
    }
  }

  @Test("Work from other threads runs on the loop's thread, in order", arguments: kinds)
  func submit(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      let log = loop.log(of: Int.self)
      for number in 0..<1_000 { loop.submit { log.onLoop.add(number) } }
      #expect(await loop.run { loop.isCurrent })
      #expect(await log.run { $0.entries } == Array(0..<1_000))
    }
  }

  @Test("A loop with nothing to do rests", arguments: kinds)
  func rests(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      let before = await loop.run { loop.turnCount }
      try await loop.sleep(for: .milliseconds(60))
      let after = await loop.run { loop.turnCount }
      #expect(after - before < 10)
    }
  }
}

@Suite("A loop that has ended", .timeLimit(.minutes(1)))
struct EndedLoopTests {
  @Test("`stop` runs what was left before it", arguments: kinds)
  func left(_ kind: PollerKind) async throws {
    let loop = try EventLoop(name: "test-loop", poller: kind)
    let log = loop.log(of: Int.self)
    for number in 0..<1_000 { loop.submit { log.onLoop.add(number) } }
    loop.stop()
    loop.stop()
    #expect(await log.run { $0.entries.count } == 1_000)
  }

  @Test("Late work runs at once on the caller's thread, which counts as the loop's meanwhile", arguments: kinds)
  func late(_ kind: PollerKind) async throws {
    let loop = try EventLoop(name: "test-loop", poller: kind)
    loop.stop()
    let log = loop.log(of: Bool.self)
    loop.submit { log.onLoop.add(loop.isCurrent) }
    #expect(EventLoop.current == nil)
    #expect(await log.run { $0.entries } == [true])
    #expect(await loop.run { 42 } == 42)
  }

  @Test("Late work that leaves more work is not entered again", arguments: kinds)
  func reentrant(_ kind: PollerKind) async throws {
    let loop = try EventLoop(name: "test-loop", poller: kind)
    loop.stop()
    let log = loop.log(of: String.self)
    loop.submit {
      log.onLoop.add("begin")
      loop.submit { log.onLoop.add("inner") }
      log.onLoop.add("end")
    }
    #expect(await log.run { $0.entries } == ["begin", "end", "inner"])
  }

  @Test("Late work on another loop's thread leaves that thread its own mark", arguments: kinds)
  func fromAnotherLoop(_ kind: PollerKind) async throws {
    let ended = try EventLoop(name: "test-loop", poller: kind)
    ended.stop()
    try await withLoop(kind) { loop in
      let places = await loop.run {
        let seen = Mutex<[Bool]>([])
        ended.submit { seen.withLock { $0.append(ended.isCurrent && !loop.isCurrent) } }
        return seen.withLock { $0 } + [loop.isCurrent]
      }
      #expect(places == [true, true])
    }
  }

  @Test("A task that prefers an ended loop still runs, and wakes from its suspensions", arguments: kinds)
  func lateJobs(_ kind: PollerKind) async throws {
    let loop = try EventLoop(name: "test-loop", poller: kind)
    loop.stop()
    let sum = await withTaskGroup(of: Int.self) { group in
      for number in 1...10 {
        group.addTask(executorPreference: loop) {
          await Task.yield()
          await onMainActor()
          return loop.isCurrent ? number : 0
        }
      }
      return await group.reduce(0, +)
    }
    #expect(sum == 55)
  }

  @Test("Threads that leave work while a loop ends, and after, lose none and never run it at the same time")
  func race() async throws {
    for round in 0..<20 {
      let loop = try EventLoop(name: "test-loop", poller: round.isMultiple(of: 2) ? .epoll : .poll)
      // No lock guards the count: two at once would lose some.
      let log = loop.log(of: Void.self)
      await withDiscardingTaskGroup { group in
        for _ in 0..<4 {
          group.addTask { @concurrent in
            for _ in 0..<500 { loop.submit { log.onLoop.add(()) } }
          }
        }
        group.addTask { @concurrent in loop.stop() }
      }
      let count = await log.run { $0.entries.count }
      #expect(count == 2_000)
    }
  }

  @Test("A closed poller refuses, and may be closed again", arguments: kinds)
  func closedPoller(_ kind: PollerKind) throws {
    let poller = try kind.makePoller()
    poller.close()
    poller.close()
    #expect(!poller.add(0, .read, token: 0))
  }
}

let kinds = PollerKind.allCases

@MainActor func onMainActor() {}
