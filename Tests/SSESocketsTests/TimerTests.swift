import Testing

@testable import SSESockets

@Suite("The timer heap")
struct TimerHeapTests {
  @Test("Inserting, cancelling and taking agree with a sorted array", arguments: 1...20)
  func againstSortedArray(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var heap = TimerHeap()
    var expected: [LoopTimer] = []
    for _ in 0..<3_000 {
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<5:
        let timer = LoopTimer(deadline: UInt64.random(in: 0..<1_000, using: &random)) {}
        heap.insert(timer)
        expected.append(timer)
      case 5..<8:
        guard let timer = expected.randomElement(using: &random) else { continue }
        heap.remove(timer)
        heap.remove(timer)
        expected.removeAll { $0 === timer }
      default:
        let now = UInt64.random(in: 0..<1_000, using: &random)
        let earliest = expected.map(\.deadline).min()
        let taken = heap.removeFirst(dueAt: now)
        #expect(taken?.deadline == earliest.flatMap { $0 <= now ? $0 : nil })
        expected.removeAll { $0 === taken }
      }
      #expect(heap.count == expected.count)
      #expect(heap.earliestDeadline == expected.map(\.deadline).min())
    }
    var rest: [UInt64] = []
    while let timer = heap.removeFirst(dueAt: .max) { rest.append(timer.deadline) }
    #expect(rest == expected.map(\.deadline).sorted())
  }
}

@Suite("Timers of a loop", .timeLimit(.minutes(1)))
struct TimerTests {
  @Test("Timers fire once each, in the order of their deadlines, not before these", arguments: kinds)
  func order(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      let log = loop.log(of: Int.self)
      let start = EventLoop.now
      await loop.run {
        for delay in [30, 10, 20, 5] {
          _ = loop.schedule(after: .milliseconds(delay)) {
            if EventLoop.now - start >= UInt64(delay) * 1_000_000 { log.onLoop.add(delay) }
          }
        }
      }
      try await loop.sleep(for: .milliseconds(40))
      #expect(await log.run { $0.entries } == [5, 10, 20, 30])
      #expect(await loop.pendingTimers == 0)
    }
  }

  @Test("A cancelled timer leaves at once and never fires; cancelling again does nothing", arguments: kinds)
  func cancel(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      let log = loop.log(of: Int.self)
      let counts = await loop.run {
        let timer = loop.schedule(after: .zero) { log.onLoop.add(1) }
        let other = loop.schedule(after: .seconds(100)) { log.onLoop.add(2) }
        let before = loop.timerCount
        for timer in [timer, other, timer] { loop.cancel(timer) }
        return [before, loop.timerCount]
      }
      #expect(counts == [2, 0])
      try await loop.sleep(for: .milliseconds(2))
      #expect(await log.run { $0.entries } == [])
    }
  }

  @Test("Thousands of timers fire in order, each once", arguments: kinds)
  func thousands(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      let fired = loop.log(of: Int.self)
      let deadlines = await loop.run {
        var random = SeededGenerator(seed: 7)
        return (0..<5_000).map { index in
          let delay = Duration.microseconds(Int64.random(in: 0..<20_000, using: &random))
          return loop.schedule(after: delay) { fired.onLoop.add(index) }.deadline
        }
      }
      while await loop.pendingTimers > 0 { try await loop.sleep(for: .milliseconds(1)) }
      let order = await fired.run { $0.entries }
      #expect(order.map { deadlines[$0] } == deadlines.sorted())
      #expect(Set(order).count == 5_000)
    }
  }

  @Test("A timer set by a timer fires too", arguments: kinds)
  func nested(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
        loop.submit {
          _ = loop.schedule(after: .zero) { _ = loop.schedule(after: .zero) { continuation.resume() } }
        }
      }
      #expect(await loop.pendingTimers == 0)
    }
  }

  @Test(
    "Any duration is a delay",
    arguments: [
      (Duration.seconds(-5), 0), (.zero, 0), (.nanoseconds(7), 7), (.seconds(2), 2_000_000_000),
      (.seconds(Int64.max), UInt64(Int64.max / 2)), (.seconds(Int64.min), 0),
      (.seconds(Int64.max) + .seconds(30), UInt64(Int64.max / 2)), (.seconds(Int64.min) - .seconds(30), 0),
    ] as [(Duration, UInt64)])
  func durations(_ duration: Duration, _ nanoseconds: UInt64) {
    #expect(duration.clampedNanoseconds == nanoseconds)
  }
}

@Suite("Sleeping on a loop", .timeLimit(.minutes(1)))
struct SleepTests {
  @Test("A sleep lasts its time, from the loop and from elsewhere", arguments: kinds)
  func lasts(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      let start = EventLoop.now
      try await loop.sleep(for: .milliseconds(10))
      #expect(EventLoop.now - start >= 10_000_000)
      try await withTaskExecutorPreference(loop) { try await loop.sleep(for: .milliseconds(10)) }
      #expect(EventLoop.now - start >= 20_000_000)
    }
  }

  @Test("A sleep that is cancelled ends at once and leaves no timer", arguments: kinds, [true, false])
  func cancelledWhile(_ kind: PollerKind, onLoop: Bool) async throws {
    try await withLoop(kind) { loop in
      await withTaskGroup(of: Bool.self) { group in
        group.addTask(executorPreference: onLoop ? loop : nil) { await isCancelled(loop, .seconds(3_600)) }
        while await loop.pendingTimers == 0 { await Task.yield() }
        group.cancelAll()
        #expect(await group.next() == true)
      }
      #expect(await loop.pendingTimers == 0)
    }
  }

  @Test(
    "A sleep of a task that is cancelled already ends at once and leaves no timer", arguments: kinds, [true, false])
  func cancelledBefore(_ kind: PollerKind, onLoop: Bool) async throws {
    try await withLoop(kind) { loop in
      await withTaskGroup(of: Bool.self) { group in
        group.cancelAll()
        group.addTask(executorPreference: onLoop ? loop : nil) { await isCancelled(loop, .seconds(3_600)) }
        #expect(await group.next() == true)
      }
      #expect(await loop.pendingTimers == 0)
    }
  }

  @Test("Sleeps that are cancelled at any moment each end once", arguments: kinds)
  func cancelledAnyTime(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      for delay in 0..<200 {
        await withTaskGroup(of: Bool.self) { group in
          for index in 0..<4 {
            group.addTask(executorPreference: index < 2 ? loop : nil) {
              await isCancelled(loop, .microseconds(delay * 10))
            }
          }
          for _ in 0..<(delay % 20) { await Task.yield() }
          group.cancelAll()
          var ended = 0
          for await _ in group { ended += 1 }
          #expect(ended == 4)
        }
      }
      #expect(await loop.pendingTimers == 0)
    }
  }
}

private func isCancelled(_ loop: EventLoop, _ delay: Duration) async -> Bool {
  do {
    try await loop.sleep(for: delay)
    return false
  } catch {
    return true
  }
}

/// The same numbers for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
