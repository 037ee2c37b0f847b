import Testing

@Suite("Requests that the service's clients make")
struct RequestTests {
  private let json = #"{"hello": "world"}"#

  @Test("a GET with the headers of an event stream and no ID")
  func defaults() async throws {
    try await withHarness { harness in
      let (_, stream) = try await harness.startStream()
      #expect(stream.head.hasPrefix("GET /stream HTTP/1.1\r\n"))
      #expect(stream.field("Accept") == "text/event-stream")
      #expect(stream.field("Cache-Control") == "no-cache")
      #expect(stream.field("Last-Event-ID") == nil)
    }
  }

  @Test("headers and the ID to begin with are the harness's")
  func headers() async throws {
    try await withHarness { harness in
      let (_, stream) = try await harness.startStream {
        $0.headers = ["header-name-1": "value-1", "header-name-2": "value-2"]
        $0.lastEventId = "abc"
      }
      #expect(stream.field("header-name-1") == "value-1")
      #expect(stream.field("header-name-2") == "value-2")
      #expect(stream.field("Last-Event-ID") == "abc")
    }
  }

  @Test("method and body are the harness's, again after a reconnect", arguments: ["POST", "REPORT"])
  func body(method: String) async throws {
    try await withHarness { harness in
      let client = try await harness.startClient {
        $0.headers = ["content-type": "application/json; charset=utf-8"]
        $0.method = method
        $0.body = json
      }
      for _ in 1...2 {
        let stream = try await harness.acceptStream()
        #expect(stream.head.hasPrefix("\(method) /stream HTTP/1.1\r\n"))
        #expect(stream.field("Content-Type") == "application/json; charset=utf-8")
        #expect(stream.body == json)
        try await stream.end()
        try await harness.callbacks.expectError()
      }
      #expect(try await harness.request("DELETE", client).status == 204)
    }
  }

  @Test("204 ends it for good, until the harness restarts it")
  func noContent() async throws {
    try await withHarness { harness in
      let client = try await harness.startClient()
      try await harness.answerNextRequest("HTTP/1.1 204 No Content\r\n\r\n")
      try await harness.expectNoRequest()
      #expect(try await harness.request("POST", client, #"{"command": "restart"}"#).status == 202)
      _ = try await harness.acceptStream()
    }
  }

  @Test("redirects are followed", arguments: ["301 Moved Permanently", "307 Temporary Redirect"])
  func redirects(status: String) async throws {
    try await withHarness { harness in
      _ = try await harness.startClient()
      try await harness.answerNextRequest("HTTP/1.1 \(status)\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
      let stream = try await harness.acceptStream()
      #expect(stream.head.hasPrefix("GET /elsewhere "))
      try await stream.send("data: hello\n\n")
      try await harness.callbacks.expect(.event("hello"))
    }
  }

  @Test("a redirect without a location is an error", arguments: ["301 Moved Permanently", "307 Temporary Redirect"])
  func missingLocation(status: String) async throws {
    try await withHarness { harness in
      _ = try await harness.startClient()
      try await harness.answerNextRequest("HTTP/1.1 \(status)\r\nContent-Length: 0\r\n\r\n")
      let error = try await harness.callbacks.expectError()
      #expect(error.contains("does not say where to"))
      try await harness.expectNoRequest()
    }
  }

  /// An empty location is the same URL again (RFC 3986, 4.4): a circle.
  @Test("a redirect to nowhere is an error too", arguments: ["301 Moved Permanently", "307 Temporary Redirect"])
  func emptyLocation(status: String) async throws {
    try await withHarness { harness in
      _ = try await harness.startClient()
      async let told = harness.callbacks.expectError()
      for _ in 0...20 {
        try await harness.answerNextRequest("HTTP/1.1 \(status)\r\nLocation: \r\nContent-Length: 0\r\n\r\n")
      }
      #expect(try await told.contains("one redirect more than 20"))
      try await harness.expectNoRequest()
    }
  }

  @Test(
    "what is no event stream is an error and ends it",
    arguments: [
      ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "404 Not Found"),
      ("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", "500 Internal Server Error"),
      ("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n", "'text/html', not text/event-stream"),
      ("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1"),
    ])
  func refusals(answer: String, words: String) async throws {
    try await withHarness { harness in
      _ = try await harness.startClient()
      try await harness.answerNextRequest(answer)
      #expect(try await harness.callbacks.expectError().contains(words))
      try await harness.expectNoRequest()
    }
  }

  @Test("a refusal for the time being is an error, and asked again", arguments: ["429 Too Many Requests", "503 Busy"])
  func retriedStatuses(status: String) async throws {
    try await withHarness { harness in
      _ = try await harness.startClient()
      try await harness.answerNextRequest("HTTP/1.1 \(status)\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n")
      try await harness.callbacks.expectError()
      _ = try await harness.acceptStream()
    }
  }
}
