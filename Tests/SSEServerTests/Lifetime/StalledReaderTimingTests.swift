import SSETestSupport
import Testing

@testable import SSEServer

/// A reader that is there and takes nothing is not one that has vanished; a suite that runs alone.
@Suite("A reader that takes nothing, by the clock", .serialized, .timeLimit(.minutes(1)))
struct StalledReaderTimingTests {
  private static let text = String(repeating: "x", count: 100_000)
  /// More than the kernel keeps for a reader.
  private static let largeSize = 5_000_000

  private static func router(_ topic: Topic) -> Router {
    var router = Router()
    router.events("/topic", from: topic)
    router.get("/large") { _ in Response(bytes: [UInt8](repeating: 0x78, count: largeSize)) }
    router.events("/handler") { _, events in
      while !Task.isCancelled { try await events.send(text) }
    }
    return router
  }

  private static func server(_ topic: Topic, _ records: Recorder<EventServerAccessRecord>) -> EventServer {
    var configuration = EventServerConfiguration()
    // The kernel would reset a reader after half a second: its window stays closed.
    configuration.keepAlive = .milliseconds(250)
    configuration.limits.stalledReader = .seconds(3)
    configuration.accessLog = { records.note($0) }
    return EventServer(router(topic), port: 0, configuration: configuration)
  }

  @Test("It is reset after stalledReader, however short the keep-alive interval is", arguments: ["/topic", "/handler"])
  func stalled(path: String) async throws {
    let records = Recorder<EventServerAccessRecord>()
    let topic = Topic(history: 1_000)
    try await withRunningServer(Self.server(topic, records)) { running in
      let reader = try await RawConnection.connect(port: running.address.port, receiveBuffer: 4_096)
      try await reader.write(request("GET", path))
      _ = try await reader.readHead()
      let start = ContinuousClock.now
      if path == "/topic" { for _ in 0..<100 { try await topic.publish(Self.text) } }
      let record = try await records.first { _ in true }
      #expect(record.ending == .readerStalled)
      #expect(.now - start > .seconds(2.9))
      #expect(try await reader.ending() == .reset)
    }
  }

  @Test(
    "One that takes a little at a time is not reset by the kernel either; once it has all it may vanish as others")
  func slow() async throws {
    let records = Recorder<EventServerAccessRecord>()
    let topic = Topic(history: 1_000)
    try await withRunningServer(Self.server(topic, records)) { running in
      let reader = try await RawConnection.connect(port: running.address.port, receiveBuffer: 4_096)
      try await reader.write(request("GET", "/topic"))
      _ = try await reader.readHead()
      for _ in 0..<40 { try await topic.publish(Self.text) }
      let last = try await topic.publish("last")
      for _ in 0..<20 {
        _ = try await reader.read(count: 1_000)
        try await Task.sleep(for: .milliseconds(100))  // How slow it is.
      }
      #expect(records.count == 0)
      try await reader.read(through: "id: \(last)\ndata: last\n\n")
      try reader.vanish()
      let start = ContinuousClock.now
      let record = try await records.first { _ in true }
      #expect(record.ending == .readerVanished)
      #expect(.now - start < .seconds(2))
    }
  }

  @Test("One that took nothing of a response for a while is waited for as others when it vanishes later")
  func continued() async throws {
    let records = Recorder<EventServerAccessRecord>()
    try await withRunningServer(Self.server(Topic(history: 1), records)) { running in
      let reader = try await RawConnection.connect(port: running.address.port, receiveBuffer: 4_096)
      try await reader.write(request("GET", "/large") + request("GET", "/topic"))
      _ = try await reader.readHead()
      // The kernel has been told to wait, or would reset it in this time.
      try await Task.sleep(for: .seconds(1))
      _ = try await reader.read(count: Self.largeSize)
      _ = try await reader.readHead()
      try reader.vanish()
      let record = try await records.first { $0.path == "/topic" }
      #expect(record.ending == .readerVanished)
    }
  }
}
