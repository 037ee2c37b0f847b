import SSETestSupport
import SSETesting
import Testing

@testable import SSEClient

/// Delays and timeouts of a client whose clock the test moves by hand: days pass in no time.
@Suite struct ClientClockTests {
  private let clock = ManualClock()

  private var configuration: EventClientConfiguration {
    var configuration = EventClientConfiguration()
    configuration.clock = clock
    return configuration
  }

  private func source(_ server: ScriptedServer, reconnect: ReconnectPolicy = .standard) -> EventSource {
    EventClient(configuration: configuration).source(EventRequest(server.url, reconnect: reconnect))
  }

  @Test("C30, C38: the client comes back when the clock has moved by the reconnection time, and not before")
  func delay() async throws {
    try await withScriptedServer([
      [.eventStream(), .retry(.seconds(3_600)), .event("a", id: "1"), .lastChunk],
      [.response(status: .noContent)],
    ]) { server in
      async let events = collect(source(server))
      try await clock.sleeper(for: .seconds(3_600))
      clock.advance(by: .milliseconds(3_599_999))
      #expect(server.connectionCount == 1)
      clock.advance(by: .milliseconds(1))
      try await server.requests(atLeast: 2)
      #expect(try await events.map(\.data) == ["a"])
      #expect(server.requests.map(\.lastEventID) == [nil, "1"])
    }
  }

  @Test("C70: a silent stream is given up by the clock; what comes in between begins the time anew")
  func silence() async throws {
    let gate = Gate()
    try await withScriptedServer([
      [.eventStream(), .event("a"), .wait(for: gate), .comment(""), .holdOpen],
      [.response(status: .noContent)],
    ]) { server in
      async let events = collect(source(server))
      try await clock.sleeper(for: .seconds(300))
      clock.advance(by: .seconds(299))
      gate.open()
      try await clock.sleeper(for: .seconds(300))
      clock.advance(by: .seconds(299))
      #expect(server.openConnectionCount == 1)
      clock.advance(by: .seconds(1))
      #expect(try await server.ending(ofConnection: 0) == .closedByClient)
      try await clock.sleeper(for: .seconds(3))
      clock.advance(by: .seconds(3))
      #expect(try await events.map(\.data) == ["a"])
    }
  }

  @Test("C71: a head that does not come is given up by the clock")
  func head() async throws {
    try await withScriptedServer([[.readRequest, .holdOpen]]) { server in
      async let outcome = outcome(of: source(server, reconnect: .never))
      try await clock.sleeper(for: .seconds(60))
      clock.advance(by: .seconds(60))
      guard case .failure(.timedOut(.responseHead, .seconds(60), _)) = await outcome else {
        Issue.record("no timeout")
        return
      }
    }
  }

  @Test("C71: a connection that is not made is given up by the clock")
  func connect() async throws {
    let listener = try RawListener(backlog: 0)
    let held = try await RawConnection.connect(port: listener.port)
    async let outcome = outcome(of: EventClient(configuration: configuration).source(listener.url))
    try await clock.sleeper(for: .seconds(10))
    clock.advance(by: .seconds(10))
    guard case .failure(.timedOut(.connect, .seconds(10), _)) = await outcome else {
      Issue.record("no timeout")
      return
    }
    held.close()
  }

  @Test("C6: Retry-After is waited by the clock")
  func retryAfter() async throws {
    try await withScriptedServer([
      [.response(status: .tooManyRequests, headers: ["Retry-After": "500"])],
      [.response(status: .noContent)],
    ]) { server in
      var request = EventRequest(server.url)
      request.reconnect.longestBackoff = .zero
      let source = EventClient(configuration: configuration).source(request)
      async let events = collect(source)
      try await clock.sleeper(for: .seconds(500))
      clock.advance(by: .seconds(500))
      #expect(try await events.isEmpty)
      #expect(server.requests.count == 2)
    }
  }

  @Test("C38: cancelled while the clock stands still, the loop ends")
  func cancelled() async throws {
    try await withScriptedServer([[.eventStream(), .event("a"), .lastChunk]]) { server in
      let source = source(server)
      try await withThrowingTaskGroup { group in
        group.addTask { try await collect(source).count }
        try await clock.sleepers(atLeast: 1)
        try await clock.sleeper(for: .seconds(3))
        group.cancelAll()
        #expect(try await group.next() == 1)
      }
      #expect(clock.deadlines.isEmpty)
    }
  }
}
