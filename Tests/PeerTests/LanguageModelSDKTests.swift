import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@testable import SSEExampleChat

@Suite(
  "The official SDKs of OpenAI and Anthropic ask the chat", .serialized,
  .enabled(if: PythonEnvironment.isMade, PythonEnvironment.comment))
struct LanguageModelSDKTests {
  /// An SDK, by the program that uses it.
  enum SDK: String, CaseIterable {
    case openAI = "openai_client.py"
    case anthropic = "anthropic_client.py"

    /// OpenAI's wants the version in its base URL, Anthropic's adds it.
    func baseURL(_ server: URL) -> String { self == .openAI ? "\(server)/v1" : "\(server)" }
  }

  struct Facts: Decodable {
    var pieces: [String]?
    var reasons: [String]?
    var usage: Int?
    var status: Int?
    var message: String?
    var type: String?
  }

  static let hello = ["Hello!", " How", " can", " I", " assist", " you", " today?"]

  @Test(
    "they stream the text word by word", .timeLimit(.minutes(1)), arguments: SDK.allCases, ["stream", "stream_async"])
  func streaming(sdk: SDK, mode: String) async throws {
    try await withChat { server, _ in
      let facts: Facts = try await PythonEnvironment.run(sdk.rawValue, [sdk.baseURL(server), mode])
      #expect(facts.pieces == Self.hello)
      #expect(facts.reasons == [sdk == .openAI ? "stop" : "end_turn"])
      #expect(facts.usage == 8)
    }
  }

  @Test("they get the whole text at once", .timeLimit(.minutes(1)), arguments: SDK.allCases)
  func whole(sdk: SDK) async throws {
    try await withChat { server, _ in
      let facts: Facts = try await PythonEnvironment.run(sdk.rawValue, [sdk.baseURL(server), "whole"])
      #expect(facts.pieces == ["Hello! How can I assist you today?"])
      #expect(facts.reasons == [sdk == .openAI ? "stop" : "end_turn"])
      #expect(facts.usage == 8)
    }
  }

  @Test("they read what was wrong out of a refusal", .timeLimit(.minutes(1)), arguments: SDK.allCases)
  func errors(sdk: SDK) async throws {
    try await withChat { server, _ in
      let facts: Facts = try await PythonEnvironment.run(sdk.rawValue, [sdk.baseURL(server), "error"])
      #expect(facts.status == 400)
      #expect(facts.message == "'messages' is empty")
      #expect(facts.type == "invalid_request_error")
    }
  }

  @Test("closing their stream cancels the generator", .timeLimit(.minutes(1)), arguments: SDK.allCases)
  func stopping(sdk: SDK) async throws {
    // The whole reply would take ten seconds.
    try await withChat(pause: .milliseconds(100)) { server, outcomes in
      let program = try #require(PythonEnvironment.python)
      let arguments = [try PythonEnvironment.path(sdk.rawValue), sdk.baseURL(server), "stop"]
      try await withRunningProgram(program, arguments, environment: PythonEnvironment.variables) { client in
        let pieces = try await client.output(matching: /"pieces": \[(.*?)\]/, within: .seconds(40))
        #expect(pieces == #""You", " wrote""#)
        let outcome = try await outcomes.first { _ in true }
        #expect(outcome.writtenWords < outcome.words)
      }
    }
  }

  @Test("a stream that breaks off upstream is an error for them", .timeLimit(.minutes(1)), arguments: SDK.allCases)
  func cut(sdk: SDK) async throws {
    let listener = try RawListener()
    let url = try #require(URL(string: listener.url))
    let upstream = Upstream(baseURL: url, key: nil, model: "m")
    try await withEventServer(chatRouter(.upstream(upstream)), timeLimit: .seconds(50)) { server in
      async let facts: Facts = PythonEnvironment.run(sdk.rawValue, [sdk.baseURL(server), "cut"])
      let connection = try #require(try await listener.accept(within: 40_000))
      try await connection.read(through: "\r\n\r\n")
      let event = sdk == .openAI ? #"data: {"choices":[]}"# : "event: ping\ndata: {}"
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n\(event)\n\n")
      connection.reset()
      let message = try await facts.message
      #expect(message?.contains("Error") == true, "\(message ?? "")")
    }
  }

  private func withChat(
    pause: Duration = .zero,
    _ body: (_ server: URL, _ outcomes: Recorder<WordGenerator.Outcome>) async throws -> Void
  ) async throws {
    let outcomes = Recorder<WordGenerator.Outcome>()
    var generator = WordGenerator(pause: pause, seed: 1)
    generator.onEnd = { outcomes.note($0) }
    try await withEventServer(chatRouter(.generator(generator)), timeLimit: .seconds(50)) { server in
      try await body(server, outcomes)
    }
  }
}
