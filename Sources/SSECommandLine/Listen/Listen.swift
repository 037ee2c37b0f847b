import SSEClient
import SSESockets

extension Subcommand {
  /// `sse listen`: prints the events of a URL, or of a recording.
  static let listen = Subcommand(
    name: "listen", usage: "sse listen [OPTIONS] URL", summary: "Print the events of a stream as they come.",
    help: listenHelp, run: runListen)
}

@Sendable
private func listenHelp(heading: (String) -> String) -> String {
  let sections = ListenOptions.sections.map { section in
    "\(heading(section.heading))\n\(CommandOption.help(for: section.options))"
  }
  return """
    Prints the events of a stream as they come. A stream that ends or is cut is opened again, and goes on behind the
    last event, as browsers do; one that is asked for with POST is not.

    \(heading("USAGE"))
      sse listen [OPTIONS] URL
      sse listen [OPTIONS] --replay FILE

    \(sections.joined(separator: "\n\n"))

    Data is printed as it is, with a line end behind it; data of several lines is several lines. For one line an event,
    whatever it holds, there is --jsonl. On a terminal, type and ID stand before the data, further lines of it are
    indented, and characters that would steer the terminal are shown as \\u{1B}. Everything else that is said goes to
    standard error. Colours: not where NO_COLOR is set.

    \(heading("EXIT STATUS"))
      0    The stream ended, --max or --timeout was reached, or the reader of the output has left.
      1    The stream was refused, cut or could not be opened; a file could not be read or written.
      2    The command line cannot be understood.
      3    As 0, but no event was printed.
      130  Ctrl-C; 143 SIGTERM.

    \(heading("EXAMPLES"))
      sse listen http://127.0.0.1:50080/events/stream --max 3
      sse listen https://api.openai.com/v1/chat/completions -H "Authorization: Bearer $KEY" \\
        --data @request.json --json choices.0.delta.content --join
      sse listen http://127.0.0.1:8080/news --record news.jsonl
      sse listen --replay news.jsonl --speed 10
    """
}

/// A part of the work of `sse listen`; the first that is over ends the others.
private enum Part: Sendable {
  case listened(printed: Int, error: (any Error)?)
  case interrupted(Interruption?)
  case timedOut
}

@Sendable
private func runListen(_ words: [String]) async throws -> ExitStatus {
  let options = try ListenOptions(words)
  let output = Output.standard
  let loop = try EventLoopGroup.shared.next()
  let (first, printed) = await withTaskGroup(of: Part.self) { group in
    group.addTask { await listen(options, output: output, on: loop) }
    group.addTask { .interrupted(await Interruption.next(on: loop, output: output.descriptor)) }
    if let timeout = options.timeout {
      group.addTask {
        // Cancelled where another part is over, which is then the first.
        try? await loop.sleep(for: timeout)
        return .timedOut
      }
    }
    var first: Part?
    var printed = 0
    for await part in group {
      if first == nil { first = part }
      group.cancelAll()
      if case .listened(let count, _) = part { printed = count }
    }
    return (first, printed)
  }
  switch first {
  case .interrupted(.signal(let number)): return .signal(number)
  case .interrupted(.readerLeft): return .success
  case .listened(_, let error?): throw error
  case .listened, .timedOut, .interrupted(nil), nil: return printed > 0 ? .success : .nothing
  }
}

private func listen(_ options: ListenOptions, output: Output, on loop: EventLoop) async -> Part {
  var printed = 0
  do {
    var listener = try StreamListener(options, output: output)
    defer { printed = listener.printed }
    try await listener.run(on: loop)
    try listener.finish()
    return .listened(printed: listener.printed, error: nil)
  } catch {
    return .listened(printed: printed, error: error)
  }
}
