import Foundation
import SSEClient
import SSESockets

extension Subcommand {
  /// `sse bench`: load for a server, and what becomes of it.
  static let bench = Subcommand(
    name: "bench", usage: "sse bench [OPTIONS] URL", summary: "Read a stream over many connections and measure it.",
    help: benchHelp, run: runBench)
}

@Sendable
private func benchHelp(heading: (String) -> String) -> String {
  let sections = BenchOptions.sections.map { section in
    "\(heading(section.heading))\n\(CommandOption.help(for: section.options))"
  }
  return """
    Opens many streams of a server and counts what they bring. With --publish it publishes events as well, numbered and
    with the time, and measures each delivery: the time from sending to each reader and to the last one, what was lost,
    and what came twice.

    \(heading("USAGE"))
      sse bench [OPTIONS] URL
      sse bench [OPTIONS] URL --publish URL

    \(sections.joined(separator: "\n\n"))

    Connections are opened \(BenchRun.mostOpening) at a time; counting begins when all are. A stream that ends normally,
    behind an event, is opened again at once; one that was refused or cut is not, nor any with --publish. Redirects are
    not followed.

    Events are published by a schedule that does not wait for a slow server, one at a time. 'delivery' is the time from
    sending, 'from due' that from when the schedule wanted the event sent: where a server holds up its publisher, that
    is in the second alone.

    Ctrl-C ends a run early, with the figures so far, when what is under way has come; twice, at once. --header goes
    with each request, --token in place of its Authorization with those that publish. On a terminal a line tells how far
    it has come.

    \(heading("EXIT STATUS"))
      0    It was measured, and of what was published nothing was lost, doubled, out of order or refused. Streams that
           were refused or cut are counted; while others are read they change nothing.
      1    Some of that happened, or nothing could be published; or no stream could be opened, or all had ended before
           counting began or, with --publish, before the end.
      2    The command line cannot be understood.
      130  Ctrl-C; 143 SIGTERM.

    \(heading("EXAMPLES"))
      sse bench http://127.0.0.1:50080/events -c 1000
      sse bench http://127.0.0.1:50080/events -c 1000 --publish http://127.0.0.1:50080 --rate 100
      sse bench http://127.0.0.1:50080/events -c 1000 --publish http://127.0.0.1:50080 --rate max --json
    """
}

/// More connections than the process may have.
struct TooManyConnections: Error, CustomStringConvertible {
  /// Descriptors for everything but the connections that are read.
  static let reserve = 64

  let asked: Int
  let limit: Int

  var description: String {
    "\(asked) connections are more than the \(max(0, limit - Self.reserve)) that this process may have, as it may hold "
      + "\(limit) files open; raise that with `ulimit -n`, or share them among several sse bench"
  }
}

/// A part of the work of `sse bench`; the run ends the other, a signal asks the run to end.
private enum Part: Sendable {
  case ran(Result<(summary: BenchSummary, failure: (any Error)?), any Error>)
  case interrupted(Interruption?)
}

@Sendable
private func runBench(_ words: [String]) async throws -> ExitStatus {
  let options = try BenchOptions(words)
  ProcessLimits.raiseDescriptors()
  let limit = ProcessLimits.descriptors
  guard options.connections <= limit - TooManyConnections.reserve else {
    throw TooManyConnections(asked: options.connections, limit: limit)
  }
  let loop = try EventLoopGroup.shared.next()
  let record = BenchRecord()
  return try await withThrowingTaskGroup(of: Part.self) { group in
    group.addTask(executorPreference: loop) {
      do {
        return .ran(.success(try await BenchRun(options: options, record: record, loop: loop).run()))
      } catch {
        return .ran(.failure(error))
      }
    }
    group.addTask { .interrupted(await Interruption.next(on: loop)) }
    var signal: Int32?
    while let part = try await group.next() {
      switch part {
      case .interrupted(.signal(let number)):
        signal = number
        record.withLock { $0.interrupt() }
        record.notify()
      case .interrupted: break
      case .ran(let result):
        group.cancelAll()
        let (summary, failure) = try result.get()
        return try tell(summary, failure, signal, options)
      }
    }
    return .failure
  }
}

private func tell(
  _ summary: BenchSummary, _ failure: (any Error)?, _ signal: Int32?, _ options: BenchOptions
) throws -> ExitStatus {
  if options.writesJSON {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
    try Output.standard.write(String(decoding: try encoder.encode(summary), as: UTF8.self) + "\n")
  } else {
    try Output.standard.write(summary.text(bold: Output.standard.style.bold))
  }
  if let failure { throw failure }
  if let signal { return .signal(signal) }
  if summary.connections.opened == 0 {
    Console.fail("no stream could be opened")
  } else if summary.seconds == nil {
    Console.fail("all streams ended before counting began")
  }
  return summary.isClean ? .success : .failure
}
