import SSESockets
import SSETestSupport
import SSETesting
import Testing

@testable import SSEServer

@Suite("A topic read in the process")
struct TopicSubscriptionTests {
  /// The data of so many events.
  private func data(of subscription: TopicSubscription, count: Int) async throws -> [String] {
    var data: [String] = []
    for try await event in subscription {
      data.append(event.data)
      if data.count == count { break }
    }
    return data
  }

  @Test("a subscription begins with what is published after it was made, also before it is read")
  func begins() async throws {
    let topic = Topic()
    try await topic.publish("before")
    let subscription = topic.subscribe()
    try await topic.publish("one")
    async let read = data(of: subscription, count: 3)
    try await topic.publish("two", type: "note")
    try await topic.publish("a\r\nb")
    #expect(try await read == ["one", "two", "a\nb"])
  }

  @Test("events have the topic's IDs, and a later subscription goes on after one; a hole is an event")
  func resumes() async throws {
    let topic = Topic(history: 2)
    for number in 1...3 { try await topic.publish("\(number)", type: "number") }
    var events = topic.subscribe(after: "zzz-1").makeAsyncIterator()
    let gap = try #require(try await events.next())
    #expect(gap.type == "gap")
    #expect(gap.data.contains(#""reason":"restarted"}"#))
    let second = try #require(try await events.next())
    #expect(second.data == "2")
    #expect(second.type == "number")
    #expect(second.id?.hasSuffix("-2") == true)
    #expect(second.lastEventID == second.id)
    #expect(try await data(of: topic.subscribe(after: second.id), count: 1) == ["3"])
  }

  @Test("every subscription gets every event, in one order, from many publishers")
  func everyEvent() async throws {
    let topic = Topic(history: 100_000)
    let subscriptions = (0..<10).map { _ in topic.subscribe() }
    let orders = try await withThrowingTaskGroup(of: [String]?.self) { group in
      for subscription in subscriptions { group.addTask { try await data(of: subscription, count: 8_000) } }
      for publisher in 0..<8 {
        group.addTask {
          for number in 0..<1_000 { try await topic.publish("\(publisher) \(number)") }
          return nil
        }
      }
      return try await group.reduce(into: Set<[String]>()) { orders, order in if let order { orders.insert(order) } }
    }
    #expect(orders.count == 1)
    #expect(topic.readers.count == 0)
  }

  @Test("one that falls behind ends with an error that says where to go on, where the rule is to end")
  func overtaken() async throws {
    let topic = Topic(history: 2)
    var events = topic.subscribe().makeAsyncIterator()
    let first = try await topic.publish("1")
    _ = try await events.next()
    for number in 2...5 { try await topic.publish("\(number)") }
    await #expect(throws: TopicError.overtaken(lastEventID: first)) { try await events.next() }
    #expect(try await events.next() == nil)
  }

  @Test("one that falls behind skips to the oldest, or to the newest of each key, where that is the rule")
  func skips() async throws {
    let skipping = Topic(history: 2, onLag: .skipToOldest)
    let newest = Topic(history: 2, onLag: .newestOfEachKey)
    for (topic, expected) in [(skipping, ["4", "5"]), (newest, ["2", "4", "5"])] {
      var events = topic.subscribe().makeAsyncIterator()
      for (index, key) in ["a", "b", "a", "a", "c"].enumerated() { try await topic.publish("\(index + 1)", key: key) }
      let gap = try #require(try await events.next())
      #expect(gap.data.contains(#""reason":"skipped"}"#))
      for data in expected { #expect(try await events.next()?.data == data) }
      try await topic.publish("6")
      #expect(try await events.next()?.data == "6")
    }
  }

  @Test("the publisher waits for one that is behind, where that is the rule, until it is let go")
  func publisherWaits() async throws {
    let topic = Topic(history: 1, onLag: .publisherWaits)
    let subscription = topic.subscribe()
    async let read = data(of: subscription, count: 1_000)
    // It counts as a reader when it is read.
    try await eventually("it is read") { topic.readers.count == 1 }
    for number in 1...1_000 { try await topic.publish("\(number)") }
    #expect(try await read == (1...1_000).map(String.init))
    for number in 1...10 { try await topic.publish("\(number)") }
  }

  @Test("a cancelled subscription ends and is no reader any more")
  func cancelled() async throws {
    let topic = Topic()
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        do { for try await _ in topic.subscribe() {} } catch { Issue.record(error) }
      }
      do { try await eventually("it waits") { topic.published.waiterCount == 1 } } catch { Issue.record(error) }
      group.cancelAll()
    }
    #expect(topic.readers.count == 0)
    #expect(topic.published.waiterCount == 0)
  }

  @Test("the number of readers and its changes, on connections and in the process")
  func readers() async throws {
    let topic = Topic()
    let counts = Recorder<Int>()
    try await withEventServer(TopicReading.router(topic)) { baseURL in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { for await count in topic.readers { counts.note(count) } }
        try await counts.first { $0 == 0 }
        let reader = try await TopicReading.reader(at: baseURL)
        try await counts.first { $0 == 1 }
        do {
          let iterator = topic.subscribe().makeAsyncIterator()
          try await counts.first { $0 == 2 }
          #expect(topic.readers.count == 2)
          withExtendedLifetime(iterator) {}
        }
        reader.close()
        try await eventually("both have left") { topic.readers.count == 0 }
        group.cancelAll()
      }
    }
  }
}
