import Foundation
import SSEServer
import SSESockets
import SSETestSupport
import SSETesting
import Testing

/// Replay and live delivery under load; a suite that runs alone.
@Suite("Readers that come and go while their topic is published to at full speed", .serialized)
struct TopicStormResourceTests {
  static let readerCount = 200
  static let visits = 50
  static let eventsPerVisit = 60
  static let eventCount = visits * eventsPerVisit

  @Test("200 readers that leave and come back 50 times each get every event once, in order")
  func storm() async throws {
    let topic = Topic(history: Self.eventCount)
    // How far the fastest reader has come.
    let fastest = ObservedValue(0)
    try await withEventServer(TopicReading.router(topic), timeLimit: .seconds(240)) { baseURL in
      // So that the first visit begins with the first event too.
      let start = try #require(try await topic.publish("start").split(separator: "-").first) + "-1"
      try await withThrowingTaskGroup(of: [Int].self) { group in
        group.addTask { try await publish(to: topic, upTo: fastest) }
        for reader in 0..<Self.readerCount {
          group.addTask { try await visit(baseURL, reader: reader, after: start, fastest) }
        }
        for try await sequences in group { #expect(sequences == [] || sequences == Array(2...Self.eventCount + 1)) }
      }
    }
    #expect(topic.readers.count == 0)
  }

  /// As fast as the fastest reader takes the events, so that there are always some at the seam of what is replayed and
  /// what is live, and others far behind it.
  private func publish(to topic: Topic, upTo fastest: ObservedValue<Int>) async throws -> [Int] {
    var seen: UInt64 = 0
    var ahead = 0
    for number in 2...(Self.eventCount + 1) {
      while number > ahead + 20, let (sequence, version) = await fastest.next(after: seen) {
        seen = version
        ahead = sequence
      }
      try await topic.publish("\(number)")
    }
    return []
  }

  /// The sequence numbers that one reader got.
  private func visit(
    _ baseURL: URL, reader number: Int, after start: some StringProtocol, _ fastest: ObservedValue<Int>
  ) async throws -> [Int] {
    var lastID = String(start)
    var sequences: [Int] = []
    for visit in 1...Self.visits {
      let reader = try await TopicReading.reader(at: baseURL, after: lastID)
      var stream = IDs()
      // Each reader leaves somewhere else.
      let wanted = visit * Self.eventsPerVisit - (visit == Self.visits ? 0 : (number + visit * 7) % 40)
      // What came with the head.
      var bytes = Array(try await reader.received(within: 0).utf8)
      while true {
        for id in stream.append(bytes) where sequences.count < wanted {
          lastID = id
          sequences.append(try TopicReading.sequence(of: id))
        }
        if let last = sequences.last, last > fastest.value { fastest.update { $0 = max($0, last) } }
        if sequences.count >= wanted { break }
        bytes = try #require(try await reader.receive())
      }
      if visit % 3 == 0 { reader.reset() } else { reader.close() }
    }
    return sequences
  }

  /// Finds the IDs in a stream that comes in pieces. A gap has none, and so becomes a hole in what is found.
  private struct IDs {
    private var line: [UInt8] = []

    mutating func append(_ bytes: [UInt8]) -> [String] {
      var ids: [String] = []
      for byte in bytes {
        guard byte == UInt8(ascii: "\n") else {
          line.append(byte)
          continue
        }
        if line.starts(with: "id: ".utf8) { ids.append(String(decoding: line.dropFirst(4), as: UTF8.self)) }
        line.removeAll(keepingCapacity: true)
      }
      return ids
    }
  }
}
