import Foundation
import SSETestSupport
import SSETesting
import Synchronization
import Testing

@testable import SSEServer

/// Rows with a bound of time: one suite that runs alone.
@Suite("A topic, by the clock", .serialized, .timeLimit(.minutes(1)))
struct TopicTimingTests {
  @Test("S48: beside one that stalls in the middle of an event 999 get each at once; publishing does not wait")
  func stalledReader() async throws {
    let topic = Topic(history: 1_000)
    var router = Router()
    router.events("/events", from: topic)
    router.post("/publish") { request in
      try await topic.publish(ServerSentEvent(data: try await request.text()))
      return Response(status: .accepted)
    }
    try await withEventServer(router, timeLimit: .seconds(50)) { baseURL in
      let port = try #require(baseURL.port)
      let epoch = topic.epoch
      try await onThread {
        let stalled = try ReaderCrowd(count: 1, of: "/events", port: port, isNarrow: true)
        var others = try ReaderCrowd(count: 999, of: "/events", port: port)
        let publisher = try BlockingPublisher(port: port)
        // The first is larger than what the kernel holds for the one.
        for sequence in 1...20 {
          let data = "\(sequence) " + String(repeating: "x", count: sequence == 1 ? 400_000 : 100)
          #expect(topic.readers.count == 1_000)
          others.expect(ReaderCrowd.chunk("\(epoch)-\(sequence)", data))
          let clock = ContinuousClock()
          let publishing = try clock.measure { try publisher.publish(data) }
          let delivery = try clock.measure { try others.readAll(within: .seconds(10)) }
          // 400 MB take a while to copy, twice.
          guard sequence > 1 else { continue }
          #expect(publishing < .milliseconds(250), "event \(sequence)")
          #expect(publishing + delivery < .milliseconds(250), "event \(sequence)")
        }
        #expect(stalled.peekAtFirst().contains("data: 1 x"))
      }
    }
  }

  @Test("S45: publishing to a topic without readers costs no more than the append")
  func noReaders() async throws {
    let topic = Topic(history: 1_000)
    try await withEventServer(TopicReading.router(topic)) { baseURL in
      // There was one, whose loop need not be woken any more.
      let reader = try await TopicReading.reader(at: baseURL)
      reader.close()
      try await eventually("it has left") { topic.readers.count == 0 }
      #expect(topic.state.withLock { $0.loops.isEmpty })
      var log = TopicLog(budget: TopicLog.Budget(events: 1_000), epoch: "e")
      let count = 20_000
      let appending = ContinuousClock().measure { for number in 0..<count { log.publish("\(number)") } }
      let publishing = try await ContinuousClock().measure {
        for number in 0..<count { try await topic.publish("\(number)") }
      }
      // Beside it there are a lock, a check, and the ID as text.
      #expect(publishing < appending * 3 + .milliseconds(100), "\(publishing) beside \(appending)")
    }
  }
}
