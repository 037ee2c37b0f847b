import Foundation
import SSEClient
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@testable import SSEExampleChat

private let sseChat = Product.path("sse-chat")

@Suite("The program sse-chat")
struct SSEChatTests {
  @Test("it says at once where to look, though its output is no terminal, and writes no colours then")
  func welcome() async throws {
    try await withRunningProgram(sseChat, ["serve", "--port", "0"]) { chat in
      let port = try await chat.output(matching: /Page +http:\/\/127\.0\.0\.1:(\d+)\/\n/)
      let output = chat.output
      #expect(output.contains("curl -N 'http://127.0.0.1:\(port)/conversation?prompt=Hello'\n"))
      #expect(output.contains("base_url=\"http://127.0.0.1:\(port)/v1\""))
      #expect(!output.contains("\u{1B}"))
    }
  }

  @Test("ask prints the reply and a line end, in each format, and ends with 0", arguments: Question.Format.allCases)
  func ask(format: Question.Format) async throws {
    let router = chatRouter(.generator(WordGenerator(pause: .zero, seed: 1)))
    try await withEventServer(router) { baseURL in
      let arguments = ["ask", "Hello", "--format", format.rawValue, "--url", baseURL.absoluteString]
      let result = try await Program.run(sseChat, arguments)
      #expect(result.output == "Hello! How can I assist you today?\n")
      #expect(result.errors.isEmpty)
      #expect(result.status == 0)
    }
  }

  @Test("an output that cannot be written is one line and 1")
  func fullDisk() async throws {
    try await withEventServer(chatRouter(.generator(WordGenerator(pause: .zero, seed: 1)))) { baseURL in
      let result = try await Program.run("sh", ["-c", "'\(sseChat)' ask Hello --url \(baseURL) > /dev/full"])
      #expect(result.errors.hasPrefix("sse-chat: standard output: "))
      #expect(result.errors.filter(\.isNewline).count == 1)
      #expect(result.status == 1)
    }
  }

  @Test("ask prints each word when it comes; Ctrl-C closes the connection and ends the line, with 130")
  func interrupt() async throws {
    let listener = try RawListener()
    try await withRunningProgram(sseChat, ["ask", "Hello", "--url", listener.url]) { chat in
      let connection = try await listener.accept()
      try await connection.read(through: "}]")
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
      for word in ["one", " two"] {
        try await connection.write("data: {\"choices\":[{\"delta\":{\"content\":\"\(word)\"}}]}\n\n")
      }
      _ = try await chat.output(matching: /(one two)/)
      try await chat.sendOnceCaught(SIGINT)
      try await eventually("it ends") { chat.exitStatus != nil }
      #expect(chat.exitStatus == 130)
      #expect(chat.output == "one two\n")
      #expect([.endOfFile, .reset].contains(try await connection.ending()))
    }
  }

  @Test("nothing in a reply steers the terminal")
  func controls() async throws {
    let listener = try RawListener()
    try await withRunningProgram(sseChat, ["ask", "Hello", "--url", listener.url]) { chat in
      let connection = try await listener.accept()
      try await connection.read(through: "}]")
      let text = #"a\u001b[31mb\u0007c\nd"#
      try await connection.write(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
          + "data: {\"choices\":[{\"delta\":{\"content\":\"\(text)\"}}]}\n\ndata: [DONE]\n\n")
      try await eventually("it ends") { chat.exitStatus != nil }
      #expect(chat.output == "a[31mbc\nd\n")
    }
  }

  @Test("serve takes the key from the environment, sends it upstream, and shows it nowhere")
  func key() async throws {
    let upstream = try RawListener()
    let arguments = ["serve", "--port=0", "--upstream", "\(upstream.url)/v1", "--key-env", "CHAT_KEY"]
    try await withRunningProgram(sseChat, arguments, environment: ["CHAT_KEY": "the-key"]) { chat in
      let port = try await chat.port()
      let url = try #require(URL(string: "http://127.0.0.1:\(port)"))
      async let answer = exchange(url, "POST", "/v1/chat/completions", body: question("Hello"))
      let connection = try await upstream.accept()
      let head = try await connection.read(through: "\r\n\r\n")
      #expect(head.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\n"))
      #expect(head.contains("Authorization: Bearer the-key\r\n"))
      connection.close()
      #expect(try await answer.status == 502)
      _ = try await chat.output(matching: /was refused with (502)/)
      #expect(!chat.output.contains("the-key"))
    }
  }

  @Test("serve says which reader has left, and after how many words the generator ended")
  func leaving() async throws {
    try await withRunningProgram(sseChat, ["serve", "--port=0", "--pause-ms", "20"]) { chat in
      let url = try #require(URL(string: "http://127.0.0.1:\(try await chat.port())"))
      for try await _ in EventClient().conversation(about: "Tell me more", at: url) { break }
      _ = try await chat.output(matching: /the word generator (was cancelled after \d+ of \d+ words)\n/)
      _ = try await chat.output(matching: /(127\.0\.0\.1 has left: \/conversation, \d+ events)/)
    }
  }

  @Test("a signal lets a reply come to its end, then it ends with 0", arguments: [SIGINT, SIGTERM])
  func signals(signal: Int32) async throws {
    try await withRunningProgram(sseChat, ["serve", "--port=0", "--pause-ms=20"]) { chat in
      let url = try #require(URL(string: "http://127.0.0.1:\(try await chat.port())"))
      var last = ""
      for try await text in EventClient().conversation(about: "Hello", at: url) {
        if last.isEmpty { chat.send(signal) }
        last = text
      }
      #expect(last == "Hello! How can I assist you today?")
      try await eventually("it ends with 0") { chat.exitStatus == 0 }
    }
  }

  /// What the program is told, what its one line on standard error says, and how it ends.
  struct BadInput: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    let words: String
    var status: Int32 = 1

    var testDescription: String { arguments.joined(separator: " ") }
  }

  @Test(
    "bad input gets one readable line and a status that is not 0",
    arguments: [
      BadInput(arguments: ["say"], words: "there is no command \"say\"", status: 2),
      BadInput(arguments: ["ask"], words: "there is nothing to ask", status: 2),
      BadInput(
        arguments: ["ask", "Hello", "--key-env", "SSE_NO_SUCH_KEY"],
        words: "the environment variable SSE_NO_SUCH_KEY is empty or not set", status: 2),
      // Port 1 is a service that no machine of today has.
      BadInput(arguments: ["ask", "Hello", "--url", "http://127.0.0.1:1"], words: "refused"),
      BadInput(arguments: ["serve", "--host", "nowhere"], words: "nowhere:50081 is not an address of this machine"),
    ])
  func badInput(input: BadInput) async throws {
    let result = try await Program.run(sseChat, input.arguments)
    #expect(result.errors.hasPrefix("sse-chat: "))
    #expect(result.errors.contains(input.words))
    #expect(result.errors.filter(\.isNewline).count == 1)
    #expect(result.output.isEmpty)
    #expect(result.status == input.status)
  }

  @Test("help goes to the standard output, with 0")
  func help() async throws {
    let result = try await Program.run(sseChat, ["--help"])
    #expect(result.output.contains("USAGE"))
    #expect(result.errors.isEmpty)
    #expect(result.status == 0)
  }
}
