import Foundation
import SSETestSupport
import Testing

@testable import SSEServer

@Suite("What a server's metrics count")
struct ServerMetricsTests {
  private struct OnPurpose: Error {}

  private let topic = Topic()
  private let other = Topic()

  private func router() throws -> Router {
    var router = Router()
    router.get("/") { _ in .text("hello") }
    router.events("/three") { _, events in for index in 0..<3 { try await events.send("\(index)") } }
    router.events("/open") { _, events in
      try await events.send("first")
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    router.events("/failing") { _, events in
      try await events.send("only")
      throw OnPurpose()
    }
    router.events("/news", from: topic)
    try router.events("/both", from: ["a": topic, "b": other])
    router.events("/loud", from: topic) { _ in
      TopicView(transform: { ServerSentEvent(data: $0.data.uppercased()) })
    }
    router.events("/odd", from: topic) { _ in TopicView(filter: { Int($0.data)?.isMultiple(of: 2) == false }) }
    return router
  }

  private func withServer(_ body: (RunningServer) async throws -> Void) async throws {
    var configuration = EventServerConfiguration()
    configuration.log = { _ in }
    // Comments would be bytes of no known number.
    configuration.keepAlive = nil
    try await withRunningServer(EventServer(try router(), port: 0, configuration: configuration), body)
  }

  @Test("every byte that readers got, and every event, of open streams and of those that have ended")
  func bytesAndEvents() async throws {
    try await withServer { running in
      var received = 0
      let kept = try await RawConnection.connect(port: running.address.port)
      for _ in 0..<3 {
        try await kept.write(request("GET", "/"))
        received += try await kept.read(through: "hello").utf8.count
      }
      for path in ["/three", "/failing"] {
        let reader = try await RawConnection.connect(port: running.address.port)
        try await reader.write(request("GET", path, "Connection: close\r\n"))
        received += try await reader.readToEnd().utf8.count
      }
      let open = try await running.get("/open")
      received += try await open.read(through: "data: first\n\n\r\n").utf8.count
      // The connection that was kept becomes a topic's reader; what it had sent before counts once.
      try await kept.write(request("GET", "/news"))
      received += try await kept.read(through: "\r\n\r\n").utf8.count
      let old = try await running.get("/news", version: "1.0")
      received += try await old.readHead().utf8.count
      let both = try await running.get("/both")
      received += try await both.readHead().utf8.count
      try await topic.publish("last")
      for reader in [kept, both] { received += try await reader.read(through: "data: last\n\n\r\n").utf8.count }
      received += try await old.read(through: "data: last\n\n").utf8.count

      let metrics = await running.server.metrics()
      #expect(metrics.bytesSent == received)
      #expect(metrics.eventsSent == 3 + 1 + 1 + 3)
      #expect(metrics.requests == 3 + 2 + 1 + 3)
      #expect(metrics.connectionsAccepted == 6)
      #expect(metrics.connections == 4)
      #expect(metrics.handlerStreams == 1)
      #expect(metrics.topicReaders == 3)
      #expect(metrics.responsesEnded == [.complete: 4, .failed: 1])
      #expect(metrics.connectionLimit > 4)

      for reader in [open, kept, old, both] { reader.close() }
      try await eventually("all have left") { await running.server.connections().isEmpty }
      let after = await running.server.metrics()
      #expect(after.bytesSent == received)
      #expect(after.eventsSent == metrics.eventsSent)
      #expect(after.responsesEnded == [.complete: 4, .failed: 1, .readerLeft: 4])
      #expect(after.connections == 0)
      #expect(after.handlerStreams == 0)
      #expect(after.topicReaders == 0)
    }
  }

  @Test("the latency of each delivery, however it goes out; of what is caught up with, since its reader came")
  func latencies() async throws {
    try await withServer { running in
      let first = try await topic.publish("0")
      for number in 1..<10 { try await topic.publish("\(number)") }
      try await other.publish("0")
      let readers = [
        try await running.get("/news"), try await running.get("/news"), try await running.get("/news", version: "1.0"),
        try await running.get("/both"), try await running.get("/loud"), try await running.get("/odd"),
      ]
      for reader in readers { _ = try await reader.readHead() }
      let late = try await RawConnection.connect(port: running.address.port)
      try await late.write(request("GET", "/news", "Last-Event-ID: \(first)\r\n"))
      try await late.read(through: "data: 9\n\n")
      #expect(await running.server.metrics().deliveryLatency.count == 9)
      for number in 10..<20 { try await topic.publish("\(number)") }
      for reader in readers + [late] { try await reader.read(through: "data: 19\n\n") }
      let metrics = await running.server.metrics()
      #expect(metrics.deliveryLatency.count == 9 + 6 * 10 + 5)
      #expect(metrics.eventsSent == metrics.deliveryLatency.count)
      #expect(metrics.deliveryLatency.sum > .zero)
      #expect(metrics.eventsSkipped == 0)
      // Those that go do not take what was counted with them.
      for reader in readers + [late] { reader.close() }
      try await eventually("all have left") { await running.server.connections().isEmpty }
      #expect(await running.server.metrics().deliveryLatency == metrics.deliveryLatency)
    }
  }

  @Test("what came before a reader did was not late: an old event is caught up with at once")
  func latencyOfHistory() async throws {
    try await withServer { running in
      let first = try await topic.publish("0")
      try await topic.publish("1")
      try await Task.sleep(for: .milliseconds(300))  // The age of the event, which must not count.
      let reader = try await RawConnection.connect(port: running.address.port)
      let start = ContinuousClock.now
      try await reader.write(request("GET", "/news", "Last-Event-ID: \(first)\r\n"))
      try await reader.read(through: "data: 1\n\n")
      let latency = await running.server.metrics().deliveryLatency
      #expect(latency.count == 1)
      #expect(latency.sum > .zero && latency.sum <= ContinuousClock.now - start)
    }
  }

  @Test("each request that could be read ends once in the log and in the counts, whatever its end, and nothing stays")
  func eachEndsOnce() async throws {
    var router = try router()
    router.use { request, next in try await next(request) }
    router.post("/body") { request in .text(try await request.text()) }
    router.get("/slow") { _ in
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
      return .text("late")
    }
    var configuration = EventServerConfiguration.compressing
    let records = Recorder<EventServerAccessRecord>()
    configuration.accessLog = { records.note($0) }
    configuration.log = { _ in }
    configuration.limits.requestBody = 4
    try await withRunningServer(EventServer(router, port: 0, configuration: configuration)) { running in
      let gzip = "Accept-Encoding: gzip\r\n"
      let close = "Connection: close\r\n"
      for requests in [
        [request("GET", "/"), request("HEAD", "/open"), request("HEAD", "/news"), request("GET", "/none", close)],
        [request("GET", "/three", gzip), request("GET", "/three", close)], [request("GET", "/failing", gzip)],
        [request("POST", "/body", "Transfer-Encoding: chunked\r\n", body: "5\r\n12345\r\n0\r\n\r\n")],
        [request("POST", "/body", "Content-Length: 2\r\n", body: "12"), "no request\r\n\r\n"],
        [request("DELETE", "/news"), request("GET", "/", close)],
      ] {
        let connection = try await RawConnection.connect(port: running.address.port)
        try await connection.write(requests.joined())
        _ = try await connection.ending()
      }
      // Left by their readers, or closed by the server.
      var left: [RawConnection] = []
      for path in ["/news", "/both", "/loud", "/odd", "/open"] {
        for headers in ["", gzip] {
          let reader = try await RawConnection.connect(port: running.address.port)
          try await reader.write(request("GET", path, headers))
          _ = try await reader.readHead()
          left.append(reader)
        }
      }
      left.append(try await running.get("/slow"))
      try await eventually("all are there") { await running.server.connections().count == left.count }
      for (index, reader) in left.dropLast().enumerated() where index.isMultiple(of: 2) { reader.reset() }
      for connection in await running.server.connections() { await running.server.close(connection: connection.id) }
      try await eventually("all have gone") { await running.server.connections().isEmpty }
      let metrics = await running.server.metrics()
      #expect(metrics.connections == 0 && metrics.handlerStreams == 0 && metrics.topicReaders == 0)
      #expect(metrics.requests == 4 + 2 + 1 + 1 + 1 + 2 + left.count)
      #expect(metrics.responsesEnded.values.reduce(0, +) == metrics.requests)
      #expect(Dictionary(grouping: records.values, by: \.ending).mapValues(\.count) == metrics.responsesEnded)
      #expect(records.values.reduce(0) { $0 + $1.events } == metrics.eventsSent)
      for reader in left { reader.close() }
    }
  }

  @Test("each time that a loop was held, and for how long")
  func stalls() async throws {
    var router = Router()
    router.get("/blocking") { _ in
      usleep(150_000)  // What is counted.
      return .text("done")
    }
    var configuration = EventServerConfiguration()
    let entries = Recorder<EventServerLogEntry>()
    configuration.log = { entries.note($0) }
    try await withRunningServer(EventServer(router, port: 0, configuration: configuration)) { running in
      #expect(await running.server.metrics().loopStalls == 0)
      let reader = try await running.get("/blocking")
      try await reader.read(through: "done")
      // Every time is in the log too, those included that a busy machine adds.
      try await eventually("it is counted") { await running.server.metrics().loopStalls > 0 }
      let metrics = await running.server.metrics()
      let durations = entries.values.compactMap { entry -> Duration? in
        if case .loopBlocked(_, let duration) = entry { duration } else { nil }
      }
      #expect(metrics.loopStalls == durations.count)
      #expect(metrics.loopStallTime == durations.reduce(.zero, +))
      #expect(metrics.longestLoopStall == durations.max())
      #expect(metrics.longestLoopStall >= .milliseconds(140))
    }
  }

  @Test("a stall is told of in milliseconds")
  func stallInLog() {
    let entry = EventServerLogEntry.loopBlocked(route: "GET /a", .nanoseconds(159_999_995))
    #expect("\(entry)".contains("blocked its event loop for 160 ms; "))
  }

  @Test("a server that does not run has none; while one starts or after it has ended it is asked in vain")
  func idle() async throws {
    let server = EventServer(try router(), port: 0)
    #expect(await server.metrics() == EventServerMetrics())
    #expect(await server.connections().isEmpty)
    #expect(await !server.close(connection: 1))
    try await withRunningServer(server) { running in
      let reader = try await running.get("/three")
      _ = try await reader.readHead()
      #expect(await server.metrics().requests == 1)
    }
    #expect(await server.metrics() == EventServerMetrics())
  }
}
