import SSEClient
import SSESockets

extension Subcommand {
  /// `sse publish`: publishes one event, or lines.
  static let publish = Subcommand(
    name: "publish", usage: "sse publish [OPTIONS] URL [DATA]", summary: "Publish an event, or each line of the input.",
    help: publishHelp, run: runPublish)
}

@Sendable
private func publishHelp(heading: (String) -> String) -> String {
  let sections = PublishOptions.sections.map { section in
    "\(heading(section.heading))\n\(CommandOption.help(for: section.options))"
  }
  return """
    Publishes DATA as an event; without DATA, each line of standard input as an event of its own, in their order. The
    URL is that of a hub (see sse serve), or of anything else that takes an event's data as the body of a POST: what has
    no path is taken for a hub, whose path is /publish.

    \(heading("USAGE"))
      sse publish [OPTIONS] URL DATA
      sse publish [OPTIONS] URL < LINES

    \(sections.joined(separator: "\n\n"))

    An event counts as published when the server has answered; a hub answers when it is in the topic's log. Publishing
    ends with the first line that is not taken. Nothing is posted twice. On a terminal a line tells how far it has come.

    A line is posted when the one before has been answered for: that keeps their order, and takes the time of a round
    trip a line. Where the order does not matter, several sse publish at once are faster.

    \(heading("EXIT STATUS"))
      0    Everything was published.
      1    The server could not be reached, or refused an event; standard error says why.
      2    The command line cannot be understood.
      130  Ctrl-C; 143 SIGTERM.

    \(heading("EXAMPLES"))
      sse publish http://127.0.0.1:50080 hello
      sse publish http://127.0.0.1:50080 --topic news --type headline 'It works'
      tail -f /var/log/syslog | sse publish https://hub.example/publish?topic=log
    """
}

/// A part of the work of `sse publish`; the first that is over ends the other.
private enum Part: Sendable {
  case published(Result<Bool, any Error>)
  case interrupted(Interruption?)
}

@Sendable
private func runPublish(_ words: [String]) async throws -> ExitStatus {
  let options = try PublishOptions(words)
  let output = Output.standard
  let loop = try EventLoopGroup.shared.next()
  let first = await withTaskGroup(of: Part.self) { group in
    group.addTask { .published(await publish(options, output: output)) }
    group.addTask { .interrupted(await Interruption.next(on: loop)) }
    let first = await group.next()
    group.cancelAll()
    return first
  }
  switch first {
  case .interrupted(.signal(let number)): return .signal(number)
  case .published(.failure(let error)): throw error
  case .published(.success(false)): return .failure
  case .published(.success(true)), .interrupted, nil: return .success
  }
}

private func publish(_ options: PublishOptions, output: Output) async -> Result<Bool, any Error> {
  do {
    var publisher = try Publisher(options, output: output)
    return .success(try await publisher.run(.standard))
  } catch {
    return .failure(error)
  }
}
