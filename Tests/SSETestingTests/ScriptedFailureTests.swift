import SSETestSupport
import SSETesting
import Testing

/// What a test hears that was written wrongly, or whose client did something else.
@Suite("A scripted server that fails its test", .timeLimit(.minutes(1)))
struct ScriptedFailureTests {
  /// What a test throws, run in a task of its own: a failure cancels it, and this one is not to be.
  private func failure(
    _ scripts: [ConnectionScript], timeLimit: Duration = .seconds(10),
    _ body: @escaping @Sendable (ScriptedServer) async throws -> Void
  ) async -> (any Error)? {
    await withTaskGroup(of: (any Error)?.self) { group in
      group.addTask {
        do {
          try await withScriptedServer(scripts, timeLimit: timeLimit, body)
          return nil
        } catch {
          return error
        }
      }
      return await group.next() ?? nil
    }
  }

  private static func send(_ text: String, to server: ScriptedServer) async throws -> RawConnection {
    let client = try await RawConnection.connect(port: server.port)
    try await client.write(text)
    return client
  }

  @Test("a request after the script's end interrupts the test at once, and is named")
  func unexpectedRequest() async throws {
    let failure = await failure([[.text("a")]]) { server in
      try await RawConnection.connect(port: server.port).readToEnd()
      let client = try await Self.send("GET /again HTTP/1.1\r\nHost: test\r\n\r\n", to: server)
      try await Task.sleep(for: .seconds(3_600))  // Until it is cancelled.
      client.close()
    }
    guard case .unexpectedRequest(let request, scripted: 1) = failure as? ScriptedServerError else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(request.connection == 1)
    #expect("\(try #require(failure))".contains("GET /again came on connection 1, but the script has only 1"))
  }

  @Test("a test that has swallowed its cancellation fails all the same")
  func swallowed() async throws {
    let failure = await failure([]) { server in
      let client = try await Self.send(ScriptedServerTests.request, to: server)
      // Its reading is not cancelled.
      try await client.readToEnd()
      try await server.connections(atLeast: 1)
      try? await Task.sleep(for: .seconds(3_600))
    }
    #expect(failure is ScriptedServerError)
  }

  @Test("a connection without a request after the script's end is nothing")
  func unexpectedConnection() async throws {
    try await withScriptedServer([]) { server in
      let client = try await RawConnection.connect(port: server.port)
      try await server.connections(atLeast: 1)
      client.close()
      try await server.ending(ofConnection: 0)
    }
  }

