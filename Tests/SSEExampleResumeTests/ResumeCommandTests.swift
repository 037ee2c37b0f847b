import SSETestSupport
import Testing

@testable import SSEExampleResume

@Suite("The resume example's command line")
struct ResumeCommandTests {
  @Test(
    "it understands",
    arguments: [
      ([], .serve(ServeOptions(port: 50_082, intervalMilliseconds: 500))),
      (["--port", "0", "--interval-ms", "0"], .serve(ServeOptions(port: 0, intervalMilliseconds: 0))),
      (["--data", "a", "--show"], .serve(ServeOptions(dataFile: "a", showsNumbers: true))),
      (["follow"], .follow(FollowOptions(url: "http://127.0.0.1:50082/numbers", folder: "."))),
      (["follow", "--folder", "a", "http://b/"], .follow(FollowOptions(url: "http://b/", folder: "a"))),
      (["follow", "--help"], .help),
    ] as [([String], ResumeCommand)])
  func understood(arguments: [String], command: ResumeCommand) throws {
    #expect(try ResumeCommand(arguments: arguments) == command)
  }

  @Test(
    "it refuses",
    arguments: [
      (["--port", "65536"], .notANumber(option: "--port", value: "65536", allowed: 0...65_535)),
      (["--interval-ms", "-1"], .notANumber(option: "--interval-ms", value: "-1", allowed: 0...86_400_000)),
      (["--data"], .missingValue(option: "--data")),
      (["--interval-ms"], .missingValue(option: "--interval-ms")),
      (["serve"], .unknownArgument("serve")),
      (["follow", "a", "b"], .unknownArgument("b")),
      (["follow", "--port", "1"], .unknownArgument("--port")),
      (["follow", "--folder"], .missingValue(option: "--folder")),
    ] as [([String], UsageError)])
  func refused(arguments: [String], error: UsageError) {
    #expect(throws: error) { try ResumeCommand(arguments: arguments) }
  }

  @Test(
    "help names each option, on the standard output and with 0; what is wrong is one line on standard error, with 2")
  func output() async throws {
    let help = try await Program.run(Product.path("sse-resume"), ["--help"])
    for words in ["--port NUMBER", "50082", "--interval-ms NUMBER", "--data FILE", "--show", "--folder FOLDER"] {
      #expect(help.output.contains(words))
    }
    #expect(help.status == 0)
    let refused = try await Program.run(Product.path("sse-resume"), ["follow", "--port"])
    #expect(refused.errors == "sse-resume: unknown argument \"--port\"; see sse-resume --help\n")
    #expect(refused.status == 2)
  }
}
