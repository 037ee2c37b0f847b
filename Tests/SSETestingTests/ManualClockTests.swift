import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite("A manual clock", .timeLimit(.minutes(1)))
struct ManualClockTests {
  @Test("stands still, and wakes those who are due in the order of their deadlines")
  func order() async throws {
    let clock = ManualClock()
    let woken = Recorder<Int>()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for seconds in [3, 1, 2] {
        group.addTask {
          try await Task.sleep(for: .seconds(seconds), clock: clock)
          woken.note(seconds)
        }
      }
      let remaining = try await clock.sleepers(atLeast: 3)
      #expect(remaining == [.seconds(1), .seconds(2), .seconds(3)])
      clock.advance(by: .milliseconds(999))
      #expect(clock.deadlines == [1, 2, 3].map { .init(sinceStart: .seconds($0)) })
      for seconds in 1...3 {
        let step = try await clock.advanceToNextSleeper()
        #expect(step == (seconds == 1 ? .milliseconds(1) : .seconds(1)))
        try await woken.wait(for: seconds)
      }
      try await group.waitForAll()
    }
    #expect(woken.values == [1, 2, 3])
    #expect(clock.now == .init(sinceStart: .seconds(3)))
  }

  @Test("time does not go back, and a deadline that is past is not waited for")
  func past() async throws {
    let clock = ManualClock()
    clock.advance(by: .seconds(5))
    clock.advance(by: .seconds(-1))
    clock.advance(to: .init(sinceStart: .seconds(4)))
    #expect(clock.now.sinceStart == .seconds(5))
    try await clock.sleep(until: .init(sinceStart: .seconds(5)))
    try await clock.sleep(for: .seconds(-1))
    #expect(clock.deadlines == [])
  }

  @Test("is any clock that counts in durations")
  func existential() async throws {
    let clock = ManualClock()
    let any: any Clock<Duration> = clock
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await any.sleep(for: .seconds(60)) }
      try await clock.sleeper(for: .seconds(60))
      clock.advance(to: .init(sinceStart: .seconds(60)))
      try await group.waitForAll()
    }
  }

  @Test("lets go of whoever is cancelled, before, while and after it sleeps")
  func cancelled() async throws {
    let clock = ManualClock()
    for round in 0..<200 {
      await withThrowingTaskGroup(of: Void.self) { group in
        if round % 3 == 0 { group.cancelAll() }
        for _ in 0..<3 { group.addTask { try await clock.sleep(for: .seconds(1)) } }
        if round % 3 == 1 { _ = try? await clock.sleepers(atLeast: 3) }
        group.cancelAll()
        while let result = await group.nextResult() {
          #expect(throws: CancellationError.self) { try result.get() }
        }
      }
      #expect(clock.deadlines == [])
    }
  }

  @Test("advanced and cancelled at once, each sleep ends once")
  func race() async throws {
    let clock = ManualClock()
    for _ in 0..<300 {
      await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 { group.addTask { try? await clock.sleep(for: .seconds(1)) } }
        group.addTask { clock.advance(by: .seconds(1)) }
        group.cancelAll()
        while await group.nextResult() != nil {}
      }
    }
    #expect(clock.deadlines == [])
  }

  @Test("who sleeps again sleeps from the new time on")
  func jump() async throws {
    let clock = ManualClock()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for _ in 0..<2 { try await clock.sleep(for: .seconds(1)) }
      }
      try await clock.sleepers(atLeast: 1)
      clock.advance(by: .seconds(10))
      try await clock.sleeper(for: .seconds(1))
      #expect(clock.deadlines == [.init(sinceStart: .seconds(11))])
      clock.advance(by: .seconds(1))
      try await group.waitForAll()
    }
  }

  @Test("a condition that does not come true says who sleeps instead")
  func conditions() async throws {
    let clock = ManualClock()
    await #expect(throws: ConditionTimeout.self) {
      try await clock.advanceToNextSleeper(within: .milliseconds(10))
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await clock.sleep(for: .seconds(5)) }
      try await clock.sleepers(atLeast: 1)
      let error = await #expect(throws: ConditionTimeout.self) {
        try await clock.sleeper(for: .seconds(3), within: .milliseconds(10))
      }
      #expect(
        error?.description == "not within 0.01 seconds: a sleeper for 3.0 seconds; sleepers wake in 5.0 seconds")
      await #expect(throws: ConditionTimeout.self) {
        try await clock.sleepers(atMost: 0, within: .milliseconds(10))
      }
      clock.advance(by: .seconds(5))
      try await clock.sleepers(atMost: 0)
      try await group.waitForAll()
    }
  }

  @Test("drives a handler, and hears that it was cancelled when its reader left")
  func handler() async throws {
    let clock = ManualClock()
    var router = Router()
    router.events("/ticks") { _, events in
      for number in 1... {
        try await events.send("\(number)")
        try await clock.sleep(for: .seconds(60))
      }
    }
    try await withEventServer(router) { baseURL in
      let reader = try await RawConnection.connect(port: baseURL.port ?? 0)
      try await reader.write("GET /ticks HTTP/1.1\r\nHost: test\r\n\r\n")
      for number in 1...5 {
        try await reader.read(through: "data: \(number)\n\n")
        try await clock.sleeper(for: .seconds(60))
        clock.advance(by: .seconds(60))
      }
      try await reader.read(through: "data: 6\n\n")
      reader.close()
      try await clock.sleepers(atMost: 0)
    }
  }
}
