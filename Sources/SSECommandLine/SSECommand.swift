// The tool `sse`: event streams on the command line.

import Foundation
import SSEClient

@main
struct SSECommand {
  /// As there has been no release.
  static let version = "0.1.0-dev"

  static let subcommands: [Subcommand] = [.listen, .publish, .serve, .bench]

  static func main() async {
    // A reader that has gone, as in "| head -1", is an error of the next write, and no reason to die of a signal.
    signal(SIGPIPE, SIG_IGN)
    // So is a file that has reached the size it may have.
    signal(SIGXFSZ, SIG_IGN)
    Descriptor.reserveStandard()
    exit(await run(Array(CommandLine.arguments.dropFirst())).rawValue)
  }

  private static func run(_ words: [String]) async -> ExitStatus {
    do {
      return try await dispatch(words)
    } catch let error as UsageError {
      Console.note("\(error)")
      return .usage
    } catch OutputError.readerLeft {
      return .success
    } catch let error as EventClientError {
      Console.fail(error.advice)
      return .failure
    } catch {
      Console.fail("\(error)")
      return .failure
    }
  }

  private static func dispatch(_ words: [String]) async throws -> ExitStatus {
    guard let first = words.first else {
      Console.note("a command is missing\n\n\(help(heading: Console.bold))")
      return .usage
    }
    switch first {
    case "--help", "-h", "help":
      try Output.standard.write(help(heading: Output.standard.style.bold) + "\n")
    case "--version":
      try Output.standard.write("sse \(version)\n")
    default:
      guard let subcommand = subcommands.first(where: { $0.name == first }) else { throw unknown(first) }
      let rest = Array(words.dropFirst())
      if rest.prefix(while: { $0 != "--" }).contains(where: { $0 == "--help" || $0 == "-h" }) {
        try Output.standard.write(subcommand.help(heading: Output.standard.style.bold) + "\n")
      } else {
        return try await subcommand.run(rest)
      }
    }
    return .success
  }

  private static func unknown(_ word: String) -> UsageError {
    if word.hasPrefix("-") {
      return .unknownOption(word, nearest: Spelling.nearest(to: word, in: ["--help", "--version"]))
    }
    // Whoever comes from curl begins with the URL.
    if word.contains("://") { return .unknownCommand(word, nearest: "listen \(word)") }
    return .unknownCommand(word, nearest: Spelling.nearest(to: word, in: subcommands.map(\.name)))
  }

  private static func help(heading: (String) -> String) -> String {
    let width = (subcommands.map(\.usage.count).max() ?? 0) + 4
    let lines = subcommands.map { "  " + $0.usage.padding(toLength: width, withPad: " ", startingAt: 0) + $0.summary }
    return """
      Server-Sent Events on the command line.

      \(heading("USAGE"))
      \(lines.joined(separator: "\n"))
        sse COMMAND --help
        sse --version
      """
  }
}

/// What `sse` can be told to do.
struct Subcommand: Sendable {
  let name: String
  /// How it is called, in short.
  let usage: String
  let summary: String
  let help: @Sendable (_ heading: (String) -> String) -> String
  let run: @Sendable (_ words: [String]) async throws -> ExitStatus

  func help(heading: (String) -> String) -> String { help(heading) }
}
