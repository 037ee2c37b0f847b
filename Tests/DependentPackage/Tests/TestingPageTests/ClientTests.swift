import SSEClient
import SSETesting
import Testing

@Test func `the client resumes after a cut`() async throws {
  try await withScriptedServer([
    [.eventStream(), .retry(.zero), .event("one", id: "1"), .cut],
    [.eventStream(), .event("two", id: "2"), .holdOpen],
  ]) { server in
    var seen: [String] = []
    for try await event in EventClient().events(server.url / "news") {
      seen.append(event.data)
      if seen.count == 2 { break }
    }
    #expect(seen == ["one", "two"])
    #expect(server.requests.map(\.lastEventID) == [nil, "1"])
    let ending = try await server.ending(ofConnection: 1)
    #expect(ending == .closedByClient)
  }
}

@Test func `the stream is open before its first event`() async throws {
  let headSeen = Gate()
  try await withScriptedServer([[.eventStream(), .wait(for: headSeen), .event("late"), .holdOpen]]) { server in
    for try await message in EventClient().source(server.url).messages {
      if case .opened = message { headSeen.open() }
      if case .event = message { break }
    }
  }
}

@Test func `another path is not found`() async throws {
  try await withScriptedServer { request, _ in
    request.target == "/news" ? [.eventStream(), .event("one")] : [.response(status: .notFound, body: "none here")]
  } test: { server in
    await #expect(throws: EventClientError.self) {
      for try await _ in EventClient().events(server.url / "old") {}
    }
  }
}

@Test func `the client comes back after three seconds`() async throws {
  let clock = ManualClock()
  var configuration = EventClientConfiguration()
  configuration.clock = clock
  let client = EventClient(configuration: configuration)
  try await withScriptedServer([[.eventStream(), .event("one")], [.response(status: .noContent)]]) { server in
    async let count = client.events(server.url).reduce(0) { count, _ in count + 1 }
    try await clock.sleeper(for: .seconds(3))
    #expect(server.requests.count == 1)
    clock.advance(by: .seconds(3))
    #expect(try await count == 1)
    #expect(server.requests.count == 2)
  }
}
