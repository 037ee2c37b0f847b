import Testing

@testable import SSEServer

@Suite("A topic's log built anew of its records, without a file")
struct TopicRecoveryTests {
  /// Nanoseconds.
  static let hour: UInt64 = 3_600_000_000_000

  private func record(_ sequence: UInt64, _ data: String = "x", key: String? = nil, at time: UInt64 = 0) -> TopicRecord
  {
    TopicRecord(
      sequence: sequence, time: Int64(time), key: key, event: Array("id: e-\(sequence)\ndata: \(data)\n\n".utf8)[...])
  }

  private func recovery(
    first: UInt64 = 1, age: UInt64 = .max, keys: Bool = false,
    clock: TopicClock = TopicClock(now: 1 << 62, wallClock: 0)
  ) -> TopicRecovery {
    TopicRecovery(
      budget: TopicLog.Budget(events: 4, age: age), epoch: "e", first: first, keepsNewestOfKeys: keys, clock: clock)
  }

  @Test(
    "the log goes on after the last record, wherever the first is, and its ring goes round", arguments: [1, 3, 900])
  func goesOn(first: UInt64) {
    for count in 0...12 {
      var recovery = recovery(first: first)
      for sequence in first..<(first + UInt64(count)) { recovery.take(record(sequence)) }
      var log = recovery.finished()
      for _ in 0...5 {
        #expect(log.oldest == max(first, log.end - min(log.end, 4)))
        for sequence in log.oldest..<log.end {
          guard case .entry(let entry) = log.lookUp(sequence) else {
            Issue.record("\(sequence) is missing")
            continue
          }
          #expect(entry.decoded?.id == "e-\(sequence)")
        }
        log.publish("y")
      }
      #expect(log.end == first + UInt64(count) + 6)
    }
  }

  @Test("a record that cannot be of this log is refused")
  func refused() {
    var recovery = recovery()
    recovery.take(record(1))
    recovery.take(record(3), isRefused: true)
    var other = record(2)
    for text in ["", "id: e-2\n", "id: f-2\ndata: x\n\n", "event: a", "event: a\nid: e-1\ndata: x\n\n"] {
      other.event = Array(text.utf8)[...]
      recovery.take(other, isRefused: true)
    }
    recovery.take(record(2))
  }

  @Test("an event is encoded again as it was: with its type, its lines, as a chunk")
  func entries() {
    var log = TopicLog(budget: TopicLog.Budget(events: 4), epoch: "e")
    let events = [
      ServerSentEvent(data: "a\nb", type: "note"), ServerSentEvent(data: ""), ServerSentEvent(data: "id: x"),
    ]
    for event in events {
      log.append(TopicEntry(event, id: log.nextID, key: nil, publishedAt: 0), now: 0)
      guard case .entry(let entry) = log.lookUp(log.end - 1) else { return }
      let again = TopicEntry(
        encoded: entry.chunk[entry.event], id: log.id(of: log.end - 1), key: nil, publishedAt: 0)
      #expect(again?.chunk == entry.chunk)
      #expect(again?.event == entry.event)
      #expect(again?.idLine == entry.idLine)
      #expect(again?.decoded == entry.decoded)
    }
  }

  @Test("an event's age counts through restarts, by the wall clock, also where the machine was started since")
  func age() {
    let hour = Self.hour
    // It was started a second ago.
    let now: UInt64 = 1 << 62 + 1_000_000_000
    var recovery = recovery(age: hour, clock: TopicClock(now: now, wallClock: Int64(10 * hour)))
    let times = [1, 9 * hour - 1, 9 * hour + 1, 10 * hour - hour / 2]
    for (index, time) in times.enumerated() { recovery.take(record(UInt64(index + 1), at: time)) }
    var log = recovery.finished()
    #expect(log.oldest == 3)
    #expect(log.end == 5)
    log.dropExpired(now: now + 2)
    #expect(log.oldest == 4)
    log.dropExpired(now: now + hour / 2)
    #expect(log.oldest == 4)
    log.dropExpired(now: now + hour / 2 + 1)
    #expect(log.oldest == 5)
  }

  @Test("an event that is all from the future, since the clock was set back, is as old as the restart")
  func clockSetBack() {
    let hour = Self.hour
    let now: UInt64 = 1 << 62
    var recovery = recovery(age: hour, clock: TopicClock(now: now, wallClock: Int64(hour)))
    recovery.take(record(1, at: 90 * hour))
    var log = recovery.finished()
    log.dropExpired(now: now + hour)
    #expect(log.oldest == 1)
    log.dropExpired(now: now + hour + 1)
    #expect(log.oldest == 2)
  }

  @Test("the two clocks of a moment tell each other's times")
  func clocks() {
    let clock = TopicClock()
    #expect(clock.wallClock > 1_700_000_000_000_000_000)
    for age: UInt64 in [0, 1, 1_000_000_000, 1_000 * Self.hour] {
      #expect(clock.time(at: clock.wallClock(at: clock.now - age)) == clock.now - age)
    }
    #expect(clock.time(at: .min) <= clock.now)
    #expect(clock.time(at: .max) == clock.now)
    #expect(clock.wallClock(at: .max) == clock.wallClock)
  }

  @Test("the newest of their keys from before the first record are held, but for those that were published again")
  func keptRecords() {
    var recovery = recovery(first: 100, keys: true)
    recovery.take(record(100, key: "a"))
    recovery.take(record(7, key: "b"))
    recovery.take(record(3, key: "c"))
    recovery.take(record(101, key: "b"))
    // Written twice, by a process that was killed in between.
    recovery.take(record(3, key: "c"))
    recovery.take(record(102, key: "d"))
    var log = recovery.finished()
    #expect(log.firstKept(from: 0)?.sequence == 3)
    #expect(log.firstKept(from: 4) == nil)
    let start = log.start(after: "other-1")
    #expect(start.sequence == 3)
    #expect(log.newestOfKey(from: 4, before: log.end)?.sequence == 100)
    // Published again it is not held twice.
    log.publish("new", key: "c")
    #expect(log.firstKept(from: 0) == nil)
    #expect(log.newestOfKey(from: 0, before: log.end)?.sequence == 100)
  }
}

extension TopicRecovery {
  fileprivate mutating func take(
    _ record: TopicRecord, isRefused: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let isTaken = restore(record)
    #expect(isTaken == !isRefused, sourceLocation: sourceLocation)
  }
}
