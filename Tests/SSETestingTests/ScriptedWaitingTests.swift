import SSETestSupport
import SSETesting
import Testing

/// What a script waits for, and how it hears that its client has left.
@Suite("A script that waits", .timeLimit(.minutes(1)))
struct ScriptedWaitingTests {
  private func client(of server: ScriptedServer) async throws -> RawConnection {
    let client = try await RawConnection.connect(port: server.port)
    try await client.write(ScriptedServerTests.request)
    return client
  }

  @Test("goes on when the test opens its gate")
  func gate() async throws {
    let gate = Gate()
    try await withScriptedServer([[.readRequest, .text("a"), .wait(for: gate), .text("b")]]) { server in
      let client = try await client(of: server)
      let first = try await client.receive()
      #expect(first == Array("a".utf8))
      let early = try await client.received(within: 20)
      #expect(early == "")
      #expect(!gate.isOpen)
      gate.open()
      let rest = try await client.readToEnd()
      #expect(rest == "b")
    }
  }

  @Test("goes on when a clock of the test's has been moved")
  func manualClock() async throws {
    let clock = ManualClock()
    try await withScriptedServer([[.delay(.seconds(3_600), on: clock), .text("a")]]) { server in
      let client = try await client(of: server)
      try await clock.sleeper(for: .seconds(3_600))
      clock.advance(by: .seconds(3_600))
      let text = try await client.readToEnd()
      #expect(text == "a")
    }
  }

  @Test("goes on after a delay")
  func delay() async throws {
    try await withScriptedServer([[.delay(.milliseconds(20)), .text("a")]]) { server in
      let start = ContinuousClock.now
      let text = try await client(of: server).readToEnd()
      #expect(text == "a")
      #expect(ContinuousClock.now - start >= .milliseconds(15))
    }
  }

  @Test("runs a closure with the request")
  func perform() async throws {
    let seen = Recorder<RecordedRequest?>()
    try await withScriptedServer([
      [.perform { seen.note($0) }, .readRequest, .perform { seen.note($0) }]
    ]) { server in
      _ = try await client(of: server).readToEnd()
    }
    #expect(seen.values.map { $0?.target } == [nil, "/events"])
  }

  /// Steps during which a client leaves. The gate is never opened.
  static let waits: [(String, [ConnectionScript.Step])] = [
    ("holdOpen", [.holdOpen]), ("readRequest, holdOpen", [.readRequest, .holdOpen]),
    ("wait", [.readRequest, .wait(for: Gate())]), ("wait before the request", [.wait(for: Gate())]),
    ("delay", [.readRequest, .delay(.seconds(3_600))]),
    ("perform", [.perform { _ in try await Task.sleep(for: .seconds(3_600)) }]),
    ("stream", [.eventStream(), .event("a"), .holdOpen]),
    ("full", [.readRequest, .bytes([UInt8](repeating: 0x61, count: 30_000_000))]),
  ]

  @Test("hears at once that its client has closed or reset, whatever it waits for", arguments: waits.indices)
  func leaving(index: Int) async throws {
    let script = ConnectionScript(Self.waits[index].1)
    for resets in [false, true] {
      try await withScriptedServer([script]) { server in
        let client = try await client(of: server)
        try await server.connections(atLeast: 1)
        if script.steps.contains(where: { $0.description == "readRequest" }) { try await server.requests(atLeast: 1) }
        #expect(server.openConnectionCount == 1)
        // With bytes unread a close is a reset.
        if resets { client.reset() } else { client.close() }
        let ending = try await server.ending(ofConnection: 0)
        #expect(
          ending == (resets ? .resetByClient : .closedByClient) || Self.waits[index].0 == "full"
            || Self.waits[index].0 == "stream", "\(Self.waits[index].0)")
        #expect(ending != .byScript)
        #expect(server.openConnectionCount == 0)
      }
    }
  }

  @Test(
    "a client that leaves without a request, or in the middle of one, ends the script", arguments: ["", "GET / HT"])
  func noRequest(text: String) async throws {
    try await withScriptedServer([[.readRequest, .text("never")]]) { server in
      let client = try await RawConnection.connect(port: server.port)
      try await client.write(text)
      client.close()
      let ending = try await server.ending(ofConnection: 0)
      #expect(ending == .closedByClient)
      #expect(server.requests == [])
    }
  }

  @Test("after its last step the server has ended the connection, also where the client stays")
  func byScript() async throws {
    try await withScriptedServer([[.text("a")]]) { server in
      let client = try await RawConnection.connect(port: server.port)
      defer { client.close() }
      let ending = try await server.ending(ofConnection: 0)
      #expect(ending == .byScript)
    }
  }

  @Test("a gate lets everybody through, once open, and those who come later")
  func gateForMany() async throws {
    let gate = Gate()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<10 { group.addTask { try await gate.wait() } }
      gate.open()
      gate.open()
      try await group.waitForAll()
    }
    try await gate.wait()
    #expect(gate.isOpen)
  }

  @Test("a gate lets go of whoever is cancelled")
  func cancelledAtGate() async {
    let gate = Gate()
    await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<10 { group.addTask { try await gate.wait() } }
      group.cancelAll()
      while let result = await group.nextResult() {
        #expect(throws: CancellationError.self) { try result.get() }
      }
    }
  }
}
