import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@testable import SSEExampleChat

private let generator = WordGenerator(pause: .zero, seed: 1)
private let hello = ["Hello!", " How", " can", " I", " assist", " you", " today?"]
private let openAI = "/v1/chat/completions"
private let anthropic = "/v1/messages"

@Suite("The chat's answers")
struct ChatAnswerTests {
  @Test("OpenAI's stream is the role, the text, the reason of the end and [DONE]; usage where it is asked for")
  func openAIStream() async throws {
    try await withEventServer(chatRouter(.generator(generator))) { baseURL in
      let usage = #""stream_options":{"include_usage":true},"#
      // The Python SDK asks for JSON also where it asks for a stream.
      let answer = try await exchange(
        baseURL, "POST", openAI, "Accept: application/json\r\n", body: question("Hello", more: usage))
      #expect(answer.head.contains("Content-Type: text/event-stream\r\n"))
      #expect(answer.events.last?.data == "[DONE]")
      let chunks = Array(answer.payloads.dropLast())
      #expect(chunks.allSatisfy { $0["object"] as? String == "chat.completion.chunk" && $0["model"] as? String == "m" })
      #expect(Set(chunks.map { $0["id"] as? String }).count == 1)
      #expect(chunks.first?.text("choices.0.delta.role") == "assistant")
      #expect(chunks.dropFirst().dropLast(2).map { $0.text("choices.0.delta.content") } == hello)
      #expect(chunks[chunks.count - 2].text("choices.0.finish_reason") == "stop")
      #expect(chunks.last?["choices"] as? [String] == [])
      #expect((chunks.last?["usage"] as? NSDictionary)?["total_tokens"] as? Int == 8)

      let plain = try await exchange(baseURL, "POST", openAI, body: question("Hello"))
      #expect(plain.payloads.allSatisfy { $0["usage"] == nil })
      #expect(plain.payloads.count == chunks.count)
      // Some clients look for the key and not for its value.
      #expect(plain.body.contains(#""finish_reason":null"#))
    }
  }

