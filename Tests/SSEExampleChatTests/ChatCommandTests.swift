import Foundation
import Testing

@testable import SSEExampleChat

@Suite("The chat's command line")
struct ChatCommandTests {
  @Test("serve has a default for everything")
  func defaults() throws {
    let options = ServeOptions()
    #expect(try ChatCommand(arguments: ["serve"]) == .serve(options))
    #expect(options.host == "127.0.0.1")
    #expect(options.port == 50_081)
    #expect(options.pause == .milliseconds(60))
    #expect(options.upstream == nil)
  }

  @Test(
    "it understands",
    arguments: [
      ([], .help),
      (["--help"], .help),
      (["ask", "-h"], .help),
      (["serve", "--port=0", "--host", "::1"], .serve(ServeOptions(host: "::1", port: 0))),
      (["serve", "--pause-ms", "0", "--seed=7"], .serve(ServeOptions(pause: .zero, seed: 7))),
      (
        ["serve", "--upstream", "https://api.example.com/v1/", "--key-env", "KEY", "--model", "m"],
        .serve(ServeOptions(upstream: URL(string: "https://api.example.com/"), keyVariable: "KEY", model: "m"))
      ),
      (["ask", "Hello"], .ask(Question(prompt: "Hello"))),
      (["ask", "--format", "anthropic", "Hello", "there"], .ask(Question(prompt: "Hello there", format: .anthropic))),
      (["ask", "--url=http://host:1", "Hi"], .ask(Question(prompt: "Hi", url: "http://host:1"))),
      (["ask", "--", "--help"], .ask(Question(prompt: "--help"))),
    ] as [([String], ChatCommand)])
  func understood(arguments: [String], command: ChatCommand) throws {
    #expect(try ChatCommand(arguments: arguments) == command)
  }

  @Test(
    "it refuses",
    arguments: [
      (["say"], .unknownCommand("say")),
      (["serve", "--port", "65536"], .notANumber(option: "--port", value: "65536", allowed: "0 to 65535")),
      (["serve", "--pause-ms=-1"], .notANumber(option: "--pause-ms", value: "-1", allowed: "0 to 60000")),
      (["serve", "--host="], .missingValue(option: "--host")),
      (["serve", "--port"], .missingValue(option: "--port")),
      (["serve", "Hello"], .unexpectedArgument("Hello")),
      (["serve", "--format", "openai"], .unknownOption("--format")),
      (["serve", "--key-env", "KEY"], .keyWithoutUpstream),
      (["serve", "--upstream", "api.example.com"], .notAURL(option: "--upstream", value: "api.example.com")),
      (["ask"], .nothingAsked),
      (["ask", "Hello", "--format", "xml"], .unknownFormat("xml")),
      (["ask", "Hello", "--url", "ftp://host/"], .notAURL(option: "--url", value: "ftp://host/")),
      (["ask", "Hello", "--url", "http:///"], .notAURL(option: "--url", value: "http:///")),
    ] as [([String], UsageError)])
  func refused(arguments: [String], error: UsageError) {
    #expect(throws: error) { try ChatCommand(arguments: arguments) }
  }

  @Test(
    "the help names each option and its default",
    arguments: [
      "sse-chat serve [OPTIONS]", "sse-chat ask PROMPT [OPTIONS]", "--host ADDRESS", "127.0.0.1", "--port NUMBER",
      "50081",
      "--pause-ms NUMBER", "60", "--seed NUMBER", "--upstream URL", "--key-env NAME", "--model NAME", "--url URL",
      Question.defaultURL, "--format FORMAT", "openai, anthropic, conversation",
    ])
  func help(words: String) {
    #expect(ChatCommand.help { $0 }.contains(words))
  }

  @Test("a key is what its variable holds, and a variable that holds nothing is an error")
  func keys() throws {
    #expect(try APIKey(variable: nil, environment: ["KEY": "a"]) == nil)
    #expect(try APIKey(variable: "KEY", environment: ["KEY": "a"]) == APIKey(text: "a"))
    for environment in [[:], ["KEY": ""]] {
      #expect(throws: UsageError.noKey(variable: "KEY")) { try APIKey(variable: "KEY", environment: environment) }
    }
  }
}
