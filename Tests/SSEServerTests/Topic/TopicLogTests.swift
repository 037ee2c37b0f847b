import Testing

@testable import SSEServer

@Suite("A topic's log, without a socket")
struct TopicLogTests {
  /// A log with this many events published, "1", "2", …
  private func log(capacity: Int, published: Int) -> TopicLog {
    var log = TopicLog(budget: TopicLog.Budget(events: capacity), epoch: "e")
    for number in 0..<published { log.publish("\(number + 1)") }
    return log
  }

  private func chunk(_ log: TopicLog, _ sequence: UInt64) -> String? {
    guard case .entry(let entry) = log.lookUp(sequence) else { return nil }
    return String(decoding: entry.chunk, as: UTF8.self)
  }

  @Test("an event is held as its chunk, under the topic's own ID")
  func entry() {
    var log = TopicLog(budget: TopicLog.Budget(events: 10), epoch: "1k")
    let event = ServerSentEvent(data: "a\nb", type: "note")
    log.append(TopicEntry(event, id: log.nextID, key: nil, publishedAt: 0), now: 0)
    #expect(chunk(log, 1) == "26\r\nevent: note\nid: 1k-1\ndata: a\ndata: b\n\n\r\n")
    guard case .entry(let entry) = log.lookUp(1) else { return }
    #expect(String(decoding: entry.chunk[entry.event], as: UTF8.self) == "event: note\nid: 1k-1\ndata: a\ndata: b\n\n")
  }

  @Test("the newest are held, in order, however often the ring has gone round", arguments: [1, 2, 3, 7], 0...20)
  func ring(capacity: Int, published: Int) {
    let log = log(capacity: capacity, published: published)
    #expect(log.end == UInt64(published) + 1)
    #expect(log.oldest == UInt64(max(1, published - capacity + 1)))
    for sequence in 1...UInt64(published + 2) {
      switch log.lookUp(sequence) {
      case .entry:
        #expect(sequence >= log.oldest && sequence < log.end)
        #expect(chunk(log, sequence)?.contains("id: e-\(sequence)\ndata: \(sequence)\n") == true)
      case .gone: #expect(sequence < log.oldest)
      case .notYet: #expect(sequence >= log.end)
      }
    }
  }

  @Test("no more bytes are held than the budget has, but the newest in any case (S46)")
  func bytes() {
    var log = TopicLog(budget: TopicLog.Budget(events: 10, bytes: 200), epoch: "e")
    var sizes: [Int] = []
    for number in 1...20 {
      log.publish(String(repeating: "x", count: number))
      sizes.append(chunk(log, UInt64(number))?.utf8.count ?? 0)
      // As many of the newest as fit.
      let expected = (1...number).first { sizes[($0 - 1)...].reduce(0, +) <= 200 && number - $0 < 10 }
      #expect(log.oldest == expected.map(UInt64.init))
      #expect(log.byteCount == sizes[(Int(log.oldest) - 1)...].reduce(0, +))
    }
    log.publish(String(repeating: "x", count: 1_000))
    #expect(log.oldest == 21)
    #expect(log.end == 22)
    #expect(chunk(log, 21) != nil)
    log.publish("small")
    #expect(log.oldest == 22)
  }

  @Test("what is older than the budget's age is dropped with a publish and before a reader begins (S46)")
  func age() {
    var log = TopicLog(budget: TopicLog.Budget(events: 10, age: 100), epoch: "e")
    log.publish("1", now: 0)
    log.publish("2", now: 60)
    log.dropExpired(now: 100)
    #expect(log.oldest == 1)
    log.publish("3", now: 101)
    #expect(log.oldest == 2)
    log.dropExpired(now: 500)
    #expect(log.oldest == 4)
    #expect(log.byteCount == 0)
    #expect(log.start(after: "e-3") == TopicLog.Start(sequence: 4))
    let gap = TopicGap(after: "e-2", oldest: "", reason: .expired)
    #expect(log.start(after: "e-2") == TopicLog.Start(sequence: 4, gap: gap))
    log.publish("4", now: 501)
    #expect(chunk(log, 4)?.contains("data: 4\n") == true)
  }

