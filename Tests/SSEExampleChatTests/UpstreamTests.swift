import Foundation
import SSEClient
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@testable import SSEExampleChat

/// What stands between the head of a stream and its first event.
private let streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"

@Suite("A chat in front of a real API")
struct UpstreamTests {
  @Test("passes the request on as it came, with the key in the provider's field", arguments: Provider.allCases)
  func request(provider: Provider) async throws {
    let body = question("Hello", more: #""unknown":[1.50],"#)
    try await withUpstream { upstream, baseURL in
      async let answer = exchange(
        baseURL, "POST", provider.path, "Authorization: Bearer the-readers\r\nAnthropic-Version: 2023-06-01\r\n",
        body: body)
      let connection = try await upstream.accept()
      let head = try await connection.read(through: "\r\n\r\n")
      #expect(head.hasPrefix("POST \(provider.path) HTTP/1.1\r\n"))
      #expect(head.contains("Content-Type: application/json\r\n"))
      #expect(head.contains("Anthropic-Version: 2023-06-01\r\n"))
      #expect(head.contains(provider == .openAI ? "Authorization: Bearer the-key\r\n" : "X-Api-Key: the-key\r\n"))
      #expect(!head.contains("the-readers"))
      #expect(String(decoding: try await connection.read(count: body.utf8.count), as: UTF8.self) == body)
      try await connection.write(streamHead)
      connection.close()
      #expect(try await answer.status == 200)
    }
  }

  @Test("passes the answer on event by event, comments and types included, each as soon as it comes")
  func events() async throws {
    try await withUpstream { upstream, baseURL in
      let reader = try await RawConnection.connect(port: baseURL.port ?? 0)
      let body = question("Hello")
      try await reader.write("POST /v1/messages HTTP/1.0\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      let connection = try await upstream.accept()
      try await connection.read(through: body)
      try await connection.write(streamHead)
      try await reader.read(through: "\r\n\r\n")
      for event in [": wait\n\n", "event: ping\ndata: {\"type\":\"ping\"}\n\n", "id: 7\ndata: a\ndata: b\n\n"] {
        try await connection.write(event)
        #expect(try await reader.read(through: "\n\n") == event)
      }
      connection.close()
      #expect(try await reader.readToEnd().isEmpty)
    }
  }

  @Test("passes an error on with its status, its body and what it says about trying again")
  func errors() async throws {
    let body = #"{"error":{"message":"slow down","type":"rate_limit_error"}}"#
    try await withUpstream { upstream, baseURL in
      async let answer = exchange(baseURL, "POST", "/v1/messages", body: question("Hello"))
      let connection = try await upstream.accept()
      try await connection.read(through: "\r\n\r\n")
      try await connection.write(
        "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nRetry-After: 7\r\nSet-Cookie: a=b\r\n"
          + "Request-Id: req_1\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      let received = try await answer
      #expect(received.status == 429)
      #expect(received.body == body)
      #expect(received.head.contains("Retry-After: 7\r\n"))
      #expect(received.head.contains("Request-Id: req_1\r\n"))
      #expect(!received.head.contains("Set-Cookie"))
    }
  }

  @Test("passes an answer in one piece on, where no stream was asked for")
  func whole() async throws {
    // More than the client keeps of a refused answer by default.
    let body = "{\"text\":\"\(String(repeating: "word ", count: 10_000))\"}"
    try await withUpstream { upstream, baseURL in
      async let answer = exchange(baseURL, "POST", "/v1/chat/completions", body: question("Hello", stream: false))
      let connection = try await upstream.accept()
      try await connection.read(through: "\r\n\r\n")
      try await connection.write(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      let received = try await answer
      #expect(received.status == 200)
      #expect(received.body == body)
    }
  }

  @Test("an answer that is none, or no answer, is 502 in the provider's form", arguments: Provider.allCases)
  func badGateway(provider: Provider) async throws {
    try await withUpstream { upstream, baseURL in
      async let page = exchange(baseURL, "POST", provider.path, body: question("Hello"))
      let connection = try await upstream.accept()
      try await connection.read(through: "\r\n\r\n")
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<p>\n")
      let answer = try await page
      #expect(answer.status == 502)
      #expect(answer.json.text("error.message")?.hasPrefix("upstream: ") == true)
      #expect(!answer.body.contains("the-key"))

      async let silence = exchange(baseURL, "POST", provider.path, body: question("Hello"))
      try await upstream.accept().close()
      #expect(try await silence.status == 502)
    }
  }

  @Test("a stream that breaks off upstream breaks off here, so that half an answer is not taken for a whole one")
  func cut() async throws {
    try await withUpstream { upstream, baseURL in
      let reader = try await RawConnection.connect(port: baseURL.port ?? 0)
      let body = question("Hello")
      try await reader.write(
        "POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      let connection = try await upstream.accept()
      try await connection.read(through: body)
      try await connection.write("\(streamHead)data: a\n\n")
      try await reader.read(through: "data: a\n\n")
      connection.reset()
      #expect(try await reader.readToEnd() == "\r\n", "no last chunk")
    }
  }

  @Test(
    "a reader that leaves cancels the request to upstream at once",
    arguments: ["before its head", "before its first event", "between two events"], [true, false])
  func leaving(when: String, streams: Bool) async throws {
    try await withUpstream { upstream, baseURL in
      let reader = try await RawConnection.connect(port: baseURL.port ?? 0)
      let body = question("Hello", stream: streams)
      try await reader.write(
        "POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      let connection = try await upstream.accept()
      try await connection.read(through: body)
      if when != "before its head" {
        try await connection.write(streamHead)
        try await reader.read(through: "\r\n\r\n")
      }
      if when == "between two events" {
        try await connection.write("data: a\n\n")
        try await reader.read(through: "data: a\n\n")
      }
      reader.close()
      #expect([.endOfFile, .reset].contains(try await connection.ending()))
    }
  }

  @Test("the article's conversation gets its text from upstream's chat completions")
  func conversation() async throws {
    try await withUpstream { upstream, baseURL in
      async let answer = exchange(baseURL, "GET", "/conversation?prompt=Hello")
      let connection = try await upstream.accept()
      let head = try await connection.read(through: "\r\n\r\n")
      #expect(head.contains("Authorization: Bearer the-key\r\n"))
      let request = try await connection.read(through: "}]")
      #expect(request.contains(#""content":"Hello""#))
      try await connection.write(
        streamHead + ["Hel", "lo"].map { "data: {\"choices\":[{\"delta\":{\"content\":\"\($0)\"}}]}\n\n" }.joined()
          + "data: [DONE]\n\n")
      let texts = try await answer.payloads.dropLast().map { $0.text("message.content.parts.0") }
      #expect(texts == ["Hel", "Hello", "Hello"])
      #expect([.endOfFile, .reset].contains(try await connection.ending()))
    }
  }

  @Test("a key is shown nowhere")
  func key() {
    let key = APIKey(text: "the-key")
    let upstream = Upstream(baseURL: URL(filePath: "/"), key: key, model: "m")
    var dumped = ""
    dump(upstream, to: &dumped)
    for text in ["\(key)", String(reflecting: key), "\(upstream)", "\(TextSource.upstream(upstream))"] {
      #expect(!text.contains("the-key"), "\(text)")
    }
  }

  /// A chat in front of a peer that the test writes byte by byte.
  private func withUpstream(_ body: (_ upstream: RawListener, _ baseURL: URL) async throws -> Void) async throws {
    let listener = try RawListener()
    let url = try #require(URL(string: listener.url))
    let source = TextSource.upstream(Upstream(baseURL: url, key: APIKey(text: "the-key"), model: "m"))
    try await withEventServer(chatRouter(source), configuration: chatConfiguration(source)) { baseURL in
      try await body(listener, baseURL)
    }
  }
}
