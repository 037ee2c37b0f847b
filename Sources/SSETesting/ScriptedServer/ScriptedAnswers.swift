/// Where a scripted server has the script of a connection from.
enum ScriptedAnswers: Sendable {
  case list([ConnectionScript], afterwards: ScriptedServer.Afterwards)
  case function(@Sendable (RecordedRequest, Int) async throws -> ConnectionScript)

  /// Whether a connection after the `count` first ones is refused.
  func refuses(after count: Int) -> Bool {
    if case .list(let scripts, .refuse) = self { count >= scripts.count } else { false }
  }
}

extension ScriptedConnection {
  /// Serves the connection as its script says.
  func answer(from answers: ScriptedAnswers, in task: UnsafeCurrentTask?) async throws {
    try await run(in: task) {
      switch answers {
      case .list(let scripts, _) where index < scripts.count: try await run(scripts[index])
      case .list(let scripts, .repeatLast): try await run(scripts.last ?? [])
      case .list(let scripts, _):
        try await readRequest()
        if let request { throw ScriptedServerError.unexpectedRequest(request, scripted: scripts.count) }
      case .function(let script):
        try await readRequest()
        guard let request else { return }
        let script = try await script(request, index)
        try script.check(connection: index)
        try await run(script)
      }
    }
  }
}
