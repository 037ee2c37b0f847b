import Foundation
import SSETestSupport
import Testing

@testable import SSECommandLine

/// A program whose output is a terminal; what it has shown there, line ends as LF.
private func shown(
  _ arguments: [String], environment: [String: String], whileRunning body: () async throws -> Void = {}
) async throws -> String {
  // `script` makes the terminal. It gives the program's words to a shell.
  let words = ([sse] + arguments).map { "'\($0)'" }.joined(separator: " ")
  async let result = Program.run("script", ["-qec", words, "/dev/null"], environment: environment)
  try await body()
  return try await result.output.replacing("\r\n", with: "\n")
}

@Suite("sse on a terminal", .timeLimit(.minutes(1)))
struct TerminalTests {
  private func listen(
    _ arguments: [String] = [], events: String, environment: [String: String]
  ) async throws -> String {
    let listener = try RawListener()
    return try await shown(["listen", listener.url, "--no-reconnect"] + arguments, environment: environment) {
      let (peer, _) = try await listener.acceptRequest()
      try await peer.write(Peer.head + events)
      peer.close()
    }
  }

  static let events = "event: tick\nid: 7\ndata: a\ndata: \u{1B}[2Jb\n\n"

  @Test(
    "type and ID are coloured where the terminal has colours and the user wants them",
    arguments: [
      (["TERM": "xterm"], true), (["TERM": "dumb"], false), (["TERM": "xterm", "NO_COLOR": "1"], false),
    ])
  func colors(environment: [String: String], hasColor: Bool) async throws {
    let output = try await listen(events: Self.events, environment: ["NO_COLOR": ""].merging(environment) { $1 })
    let heading = hasColor ? "\u{1B}[1mtick\u{1B}[0m \u{1B}[2m#7\u{1B}[0m" : "tick #7"
    #expect(output == "\(heading) a\n  \\u{1B}[2Jb\n")
  }

  @Test("joined text gets a line end at its end")
  func joined() async throws {
    let events = "data: {\"t\":\"Hello\"}\n\ndata: {\"t\":\" you\"}\n\n"
    let output = try await listen(["--json", "t", "-j"], events: events, environment: ["TERM": "xterm"])
    #expect(output == "Hello you\n")
  }

  @Test("an error is red")
  func error() async throws {
    let output = try await shown(["listen", "nonsense"], environment: ["TERM": "xterm", "NO_COLOR": ""])
    #expect(output.hasPrefix("\u{1B}[31msse:\u{1B}[0m nonsense: malformed URL"))
  }

  @Test("the help's headings are bold")
  func help() async throws {
    let output = try await shown(["listen", "--help"], environment: ["TERM": "xterm", "NO_COLOR": ""])
    #expect(output.contains("\u{1B}[1mEXIT STATUS\u{1B}[0m\n"))
  }
}
