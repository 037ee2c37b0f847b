import Testing

@testable import SSEExampleClock

@Suite("The clock's command line")
struct ClockCommandTests {
  @Test("without arguments it serves with the defaults")
  func defaults() throws {
    guard case .serve(let options) = try ClockCommand(arguments: []) else { return #expect(Bool(false)) }
    #expect(options.host == "127.0.0.1")
    #expect(options.port == 50_080)
    #expect(options.interval == .seconds(1))
    #expect(options.count == 10)
    #expect(options.reactFolder == nil)
  }

  @Test(
    "it understands",
    arguments: [
      (["--port", "8080"], .serve(ServeOptions(port: 8080))),
      (["--port=0", "--host", "::1"], .serve(ServeOptions(host: "::1", port: 0))),
      (["--interval-ms", "50", "--count=0"], .serve(ServeOptions(interval: .milliseconds(50), count: 0))),
      (["--react", "a=b"], .serve(ServeOptions(reactFolder: "a=b"))),
      (["--react=a=b"], .serve(ServeOptions(reactFolder: "a=b"))),
      (["follow"], .follow(url: "http://127.0.0.1:50080/events/stream")),
      (["follow", "http://host/path"], .follow(url: "http://host/path")),
      (["--help"], .help),
      (["follow", "-h"], .help),
    ] as [([String], ClockCommand)])
  func understood(arguments: [String], command: ClockCommand) throws {
    #expect(try ClockCommand(arguments: arguments) == command)
  }

  @Test(
    "it refuses",
    arguments: [
      (["--port", "65536"], .notANumber(option: "--port", value: "65536", allowed: 0...65_535)),
      (["--port", "-1"], .notANumber(option: "--port", value: "-1", allowed: 0...65_535)),
      (["--port=http"], .notANumber(option: "--port", value: "http", allowed: 0...65_535)),
      (["--interval-ms", "0"], .notANumber(option: "--interval-ms", value: "0", allowed: 1...86_400_000)),
      (["--count", "1.5"], .notANumber(option: "--count", value: "1.5", allowed: 0...1_000_000_000)),
      (["--port"], .missingValue(option: "--port")),
      (["--host="], .missingValue(option: "--host")),
      (["--prot", "1"], .unknownOption("--prot")),
      (["follow", "--count", "1"], .unknownOption("--count")),
      (["serve"], .unexpectedArgument("serve")),
      (["follow", "http://a/", "http://b/"], .unexpectedArgument("http://b/")),
    ] as [([String], UsageError)])
  func refused(arguments: [String], error: UsageError) {
    #expect(throws: error) { try ClockCommand(arguments: arguments) }
  }

  @Test(
    "the help names each option and its default",
    arguments: [
      "--host ADDRESS", "127.0.0.1", "--port NUMBER", "50080", "--interval-ms NUMBER", "1000", "--count NUMBER", "10",
      "--react FOLDER", ReactLibrary.defaultFolder, "sse-clock follow [URL]", ClockCommand.defaultURL,
    ])
  func help(words: String) {
    #expect(ClockCommand.help { $0 }.contains(words))
  }
}
