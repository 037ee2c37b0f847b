import SSEServer
import SSETestSupport
import Testing

@Suite("S50: the application's farewell")
struct FarewellTests {
  private static func configuration(_ farewell: ServerSentEvent) -> EventServerConfiguration {
    var configuration = EventServerConfiguration()
    configuration.farewell = farewell
    configuration.farewellRetry = .milliseconds(20)...(.milliseconds(30))
    return configuration
  }

  @Test(
    "S50: it comes after the reconnection time and before the end, drained or cancelled", arguments: ["1.0", "1.1"],
    [true, false])
  func topicReaders(version: String, drains: Bool) async throws {
    var router = Router()
    router.events("/news", from: Topic())
    let configuration = Self.configuration(ServerSentEvent(data: "back soon", type: "maintenance"))
    try await withRunningServer(EventServer(router, port: 0, configuration: configuration)) { running in
      let reader = try await running.get("/news", version: version)
      _ = try await reader.readHead()
      if drains { running.server.drain() } else { running.cancel() }
      let body = try await reader.readToEnd()
      let text = version == "1.0" ? body : RawStream(head: "", body: body).chunks?.joined() ?? ""
      let parts = try #require(text.wholeMatch(of: /retry: (\d+)\n\nevent: maintenance\ndata: back soon\n\n/))
      #expect((20...30).contains(Int(parts.1) ?? 0))
      if version == "1.1" { #expect(body.hasSuffix("\r\n0\r\n\r\n")) }
      try await running.end()
    }
  }

  @Test("S50: a handler's stream does not get it")
  func handlers() async throws {
    var configuration = Self.configuration(ServerSentEvent(data: "back soon"))
    configuration.gracePeriod = .zero
    var router = Router()
    router.events("/") { _, events in
      try await events.send("hello")
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    try await withRunningServer(EventServer(router, port: 0, configuration: configuration)) { running in
      let reader = try await running.get("/")
      try await reader.read(through: "data: hello\n\n\r\n")
      running.server.drain()
      let rest = try await reader.readToEnd()
      #expect(rest.contains("retry: "))
      #expect(!rest.contains("back soon"))
    }
  }

  @Test(
    "One that cannot be sent is an error before the server listens",
    arguments: [ServerSentEvent(data: "x", type: "a\nb"), ServerSentEvent(data: "x", id: "1")])
  func unusable(farewell: ServerSentEvent) async throws {
    let server = EventServer(Router(), port: 0, configuration: Self.configuration(farewell))
    let error = await #expect(throws: EventServerError.self) { try await server.run() }
    guard case .badFarewell = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