  @Test(
    "a script that cannot have been meant is an error before anything runs",
    arguments: [
      ([.cut, .text("a")], "nothing can come after `cut`, but `text` does"),
      ([.holdOpen, .reset], "nothing can come after `holdOpen`, but `reset` does"),
      ([.event("a")], "`event` needs `.eventStream()` before it"),
      ([.response(), .event("a")], "`event` needs `.eventStream()` before it"),
      ([.eventStream(), .response()], "`response(200)` comes after a response"),
      ([.eventStream(framing: .untilClose), .lastChunk], "`lastChunk` ends a chunked event stream only"),
      ([.eventStream(), .lastChunk, .lastChunk], "`lastChunk` ends a chunked event stream only"),
    ] as [(ConnectionScript, String)])
  func invalidScript(script: ConnectionScript, reason: String) async throws {
    let error = await #expect(throws: ScriptedServerError.self) {
      try await withScriptedServer([[], script]) { _ in Issue.record("the body ran") }
    }
    #expect("\(try #require(error))".hasPrefix("the script of connection 1: \(reason)"))
  }

  @Test(
    "a head or an event that cannot be sent is an error",
    arguments: [
      [.response(headers: ["A": "b\r\nC: d"])], [.eventStream(), .event("a", type: "b\nc")],
    ] as [ConnectionScript])
  func invalidStep(script: ConnectionScript) async throws {
    let failure = await failure([script]) { server in
      let client = try await Self.send(ScriptedServerTests.request, to: server)
      _ = try await client.ending()
      try await Task.sleep(for: .seconds(3_600))  // Until it is cancelled.
    }
    #expect(failure is ScriptedServerError || failure is EventStreamError, "\(String(describing: failure))")
  }

  @Test("what a closure throws interrupts the test and is thrown")
  func closureThrows() async throws {
    struct Unlucky: Error {}
    let inScript = await failure([[.perform { _ in throw Unlucky() }]]) { server in
      let client = try await RawConnection.connect(port: server.port)
      _ = try await client.ending()
      try await Task.sleep(for: .seconds(3_600))  // Until it is cancelled.
    }
    #expect(inScript is Unlucky)
    let cancelled = await failure([[.perform { _ in throw CancellationError() }]]) { server in
      let client = try await RawConnection.connect(port: server.port)
      _ = try await client.ending()
      try await Task.sleep(for: .seconds(3_600))  // Until it is cancelled.
    }
    #expect(cancelled as? EventServerTestError == .cancelled)
  }

  @Test("what is no request is an error that says why", arguments: ["SSH-2.0-x\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"])
  func unreadableRequest(text: String) async throws {
    let failure = await failure([[.readRequest]]) { server in
      let client = try await Self.send(text, to: server)
      _ = try await client.ending()
      try await Task.sleep(for: .seconds(3_600))  // Until it is cancelled.
    }
    guard case .unreadableRequest(connection: 0, let reason) = failure as? ScriptedServerError else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(reason.hasPrefix("malformed HTTP/1.1 message: "))
  }

  @Test("past the time limit the error names what was open, and at which step")
  func timeLimit() async throws {
    let failure = await failure([[.text("a"), .holdOpen]], timeLimit: .milliseconds(100)) { server in
      let client = try await RawConnection.connect(port: server.port)
      try await client.read(through: "a")
      try await Task.sleep(for: .seconds(3_600))  // Until it is cancelled.
    }
    let line = "no request yet from 127.0.0.1 on connection 0, at the step holdOpen"
    #expect(failure as? EventServerTestError == .timeLimit(.milliseconds(100), openConnections: [line]))
  }

  @Test("a condition that does not come true says what was seen instead")
  func conditions() async throws {
    try await withScriptedServer([]) { server in
      let error = await #expect(throws: ConditionTimeout.self) {
        try await server.requests(atLeast: 2, within: .milliseconds(10))
      }
      #expect(
        error?.description == "not within 0.01 seconds: at least 2 requests; 0 connections and 0 requests so far")
      await #expect(throws: ConditionTimeout.self) {
        try await server.ending(ofConnection: 0, within: .milliseconds(10))
      }
      await #expect(throws: ConditionTimeout.self) {
        _ = try await server.request(onConnection: 0, within: .milliseconds(10))
      }
    }
  }

  @Test("what the body throws is thrown, and the port is closed then")
  func bodyThrows() async throws {
    struct Unlucky: Error {}
    let ports = Recorder<Int>()
    await #expect(throws: Unlucky.self) {
      try await withScriptedServer([[.holdOpen]]) { server in
        ports.note(server.port)
        throw Unlucky()
      }
    }
    let port = try #require(ports.values.first)
    await #expect(throws: RawConnection.Failure.self) { _ = try await RawConnection.connect(port: port) }
  }

  @Test("when the scope ends, the client sees every connection close, whatever its script waits for")
  func scopeEnds() async throws {
    var clients: [RawConnection] = []
    let scripts: [ConnectionScript] = [
      [.holdOpen], [.readRequest], [.wait(for: Gate())], [.delay(.seconds(3_600))], [.text("a"), .holdOpen],
    ]
    try await withScriptedServer(scripts) { server in
      for _ in scripts { clients.append(try await RawConnection.connect(port: server.port)) }
      try await server.connections(atLeast: scripts.count)
    }
    for client in clients { try await client.readToEnd() }
  }
}
