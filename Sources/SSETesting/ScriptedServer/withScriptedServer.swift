/// Runs a server for the time of `body` that does on each connection what a script says, so that a client can be shown
/// what no well-behaved server does.
///
///     try await withScriptedServer([
///       [.eventStream(), .retry(.zero), .event("one", id: "1"), .cut],
///       [.eventStream(), .event("two", id: "2"), .holdOpen],
///     ]) { server in
///       var events = EventClient().events(server.url / "events").makeAsyncIterator()
///       …
///       #expect(server.requests[1].lastEventID == "1")
///     }
///
/// The scripts are taken in the order in which connections are accepted; each connection carries one request. When this
/// returns or throws, every connection, the port and the server's thread are closed. `body` runs in the task and the
/// isolation of the caller. Past `timeLimit` the rules of `withEventServer` hold.
///
/// - Parameters:
///   - scripts: What the server does on the first, second, … connection.
///   - afterwards: What it does with connections that come later. By default their requests fail the test.
///   - timeLimit: Default 10 s.
///   - isolation: The caller's.
///   - body: The test.
/// - Throws: what `body` throws; `ScriptedServerError` and what a script's closure throws, also when `body` ends well;
///   `EventServerTestError`.
@discardableResult
public func withScriptedServer<R>(
  _ scripts: [ConnectionScript],
  afterwards: ScriptedServer.Afterwards = .fail,
  timeLimit: Duration = .seconds(10),
  isolation: isolated (any Actor)? = #isolation,
  _ body: (_ server: ScriptedServer) async throws -> R
) async throws -> R {
  for (index, script) in scripts.enumerated() { try script.check(connection: index) }
  return try await withScriptedServer(.list(scripts, afterwards: afterwards), timeLimit: timeLimit, body)
}

/// The same with a closure that gives each connection its script, once its request has been read: for servers that
/// answer by path, by `Last-Event-ID`, or by the number of the connection, which counts from 0.
///
///     try await withScriptedServer { request, index in
///       request.target == "/events" ? [.eventStream(), .event("\(index)"), .cut] : [.response(status: .notFound)]
///     } test: { server in
///       …
///     }
///
/// What the closure throws fails the test.
@discardableResult
public func withScriptedServer<R>(
  timeLimit: Duration = .seconds(10),
  isolation: isolated (any Actor)? = #isolation,
  _ script: @escaping @Sendable (_ request: RecordedRequest, _ connection: Int) async throws -> ConnectionScript,
  test body: (_ server: ScriptedServer) async throws -> R
) async throws -> R {
  try await withScriptedServer(.function(script), timeLimit: timeLimit, body)
}

private func withScriptedServer<R>(
  _ answers: ScriptedAnswers, timeLimit: Duration, isolation: isolated (any Actor)? = #isolation,
  _ body: (ScriptedServer) async throws -> R
) async throws -> R {
  let current = Observed<ScriptedServer?>(nil)
  return try await withServerScope(
    timeLimit: timeLimit,
    run: { listening in
      try await ScriptedListener(answers: answers).run { server in
        current.update { $0 = server }
        listening(server)
      }
    },
    openConnections: { _ in current.facts?.openConnections ?? [] }, body)
}
