import Testing

@testable import SSEServer

@Suite("A topic's log, without a socket")
struct TopicLogTests {
  /// A log with this many events published, "1", "2", …
  private func log(capacity: Int, published: Int) throws -> TopicLog {
    var log = TopicLog(capacity: capacity, epoch: "e")
    for number in 0..<published { _ = try log.append(ServerSentEvent(data: "\(number + 1)")) }
    return log
  }

  private func chunk(_ log: TopicLog, _ sequence: UInt64) -> String? {
    guard case .entry(let entry) = log.lookUp(sequence) else { return nil }
    return String(decoding: entry.chunk, as: UTF8.self)
  }

  @Test("an event is held as its chunk, under the topic's own ID")
  func entry() throws {
    var log = TopicLog(capacity: 10, epoch: "1k")
    let id = try log.append(ServerSentEvent(data: "a\nb", type: "note", id: "ignored"))
    #expect(id == "1k-1")
    #expect(chunk(log, 1) == "26\r\nevent: note\nid: 1k-1\ndata: a\ndata: b\n\n\r\n")
    guard case .entry(let entry) = log.lookUp(1) else { return }
    #expect(String(decoding: entry.chunk[entry.event], as: UTF8.self) == "event: note\nid: 1k-1\ndata: a\ndata: b\n\n")
  }

  @Test("the newest are held, in order, however often the ring has gone round", arguments: [1, 2, 3, 7], 0...20)
  func ring(capacity: Int, published: Int) throws {
    let log = try log(capacity: capacity, published: published)
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

  @Test("an event that cannot be encoded takes no ID")
  func refused() throws {
    var log = TopicLog(capacity: 10, epoch: "e")
    #expect(throws: EventStreamError.invalidType("a\nb")) {
      try log.append(ServerSentEvent(data: "x", type: "a\nb"))
    }
    let id = try log.append(ServerSentEvent(data: "x"))
    #expect(id == "e-1")
  }

  struct Resumption: Sendable {
    var lastEventID: String?
    var sequence: UInt64
    var reason: TopicLog.Gap.Reason?
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
  func start(_ row: Resumption) throws {
    let start = try log(capacity: 4, published: 10).start(after: row.lastEventID)
    let gap = row.reason.map { TopicLog.Gap(after: row.lastEventID ?? "", oldest: "e-7", reason: $0) }
    #expect(start == TopicLog.Start(sequence: row.sequence, gap: gap))
  }

  @Test("an empty log holds no oldest")
  func emptyLog() {
    let start = TopicLog(capacity: 4, epoch: "e").start(after: "f-1")
    #expect(start == TopicLog.Start(sequence: 1, gap: TopicLog.Gap(after: "f-1", oldest: "", reason: .restarted)))
  }

  @Test("a gap is an event without an ID, whatever the reader asked for")
  func gapEvent() {
    var buffer: [UInt8] = []
    TopicLog.Gap(after: "a\"\u{7}/\u{e9}", oldest: "e-7", reason: .expired).encode(into: &buffer)
    #expect(
      String(decoding: buffer, as: UTF8.self)
        == "event: gap\ndata: {\"after\":\"a\\\"\\u0007/\u{e9}\",\"oldest\":\"e-7\",\"reason\":\"expired\"}\n\n")
  }
}
