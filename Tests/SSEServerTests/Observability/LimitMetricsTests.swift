import SSETestSupport
import Testing

@testable import SSEServer

@Suite("Each limit of a server is counted when it takes effect")
struct LimitMetricsTests {
  /// What one connection does, and which count grows by one for it.
  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var limits = EventServerLimits()
    /// What is written, until the server closes.
    var request: String
    /// Nil where none does.
    var expected: EventServerMetrics.Limit?
  }

  private static func row(
    _ name: String, _ request: String, _ limit: EventServerMetrics.Limit?,
    _ change: (inout EventServerLimits) -> Void = { _ in }
  ) -> Row {
    var row = Row(testDescription: name, request: request, expected: limit)
    change(&row.limits)
    return row
  }

  static let rows: [Row] = [
    row("S20: 414", "GET /\(String(repeating: "x", count: 9_000)) HTTP/1.1\r\n", .requestSize),
    row("S20: 431", "GET / HTTP/1.1\r\nA: \(String(repeating: "x", count: 17_000))\r\n", .requestSize),
    row("S21: 413 by length", request("POST", "/echo", "Content-Length: 2000000\r\n"), .requestSize),
    row(
      "S21: 413 by chunks", request("POST", "/echo", "Transfer-Encoding: chunked\r\n", body: "5\r\n12345\r\n"),
      .requestSize
    ) { $0.requestBody = 4 },
    row("S33: 408", "GET / HTTP/1.1\r\n", .requestTime) { $0.requestTime = .milliseconds(50) },
    row("S33: no request", "", .requestTime) { $0.requestTime = .milliseconds(50) },
    row(
      "a body that does not come", request("POST", "/echo", "Content-Length: 5\r\n", body: "1"), .requestTime
    ) { $0.requestTime = .milliseconds(50) },
    row("S34: no further request", request("GET", "/"), .idleKeepAlive) {
      $0.idleKeepAlive = .milliseconds(50)
    },
    row("S52: 503", request("GET", "/"), .connections) { $0.connections = 0 },
    row("S52: 429", request("GET", "/"), .connectionsPerAddress) { $0.connectionsPerAddress = 0 },
    row("none", request("GET", "/", "Connection: close\r\n"), nil),
  ]

  @Test("By one, and no other count with it", arguments: rows)
  func counts(row: Row) async throws {
    var router = Router()
    router.get("/") { _ in .text("hello") }
    router.post("/echo") { request in Response(bytes: try await request.body()) }
    var configuration = EventServerConfiguration()
    configuration.limits = row.limits
    configuration.log = { _ in }
    try await withRunningServer(EventServer(router, port: 0, configuration: configuration)) { running in
      let connection = try await RawConnection.connect(port: running.address.port)
      // Where it has been refused already, nothing more can be written.
      try? await connection.write(row.request)
      _ = try await connection.ending()
      let metrics = await running.server.metrics()
      #expect(metrics.limitsReached == (row.expected.map { [$0: 1] } ?? [:]))
      #expect(metrics.connectionsAccepted == 1)
    }
  }

  @Test("A reader that takes nothing, and one that its topic has overtaken")
  func readers() async throws {
    let text = String(repeating: "x", count: 100_000)
    let topic = Topic(history: 10)
    let longTopic = Topic(history: 1_000)
    var router = Router()
    router.events("/short", from: topic)
    router.events("/long", from: longTopic)
    var configuration = EventServerConfiguration()
    configuration.limits.stalledReader = .milliseconds(200)
    try await withRunningServer(EventServer(router, port: 0, configuration: configuration)) { running in
      let stalled = try await running.get("/long")
      _ = try await stalled.readHead()
      for _ in 0..<200 { try await longTopic.publish(ServerSentEvent(data: text)) }
      try await eventually("it is counted") { await running.server.metrics().responsesEnded[.readerStalled] == 1 }
    }
    // Long enough for all to be published.
    configuration.limits.stalledReader = .seconds(60)
    try await withRunningServer(EventServer(router, port: 0, configuration: configuration)) { running in
      let slow = try await running.get("/short")
      _ = try await slow.readHead()
      for _ in 0..<200 { try await topic.publish(ServerSentEvent(data: text)) }
      // It reads on, and so finds the end of its stream.
      _ = try await slow.readToEnd()
      try await eventually("it is counted") { await running.server.metrics().responsesEnded[.overtaken] == 1 }
      #expect(await running.server.metrics().responsesEnded[.readerStalled] == nil)
    }
  }

  @Test("A handshake that fails, and one that takes too long")
  func handshakes() async throws {
    try await TestCertificates.prepare()
    let configuration = try EventServerConfiguration.secure {
      $0.log = { _ in }
      $0.limits.requestTime = .seconds(1)  // In which the stranger has begun to write.
    }
    try await withRunningServer(EventServer(Router(), port: 0, configuration: configuration)) { running in
      let stranger = try await RawConnection.connect(port: running.address.port)
      try await stranger.write("ssh-2.0\r\n")
      _ = try await stranger.ending()
      #expect(await running.server.metrics().handshakesFailed == 1)
      let silent = try await RawConnection.connect(port: running.address.port)
      _ = try await silent.ending()
      let metrics = await running.server.metrics()
      #expect(metrics.handshakesFailed == 1)
      #expect(metrics.limitsReached == [.requestTime: 1])
    }
  }
}
