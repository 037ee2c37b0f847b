import Foundation
import SSETestSupport
import SSETesting
import Synchronization
import Testing

@testable import SSEServer

@Suite("What a topic's metrics say")
struct TopicMetricsTests {
  @Test("what was published and is held, by events and bytes")
  func history() async throws {
    let topic = Topic(history: 3)
    #expect(await topic.metrics() == TopicMetrics())
    for number in 0..<5 { try await topic.publish("\(number)") }
    var expected = TopicMetrics()
    expected.eventsPublished = 5
    expected.eventsHeld = 3
    expected.bytesHeld = topic.state.withLock { $0.log.byteCount }
    #expect(expected.bytesHeld > 3 * "id: \ndata: 0\n\n".utf8.count)
    #expect(await topic.metrics() == expected)
  }

  @Test("what is held beside the history, as the newest of its key, is held too")
  func newestOfKeys() async throws {
    let topic = Topic(history: 3, onLag: .newestOfEachKey)
    for key in ["a", "b", "b", "c", "c", "d"] { try await topic.publish("", key: key) }
    let ring = topic.state.withLock { $0.log.byteCount }
    let metrics = await topic.metrics()
    #expect(metrics.eventsPublished == 6)
    // "a" and the second "b" beside the three newest.
    #expect(metrics.eventsHeld == 5)
    #expect(metrics.bytesHeld == ring / 3 * 5)
  }

  @Test("the lag of a reader that takes nothing, on a connection or in the process; others have none")
  func lag() async throws {
    let topic = Topic(history: 100_000)
    var configuration = EventServerConfiguration()
    configuration.keepAlive = nil
    let server = EventServer(TopicReading.router(topic), port: 0, configuration: configuration)
    try await withRunningServer(server) { running in
      let quick = try await running.get("/news")
      _ = try await quick.readHead()
      let text = String(repeating: "x", count: 10_000)
      try await topic.publish(text)
      try await quick.read(through: "\(text)\n\n")
      #expect(await topic.metrics().slowestReaderLag == 0)

      let stuck = try await RawConnection.connect(port: running.address.port, receiveBuffer: 4_096)
      try await stuck.write(request("GET", "/news"))
      _ = try await stuck.readHead()
      for _ in 0..<2_000 {
        try await topic.publish(text)
        try await quick.read(through: "\(text)\n\n")
      }
      let metrics = await topic.metrics()
      #expect(metrics.readers == 2)
      // The kernel holds the others; it takes a few megabytes at most.
      #expect((1_000..<2_000).contains(metrics.slowestReaderLag))
      let connections = await server.connections()
      #expect(connections.map(\.lag) == [0, metrics.slowestReaderLag])
      #expect(connections[1].events == 2_000 - metrics.slowestReaderLag)

      stuck.close()
      try await eventually("it has left") { topic.readers.count == 1 }
      #expect(await topic.metrics().slowestReaderLag == 0)
      var subscription = topic.subscribe().makeAsyncIterator()
      for _ in 0..<7 { try await topic.publish("") }
      #expect(await topic.metrics().slowestReaderLag == 7)
      #expect(await topic.metrics().readers == 2)
      _ = try await subscription.next()
      #expect(await topic.metrics().slowestReaderLag == 6)
    }
  }

  @Test(
    "what a reader that has fallen behind was not sent",
    arguments: [TopicLagRule.skipToOldest, .newestOfEachKey])
  func skipped(rule: TopicLagRule) async throws {
    let topic = Topic(history: 10, onLag: rule)
    var configuration = EventServerConfiguration()
    configuration.keepAlive = nil
    let server = EventServer(TopicReading.router(topic), port: 0, configuration: configuration)
    try await withRunningServer(server) { running in
      let stuck = try await RawConnection.connect(port: running.address.port, receiveBuffer: 4_096)
      try await stuck.write(request("GET", "/news"))
      _ = try await stuck.readHead()
      // Of a size of which a begun one's rest is kept.
      let text = String(repeating: "x", count: 3_000)
      for number in 0..<4_000 { try await topic.publish(text, key: "\(number % 3)") }
      let last = try await topic.publish("last", key: "last")
      let received = try await stuck.read(through: "id: \(last)\ndata: last\n\n")
      let events = received.matches(of: #/id: /#).count
      let metrics = await server.metrics()
      #expect(metrics.eventsSent == events)
      #expect(metrics.eventsSkipped == 4_001 - events)
      #expect(metrics.eventsSkipped > 0)
      #expect(metrics.deliveryLatency.count == events)
    }
  }
}
