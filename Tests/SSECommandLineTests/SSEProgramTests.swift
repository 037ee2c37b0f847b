import SSETestSupport
import Testing

@testable import SSECommandLine

@Suite("The program sse")
struct SSEProgramTests {
  @Test("help goes to standard output, with 0, without colours in a pipe", arguments: [["--help"], ["-h"], ["help"]])
  func help(words: [String]) async throws {
    let result = try await Program.run(sse, words)
    #expect(result.status == 0)
    #expect(result.output.contains("sse listen [OPTIONS] URL"))
    #expect(!result.output.contains("\u{1B}"))
    #expect(result.errors.isEmpty)
  }

  @Test(
    "the help of listen names each option and exit status",
    arguments: [["listen", "--help"], ["listen", "url", "-h"]])
  func listenHelp(words: [String]) async throws {
    let result = try await Program.run(sse, words)
    #expect(result.status == 0)
    for option in ListenOptions.sections.flatMap(\.options) { #expect(result.output.contains(option.word)) }
    for status in [ExitStatus.success, .failure, .usage, .nothing, .signal(2)] {
      #expect(result.output.contains("\n  \(status.rawValue) "))
    }
    #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 120 })
  }

  @Test(
    "the help of serve, publish and bench names each option and exit status",
    arguments: [
      ("serve", ServeOptions.sections.flatMap(\.options), [0, 1, 2]),
      ("publish", PublishOptions.sections.flatMap(\.options), [0, 1, 2, 130]),
      ("bench", BenchOptions.sections.flatMap(\.options), [0, 1, 2, 130]),
    ] as [(String, [CommandOption], [Int32])])
  func hubHelp(name: String, options: [CommandOption], statuses: [Int32]) async throws {
    let result = try await Program.run(sse, [name, "--help"])
    #expect(result.status == 0)
    for option in options { #expect(result.output.contains(option.word)) }
    for status in statuses { #expect(result.output.contains("\n  \(status) ")) }
    #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 120 })
  }

  @Test("it tells its version")
  func version() async throws {
    let result = try await Program.run(sse, ["--version"])
    #expect(result.output == "sse \(SSECommand.version)\n")
    #expect(result.status == 0)
  }

  @Test(
    "a command line that it does not understand gets one line and 2",
    arguments: [
      (["lisen"], "sse: unknown command 'lisen'; did you mean 'sse listen'?\n"),
      (["sevre"], "sse: unknown command 'sevre'; did you mean 'sse serve'?\n"),
      (["tables"], "sse: unknown command 'tables'; see sse --help\n"),
      (["publish"], "sse: the URL is missing; see --help\n"),
      (["publish", "url", "--tpoic", "a"], "sse: unknown option '--tpoic'; did you mean '--topic'?\n"),
      (["bench", "url", "--conections", "1"], "sse: unknown option '--conections'; did you mean '--connections'?\n"),
      (["serve", "--prot", "1"], "sse: unknown option '--prot'; did you mean '--port'?\n"),
      (["http://host/"], "sse: unknown command 'http://host/'; did you mean 'sse listen http://host/'?\n"),
      (["--hlep"], "sse: unknown option '--hlep'; did you mean '--help'?\n"),
      (["listen"], "sse: the URL is missing; see --help\n"),
      (["listen", "url", "--josn", "a"], "sse: unknown option '--josn'; did you mean '--json'?\n"),
      (["listen", "url", "--max"], "sse: option '--max' needs a value\n"),
    ] as [([String], String)])
  func misunderstood(words: [String], message: String) async throws {
    let result = try await Program.run(sse, words)
    #expect(result.status == 2)
    #expect(result.errors == message)
    #expect(result.output.isEmpty)
  }

  @Test("without a command it says which there are, with 2")
  func nothing() async throws {
    let result = try await Program.run(sse)
    #expect(result.status == 2)
    #expect(result.errors.contains("sse listen"))
    #expect(result.output.isEmpty)
  }
}
