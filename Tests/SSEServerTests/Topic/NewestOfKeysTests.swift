import SSETestSupport
import Testing

@testable import SSEServer

@Suite("The newest event of each key, without a socket")
struct NewestOfKeysTests {
  private func log(events: Int, bytes: Int = .max, age: UInt64 = .max) -> TopicLog {
    let budget = TopicLog.Budget(events: events, bytes: bytes, age: age)
    return TopicLog(budget: budget, epoch: "e", keepsNewestOfKeys: true)
  }

  /// The sequence numbers that a reader is sent that is overtaken there.
  private func caughtUp(_ log: TopicLog, from next: UInt64) -> [UInt64] {
    let start = log.startAfterSkipping(from: next)
    var sequences: [UInt64] = []
    var sequence = start.sequence
    while let newest = log.newestOfKey(from: sequence, before: start.newestOnlyUntil) {
      sequences.append(newest.sequence)
      sequence = newest.sequence + 1
    }
    return sequences
  }

  @Test("a reader that was overtaken gets the newest of each key, in order, also what the ring has dropped")
  func catchesUp() {
    var log = log(events: 3)
    for (index, key) in ["a", "b", "a", "c", "d", "c", "d"].enumerated() { log.publish("\(index + 1)", key: key) }
    // 2 is the newest of b, 3 of a; both have left the ring of 5, 6, 7.
    #expect(log.oldest == 5)
    #expect(caughtUp(log, from: 1) == [2, 3, 6, 7])
    #expect(caughtUp(log, from: 3) == [3, 6, 7])
    let gap = TopicGap(after: "e-2", oldest: "e-3", reason: .skipped)
    #expect(log.startAfterSkipping(from: 3) == TopicLog.Start(sequence: 3, newestOnlyUntil: 8, gap: gap))
  }

  @Test("a reader that comes back too late gets the newest of each key after what it saw, one in time gets all")
  func resumes() {
    var log = log(events: 2)
    for (index, key) in ["a", "b", "c", "c", "c"].enumerated() { log.publish("\(index + 1)", key: key) }
    let gap = TopicGap(after: "e-1", oldest: "e-2", reason: .expired)
    #expect(log.start(after: "e-1") == TopicLog.Start(sequence: 2, newestOnlyUntil: 6, gap: gap))
    #expect(log.start(after: "e-3") == TopicLog.Start(sequence: 4))
    #expect(log.start(after: "f-9").sequence == 1)
  }

  @Test("what the ring has dropped is held up to its budget once more, the oldest goes first")
  func budget() {
    var byCount = log(events: 3)
    for number in 1...20 { byCount.publish("\(number)", key: "\(number)") }
    #expect(caughtUp(byCount, from: 1) == [15, 16, 17, 18, 19, 20])
    var byBytes = log(events: 10, bytes: 100)
    for number in 1...20 { byBytes.publish("12345", key: "\(number)") }
    // Four of 24 or 25 bytes here, four there.
    #expect(caughtUp(byBytes, from: 1).count < 10)
    var byAge = log(events: 2, age: 100)
    for number in 1...5 { byAge.publish("\(number)", key: "\(number)", now: UInt64(number)) }
    byAge.dropExpired(now: 103)
    #expect(caughtUp(byAge, from: 1) == [3, 4, 5])
  }

  @Test("as many keys and as much coming and going as one likes give what a plain search of all gives")
  func againstAModel() {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<50 {
      let capacity = Int.random(in: 1...8, using: &random)
      let keyCount = Int.random(in: 1...capacity, using: &random)
      var log = log(events: capacity)
      var keys: [String] = []
      for number in 1...60 {
        keys.append("\(Int.random(in: 0..<keyCount, using: &random))")
        log.publish("\(number)", key: keys[number - 1])
        let next = UInt64.random(in: 1...UInt64(number), using: &random)
        // No key is ever given up, as there are no more than the budget.
        let expected = (Int(next)...number).filter { keys[($0 - 1)...].lastIndex(of: keys[$0 - 1]) == $0 - 1 }
        #expect(caughtUp(log, from: next) == expected.map(UInt64.init))
      }
    }
  }
}
