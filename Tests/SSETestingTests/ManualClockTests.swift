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
      #expect(clock.deadlines.count == 3)
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
}
