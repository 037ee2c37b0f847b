import Foundation
import SSEClient
import SSETestSupport
import SSETesting
import Testing

@testable import SSEExampleChat

@Suite("The chat's clients for two providers' APIs")
struct ChatClientTests {
  private static let openAIChunk = #"data: {"choices":[{"delta":{"content":"Hel"}}]}"# + "\n\n"
  private static let anthropicDelta =
    "event: content_block_delta\ndata: {\"delta\":{\"type\":\"text_delta\",\"text\":\"Hel\"}}\n\n"

  @Test("ask as the API wants it, and give the text piece by piece")
  func pieces() async throws {
    let seen = try await read(Self.openAIChunk + "data: {\"choices\":[]}\n\ndata: [DONE]\n\n", from: .openAI)
    #expect(seen.pieces == ["Hel"])
    #expect(seen.failure == nil)
    #expect(seen.request.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\n"))
    #expect(seen.request.contains("Authorization: Bearer the-key\r\n"))
    #expect(seen.request.hasSuffix(#"{"messages":[{"content":"Hello","role":"user"}],"model":"m","stream":true}"#))

    let events =
      "event: ping\ndata: {}\n\n\(Self.anthropicDelta)event: content_block_delta\n"
      + "data: {\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\"}}\n\nevent: message_stop\ndata: {}\n\n"
    let other = try await read(events, from: .anthropic)
    #expect(other.pieces == ["Hel"])
    #expect(other.failure == nil)
    #expect(other.request.hasPrefix("POST /v1/messages HTTP/1.1\r\n"))
    #expect(other.request.contains("X-Api-Key: the-key\r\n"))
    #expect(other.request.contains("Anthropic-Version: 2023-06-01\r\n"))
    let messages = #""messages":[{"content":"Hello","role":"user"}]"#
    #expect(other.request.hasSuffix("{\"max_tokens\":1024,\(messages),\"model\":\"m\",\"stream\":true}"))
  }

  @Test("an error in the middle of a stream is thrown with the provider's words, after what came before it")
  func errors() async throws {
    let error = #"{"error":{"type":"overloaded_error","message":"Overloaded"}}"#
    let openAI = try await read("\(Self.openAIChunk)data: \(error)\n\n", from: .openAI)
    #expect(openAI.pieces == ["Hel"])
    #expect(openAI.failure == "Overloaded")
    let anthropic = try await read("\(Self.anthropicDelta)event: error\ndata: \(error)\n\n", from: .anthropic)
    #expect(anthropic.pieces == ["Hel"])
    #expect(anthropic.failure == "Overloaded (overloaded_error)")
  }

  @Test("an answer that ends before its mark is an error, since it is cut", arguments: Provider.allCases)
  func endedEarly(provider: Provider) async throws {
    let seen = try await read(provider == .openAI ? Self.openAIChunk : Self.anthropicDelta, from: provider)
    #expect(seen.pieces == ["Hel"])
    #expect(seen.failure != nil)
  }

  private struct Seen {
    var request = ""
    var pieces: [String] = []
    var failure: String?
  }

  /// What a client makes of this stream.
  private func read(_ stream: String, from provider: Provider) async throws -> Seen {
    let listener = try RawListener()
    let url = try #require(URL(string: listener.url))
    async let request = answer(listener, with: stream)
    var seen = Seen()
    let client = EventClient()
    do {
      switch provider {
      case .openAI:
        let messages = [OpenAI.Message(role: .user, content: "Hello")]
        for try await piece in client.chatCompletion(of: messages, model: "m", at: url, key: "the-key") {
          seen.pieces.append(piece)
        }
      case .anthropic:
        let messages = [Anthropic.Message(role: .user, content: "Hello")]
        for try await piece in client.message(to: messages, model: "m", at: url, key: "the-key") {
          seen.pieces.append(piece)
        }
      }
    } catch {
      seen.failure = "\(error)"
    }
    seen.request = try await request
    return seen
  }

  /// Answers one connection; the request that came, its body included.
  private func answer(_ listener: RawListener, with stream: String) async throws -> String {
    let connection = try await listener.accept()
    let head = try await connection.read(through: "\r\n\r\n")
    let length = head.firstMatch(of: /Content-Length: (\d+)/).flatMap { Int($0.1) } ?? 0
    let body = String(decoding: try await connection.read(count: length), as: UTF8.self)
    let fields = "Content-Type: text/event-stream\r\nContent-Length: \(stream.utf8.count)\r\n"
    try await connection.write("HTTP/1.1 200 OK\r\n\(fields)\r\n\(stream)")
    return head + body
  }
}