  @Test("what an append will drop is known before", arguments: [1, 3, 100], [40, 100, 1_000])
  func oldestAfterAppending(events: Int, bytes: Int) {
    var log = TopicLog(budget: TopicLog.Budget(events: events, bytes: bytes), epoch: "e")
    for number in 1...30 {
      let event = ServerSentEvent(data: String(repeating: "x", count: number * 7 % 23))
      let entry = TopicEntry(event, id: log.nextID, key: nil, publishedAt: 0)
      let oldest = log.oldest(afterAppending: entry)
      log.append(entry, now: 0)
      #expect(log.oldest == oldest)
    }
  }

  struct Resumption: Sendable {
    var lastEventID: String?
    var sequence: UInt64
    var reason: TopicGap.Reason?
  }

  /// Of ten events published the last four are held: 7 to 10.
  static let resumptions = [
    Resumption(lastEventID: nil, sequence: 11),
    Resumption(lastEventID: "", sequence: 11),
    Resumption(lastEventID: "e-10", sequence: 11),
    Resumption(lastEventID: "e-8", sequence: 9),
    Resumption(lastEventID: "e-6", sequence: 7),
    // What follows it is not held any more.
    Resumption(lastEventID: "e-5", sequence: 7, reason: .expired),
    Resumption(lastEventID: "e-0", sequence: 7, reason: .expired),
    // Never published.
    Resumption(lastEventID: "e-11", sequence: 7, reason: .unknown),
    Resumption(lastEventID: "e-18446744073709551615", sequence: 7, reason: .unknown),
    Resumption(lastEventID: "f-8", sequence: 7, reason: .restarted),
    Resumption(lastEventID: "nonsense", sequence: 7, reason: .unknown),
    Resumption(lastEventID: "e-+8", sequence: 7, reason: .unknown),
    Resumption(lastEventID: "e-8-9", sequence: 7, reason: .unknown),
    Resumption(lastEventID: "-8", sequence: 7, reason: .unknown),
    Resumption(lastEventID: "e-", sequence: 7, reason: .unknown),
  ]

  @Test("a reader that comes back begins after what it saw, or is told of the hole", arguments: resumptions)
  func start(_ row: Resumption) {
    let start = log(capacity: 4, published: 10).start(after: row.lastEventID)
    let gap = row.reason.map { TopicGap(after: row.lastEventID ?? "", oldest: "e-7", reason: $0) }
    #expect(start == TopicLog.Start(sequence: row.sequence, gap: gap))
  }

  @Test("an empty log holds no oldest")
  func emptyLog() {
    let start = TopicLog(budget: TopicLog.Budget(events: 4), epoch: "e").start(after: "f-1")
    #expect(start == TopicLog.Start(sequence: 1, gap: TopicGap(after: "f-1", oldest: "", reason: .restarted)))
  }

  @Test("a gap is an event without an ID, whatever the reader asked for")
  func gapEvent() {
    let gap = TopicGap(after: "a\"\u{7}/\u{e9}", oldest: "e-7", reason: .expired)
    let data = "{\"after\":\"a\\\"\\u0007/\u{e9}\",\"oldest\":\"e-7\",\"reason\":\"expired\"}"
    #expect(gap.event(.event) == ServerSentEvent(data: data, type: "gap"))
    #expect(gap.event(.event(type: "hole"))?.type == "hole")
    #expect(gap.event(.none) == nil)
  }

  @Test("a reader that is too slow is told what it was sent last and goes on with the oldest held")
  func skipping() {
    let start = log(capacity: 4, published: 10).startAfterSkipping(from: 3)
    let gap = TopicGap(after: "e-2", oldest: "e-7", reason: .skipped)
    #expect(start == TopicLog.Start(sequence: 7, gap: gap))
  }
}

extension TopicLog {
  /// Appends an event as a topic does.
  mutating func publish(_ data: String, key: String? = nil, now: UInt64 = 0) {
    append(TopicEntry(ServerSentEvent(data: data), id: nextID, key: key, publishedAt: now), now: now)
  }
}
