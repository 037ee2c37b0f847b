import Foundation
import SSESockets
import SSETestSupport
import SSETesting
import Testing

@testable import SSEServer

@Suite("Readers that fall behind")
struct TopicLagTests {
  typealias Item = TopicReading.Item
  private static let text = String(repeating: "x", count: 200)

  /// Without keep-alive: its interval bounds how long the kernel lets a reader take nothing.
  private static var patient: EventServerConfiguration {
    var configuration = EventServerConfiguration()
    configuration.keepAlive = nil
    return configuration
  }

  /// Publishes until a reader that takes nothing must have been overtaken, then lets it read to the end.
  private func overtake(_ topic: Topic, keys: Int = 1) async throws -> [Item] {
    var items: [Item] = []
    try await withEventServer(
      TopicReading.router(topic), timeLimit: .seconds(120), configuration: Self.patient
    ) { baseURL in
      let stuck = try await TopicReading.reader(at: baseURL, receiveBuffer: 4_096)
      let reader = try await TopicReading.reader(at: baseURL)
      // More than the kernel holds for one connection; at a pace that the other reader keeps.
      for number in 0..<60_000 {
        let id = try await topic.publish("\(number) \(Self.text)", key: "\(number % keys)")
        if number % 50 == 0 { try await reader.read(through: "id: \(id)\n") }
      }
      let last = try await topic.publish("last", key: "last")
      items = try TopicReading.items(in: try await stuck.read(through: "id: \(last)\ndata: last\n\n"))
    }
    return items
  }

  @Test("skip: a reader that is overtaken is told what it missed, and goes on with the oldest held")
  func skips() async throws {
    let items = try await overtake(Topic(history: 100, onLag: .skipToOldest))
    var next = 1
    var gaps = 0
    for item in items {
      switch item {
      case .event(let number): #expect(number == next)
      case .gap(let after, let oldest, let reason):
        #expect(after == next - 1)
        #expect(oldest > next)
        #expect(reason == "skipped")
        gaps += 1
        next = oldest
        continue
      }
      next += 1
    }
    #expect(gaps > 0)
    #expect(next == 60_002)
  }

  @Test("newest of each key: a reader that is overtaken gets the newest of each key of what it missed")
  func newestOfEachKey() async throws {
    let items = try await overtake(Topic(history: 100, onLag: .newestOfEachKey), keys: 7)
    let gap = try #require(items.lastIndex { if case .gap = $0 { true } else { false } })
    #expect(items[..<gap].contains(.event(1)))
    // Seven keys and the last; the last seven of the others are the newest of theirs.
    #expect(Array(items[(gap + 1)...]) == (59_994...60_001).map(Item.event))
    guard case .event(let last) = items[gap - 1] else { throw TopicReading.NotAnID(text: "\(items[gap - 1])") }
    #expect(items[gap] == .gap(after: last, oldest: 59_994, reason: "skipped"))
  }

  @Test("the publisher waits: a slow reader gets every event, though the history holds two")
  func publisherWaits() async throws {
    let topic = Topic(history: 2, onLag: .publisherWaits)
    let text = String(repeating: "x", count: 20_000)
    try await withEventServer(TopicReading.router(topic), timeLimit: .seconds(60)) { baseURL in
      let slow = try await TopicReading.reader(at: baseURL, receiveBuffer: 4_096)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { for number in 1...1_000 { try await topic.publish("\(number) \(text)") } }
        for number in 1...1_000 { try await slow.read(through: "data: \(number) ") }
        try await group.waitForAll()
      }
    }
  }

  @Test("the publisher waits for a reader that takes nothing until that leaves, or its own task is cancelled")
  func publisherWaitsForStuckReader() async throws {
    let topic = Topic(history: 2, onLag: .publisherWaits)
    let text = String(repeating: "x", count: 100_000)
    let published = Recorder<Int>()
    try await withEventServer(
      TopicReading.router(topic), timeLimit: .seconds(60), configuration: Self.patient
    ) { baseURL in
      let stuck = try await TopicReading.reader(at: baseURL, receiveBuffer: 4_096)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for number in 1...200 {
            try await topic.publish(text)
            published.note(number)
          }
        }
        // While the kernel's buffers fill it waits now and then: here it has to go on waiting.
        var (looks, last) = (0, 0)
        try await eventually("a publisher waits", within: .seconds(30)) {
          looks = topic.room.waiterCount == 1 && published.count == last ? looks + 1 : 0
          last = published.count
          return looks == 50
        }
        #expect(published.count < 200)
        try await withThrowingTaskGroup(of: String.self) { late in
          late.addTask { try await topic.publish("late") }
          try await eventually("two wait") { topic.room.waiterCount == 2 }
          late.cancelAll()
          await #expect(throws: CancellationError.self) { _ = try await late.next() }
        }
        stuck.reset()
        try await group.waitForAll()
      }
      #expect(published.count == 200)
    }
  }

  @Test("the publisher goes on when a reader that takes nothing has been dropped")
  func publisherGoesOn() async throws {
    let topic = Topic(history: 2, onLag: .publisherWaits)
    let text = String(repeating: "x", count: 100_000)
    var configuration = EventServerConfiguration()
    configuration.limits.stalledReader = .seconds(1)
    try await withEventServer(
      TopicReading.router(topic), timeLimit: .seconds(60), configuration: configuration
    ) { baseURL in
      let stuck = try await TopicReading.reader(at: baseURL, receiveBuffer: 4_096)
      for _ in 1...200 { try await topic.publish(text) }
      #expect(try await stuck.ending() == .reset)
    }
  }

  @Test(
    "overtaken in the middle of an event a reader is cut off, whatever the rule (S47b)",
    arguments: [TopicLagRule.endConnection, .skipToOldest, .newestOfEachKey])
  func cut(_ rule: TopicLagRule) async throws {
    let topic = Topic(history: 10, onLag: rule)
    let text = String(repeating: "x", count: 100_000)
    try await withEventServer(TopicReading.router(topic), timeLimit: .seconds(30)) { baseURL in
      let stuck = try await TopicReading.reader(at: baseURL, receiveBuffer: 4_096)
      let reader = try await TopicReading.reader(at: baseURL)
      for number in 0..<100 {
        let id = try await topic.publish("\(number) \(text)")
        try await reader.read(through: "id: \(id)\n")
      }
      let rest = try await stuck.readToEnd()
      #expect(!rest.hasSuffix("0\r\n\r\n"))
      // It comes back.
      let seen = try #require(TopicReading.lines(of: rest).last { $0.hasPrefix("id: ") }?.dropFirst(4))
      let back = try await TopicReading.reader(at: baseURL, after: String(seen))
      let gap = try await back.read(through: "\n\n")
      #expect(gap.contains(#"{"after":"\#(seen)","oldest":""#))
      #expect(gap.contains(#""reason":"expired"}"#))
    }
  }
}
