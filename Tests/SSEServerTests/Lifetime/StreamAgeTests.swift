import SSETestSupport
import Testing

@testable import SSEServer

@Suite("The age of streams")
struct StreamAgeTests {
  @Test(
    "A topic's reader that has reached it gets the last chunk; a handler is cancelled, its stream cut after its retry")
  func expiry() async throws {
    let records = Recorder<EventServerAccessRecord>()
    let failures = Recorder<EventWriterError>()
    var configuration = EventServerConfiguration()
    configuration.limits.streamAge = .milliseconds(200)
    configuration.limits.stalledReader = .milliseconds(100)  // Looked at as often.
    configuration.accessLog = { records.note($0) }
    var router = Router()
    router.events("/topic", from: Topic())
    router.events("/handler") { _, events in
      try await events.send("hello")
      do { try await Task.sleep(for: .seconds(3_600), clock: .eventLoop) } catch {}  // Goes on after it was cancelled.
      do { try await events.send("late") } catch let error as EventWriterError { failures.note(error) }
    }
    try await withRunningServer(EventServer(router, port: 0, configuration: configuration)) { running in
      let topicReader = try await running.get("/topic")
      let handlerReader = try await running.get("/handler")
      let topicBody = try await topicReader.readUntilClose().body
      #expect(topicBody.hasSuffix("0\r\n\r\n"))
      #expect(!topicBody.contains("retry"))
      let handlerBody = try await handlerReader.readUntilClose().body
      #expect(RawStream(head: "", body: handlerBody).chunks == ["data: hello\n\n", "retry: 3000\n\n"])
      for path in ["/topic", "/handler"] {
        let record = try await records.first { $0.path == path }
        #expect(record.ending == .streamExpired)
        #expect(record.duration >= .milliseconds(150))
      }
      #expect(failures.values == [.streamEnded])
      #expect(await running.server.metrics().responsesEnded == [.streamExpired: 2])
    }
  }

  @Test("Streams that began together end within the last fifth of it, and not together")
  func jitter() {
    var limits = EventServerLimits()
    limits.streamAge = .seconds(1_000)
    let second: UInt64 = 1_000_000_000
    let start: UInt64 = 123_456_789
    /// After how many seconds a stream ends.
    func end(of start: UInt64) -> Int {
      (0...1_000).first { limits.hasExpired(streamFrom: start, now: start + UInt64($0) * second) } ?? .max
    }
    let ends = (0..<1_000).map { end(of: start + $0) }
    #expect(ends.allSatisfy { (800...1_000).contains($0) })
    // Over all of it: about as many in each of its quarters.
    for quarter in 0..<4 {
      let range = (800 + quarter * 50)..<(850 + quarter * 50)
      #expect((150...350).contains(ends.count { range.contains($0) }))
    }
    limits.streamAge = nil
    #expect(!limits.hasExpired(streamFrom: 0, now: .max))
  }
}