  @Test("Anthropic's stream opens a message and a block, adds to it, and closes both; each event names its type")
  func anthropicStream() async throws {
    try await withEventServer(chatRouter(.generator(generator))) { baseURL in
      let answer = try await exchange(baseURL, "POST", anthropic, body: question("Hello"))
      let deltas = [String](repeating: "content_block_delta", count: 7)
      #expect(
        answer.events.map(\.type) == ["message_start", "content_block_start", "ping"] + deltas + [
          "content_block_stop", "message_delta", "message_stop",
        ])
      #expect(answer.payloads.map { $0["type"] as? String } == answer.events.map(\.type))
      #expect(answer.payloads.compactMap { $0.text("delta.text") } == hello)
      #expect(answer.payloads.first?.text("message.role") == "assistant")
      #expect(answer.payloads.dropLast().last?.text("delta.stop_reason") == "end_turn")
    }
  }

  @Test("the article's stream holds the whole text so far in each event, and ends with [DONE]")
  func conversation() async throws {
    try await withEventServer(chatRouter(.generator(generator))) { baseURL in
      let answer = try await exchange(baseURL, "GET", "/conversation?prompt=Hello")
      let texts = answer.payloads.dropLast().map { $0.text("message.content.parts.0") ?? "" }
      #expect(texts == hello.indices.map { hello[...$0].joined() } + ["Hello! How can I assist you today?"])
      #expect(answer.payloads.dropLast().last?.text("message.status") == "finished_successfully")
      #expect(answer.events.last?.data == "[DONE]")
    }
  }

  @Test("who does not ask for a stream gets the whole answer", arguments: [openAI, anthropic])
  func whole(path: String) async throws {
    try await withEventServer(chatRouter(.generator(generator))) { baseURL in
      let answer = try await exchange(baseURL, "POST", path, body: question("Hello", stream: false))
      #expect(answer.head.contains("Content-Type: application/json\r\n"))
      let text = answer.json.text(path == openAI ? "choices.0.message.content" : "content.0.text")
      #expect(text == "Hello! How can I assist you today?")
    }
  }

  @Test("what is answered is what the user said last, as a text or in parts")
  func prompts() async throws {
    try await withEventServer(chatRouter(.generator(generator))) { baseURL in
      let messages = #"""
        {"role":"system","content":"Be brief."},{"role":"user","content":"one"},{"role":"assistant","content":null},
        {"role":"user","content":[{"type":"image_url"},{"type":"text","text":"Hello"}]}
        """#
      let answer = try await exchange(baseURL, "POST", openAI, body: "{\"messages\":[\(messages)]}")
      #expect(answer.json.text("choices.0.message.content") == "Hello! How can I assist you today?")
    }
  }

  // MARK: - Refusals

  struct Refusal: Sendable, CustomTestStringConvertible {
    var method = "POST"
    let body: String
    let status: Int
    let words: String

    var testDescription: String { "\(method) \(body.prefix(40))" }
  }

  @Test(
    "what is refused is refused in the provider's form, with words that help",
    arguments: [
      Refusal(body: "{", status: 400, words: "the body is not valid JSON"),
      Refusal(body: "[]", status: 400, words: "the body is JSON, but not an object"),
      Refusal(body: "{}", status: 400, words: "'messages' is missing"),
      Refusal(body: #"{"messages":[]}"#, status: 400, words: "'messages' is empty"),
      Refusal(body: #"{"messages":null}"#, status: 400, words: "'messages' is null"),
      Refusal(body: #"{"messages":[{"content":"a"}]}"#, status: 400, words: "'messages[0].role' is missing"),
      Refusal(
        body: #"{"messages":[{"role":"user","content":1}]}"#, status: 400,
        words: "'messages[0].content' is of the wrong type"),
      Refusal(method: "GET", body: "", status: 405, words: "GET is not allowed here; use POST"),
    ], [openAI, anthropic])
  func refusals(refusal: Refusal, path: String) async throws {
    try await withEventServer(chatRouter(.generator(generator))) { baseURL in
      let answer = try await exchange(baseURL, refusal.method, path, body: refusal.body)
      #expect(answer.status == refusal.status)
      #expect(answer.json.text("error.message") == refusal.words)
      if path == openAI {
        #expect(answer.json.text("error.type") == "invalid_request_error")
        #expect((answer.json["error"] as? NSDictionary)?["code"] is NSNull)
      } else {
        #expect(answer.json["type"] as? String == "error")
        #expect(answer.json.text("error.type") == "invalid_request_error")
      }
      if refusal.status == 405 { #expect(answer.head.contains("Allow: OPTIONS, POST\r\n")) }
    }
  }

  @Test("a body that is too large is refused in the provider's form, before it has come")
  func tooLarge() async throws {
    let source = TextSource.generator(generator)
    try await withEventServer(chatRouter(source), configuration: chatConfiguration(source)) { baseURL in
      let connection = try await RawConnection.connect(port: baseURL.port ?? 0)
      try await connection.write("POST \(anthropic) HTTP/1.1\r\nHost: a\r\nContent-Length: 8388609\r\n\r\n")
      let answer = try await connection.read(through: #","type":"error"}"#)
      #expect(answer.hasPrefix("HTTP/1.1 413"))
      #expect(answer.contains(#"{"error":{"message":"Content Too Large","type":"request_too_large"}"#))
    }
  }

  @Test(
    "a page of another site cannot ask", arguments: ["POST \(openAI)", "POST \(anthropic)", "GET /conversation"],
    ["cross-site", "same-site"])
  func otherSites(request: String, site: String) async throws {
    let parts = request.split(separator: " ").map(String.init)
    try await withEventServer(chatRouter(.generator(generator))) { baseURL in
      for (asker, status) in [(site, 403), ("same-origin", 200), ("none", 200)] {
        let field = "Sec-Fetch-Site: \(asker)\r\n"
        let body = parts[0] == "POST" ? question("Hello") : ""
        let answer = try await exchange(baseURL, parts[0], parts[1], field, body: body)
        #expect(answer.status == status)
        if status == 403, parts[0] == "POST" { #expect(answer.json.text("error.message") == "Forbidden") }
      }
    }
  }

  // MARK: - Leaving

  @Test(
    "a reader that leaves cancels the generator in the middle of its pause",
    arguments: ["POST \(openAI)", "POST \(anthropic)", "GET /conversation"])
  func leaving(request: String) async throws {
    let outcomes = Recorder<WordGenerator.Outcome>()
    var generator = WordGenerator(pause: .seconds(3_600), seed: 1)
    generator.onEnd = { outcomes.note($0) }
    let body = request.hasPrefix("POST") ? question("Hello") : ""
    try await withEventServer(chatRouter(.generator(generator))) { baseURL in
      let connection = try await RawConnection.connect(port: baseURL.port ?? 0)
      try await connection.write("\(request) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      try await connection.read(through: "\r\n\r\n")
      #expect(outcomes.values.isEmpty)
      connection.close()
      try await outcomes.wait(for: .init(writtenWords: 0, words: 7))
    }
  }

  // MARK: - Pages

  @Test(
    "the pages need nothing from elsewhere, and a model's name stays in its attribute", arguments: PageKind.allCases)
  func pages(kind: PageKind) {
    let page = chatPage(kind, model: "a\"><script>&")
    #expect(page.contains(#"data-model="a&quot;>&lt;script>&amp;""#))
    for reference in page.matches(of: /(?:src|href)="([^"]*)"/) {
      #expect(reference.1.hasPrefix("/") || reference.1.hasPrefix("data:"), "\(reference.1)")
    }
  }

  @Test(
    "what the pages refer to is there",
    arguments: [
      ("/", "text/html"), ("/event-source", "text/html"), ("/chat.css", "text/css"), ("/chat.js", "text/javascript"),
    ])
  func files(path: String, type: String) async throws {
    try await withEventServer(chatRouter(.generator(generator))) { baseURL in
      let answer = try await exchange(baseURL, "GET", path)
      #expect(answer.status == 200)
      #expect(answer.head.contains("Content-Type: \(type); charset=utf-8\r\n"))
    }
  }

  @Test(
    "the log tells of those who asked, and of nobody else",
    arguments: [
      ("/conversation", .ok, .readerLeft, "127.0.0.1 has left: /conversation"),
      ("/v1/messages", .ok, .complete, "127.0.0.1 has read to the end: /v1/messages"),
      ("/v1/messages", .badRequest, .complete, "127.0.0.1 was refused with 400 Bad Request: /v1/messages"),
      ("/", .ok, .complete, nil),
    ] as [(String, HTTPStatus, EventServerAccessRecord.Ending, String?)])
  func log(path: String, status: HTTPStatus, ending: EventServerAccessRecord.Ending, words: String?) {
    let record = accessRecord(path: path, status: status, ending: ending)
    #expect(logLine(record)?.split(separator: "  ").last.map(String.init) == words.map { "\($0), 2 events in 1.4 s" })
  }
}
