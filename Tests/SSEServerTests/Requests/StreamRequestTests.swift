import SSEServer
import SSETestSupport
import SSETesting
import Testing

/// What requests ask of an event stream.
@Suite struct StreamRequestTests {
  @Test(
    "S12: HEAD on a stream route gets the head alone; the handler does not run",
    arguments: ["/handler", "/sequence", "/topic"])
  func head(_ path: String) async throws {
    let ran = Recorder<String>()
    var router = Router()
    router.events("/handler") { _, events in
      ran.note("handler")
      try await events.send("one")
    }
    router.events("/sequence") { _ in
      ran.note("sequence")
      return AsyncStream<ServerSentEvent> { $0.finish() }
    }
    let topic = Topic(history: 1)
    try await topic.publish(ServerSentEvent(data: "one"))
    router.events("/topic", from: topic)
    try await withEventServer(router) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      try await connection.write(request("HEAD", path, "Last-Event-ID: 0-0\r\n"))
      let response = try await connection.nextResponse(to: "HEAD")
      #expect(response.status == 200)
      #expect(response["Content-Type"] == "text/event-stream")
      #expect(response["Cache-Control"] == "no-cache, no-transform")
      #expect(response["X-Accel-Buffering"] == "no")
      #expect(response["Date"] != nil)
      if response["Connection"] == "close" {
        #expect(try await connection.readToEnd() == "")
      } else {
        #expect(try await connection.received(within: 50) == "")
      }
      #expect(ran.values == [])
    }
  }

  /// An `Accept` field and what it means for an event stream.
  struct Acceptance: Sendable, CustomTestStringConvertible {
    var field: String?
    var status: Int
    var testDescription: String { field ?? "no Accept" }

    static let all = [
      Self(field: "application/json", status: 406),
      Self(field: "*/*", status: 200),
      Self(field: "text/*", status: 200),
      Self(field: nil, status: 200),
      Self(field: "", status: 200),
      Self(field: "text/event-stream", status: 200),
      Self(field: "Text/Event-Stream; charset=utf-8", status: 200),
      Self(field: "text/event-stream;q=0", status: 406),
      Self(field: "text/event-stream;q=0, */*", status: 406),
      Self(field: "*/*;q=0", status: 406),
      Self(field: "text/*;q=0, text/event-stream;q=0.1", status: 200),
      Self(field: "application/json, text/plain, */*;q=0.1", status: 200),
      Self(field: "application/json;a=\"*/*, text/event-stream\"", status: 406),
      Self(field: "text/html", status: 406),
    ]
  }

  @Test("S13: Accept is negotiated", arguments: Acceptance.all)
  func accept(_ row: Acceptance) async throws {
    var router = Router()
    router.events("/stream") { _, events in try await events.send("one") }
    router.get("/plain") { _ in .text("hello") }
    try await withEventServer(router) { baseURL in
      let field = row.field.map { "Accept: \($0)\r\n" } ?? ""
      let response = try await exchange(baseURL, request("GET", "/stream", field))
      #expect(response.status == row.status)
      #expect(response.body.hasPrefix(row.status == 200 ? "data: one" : #"{"error":"#))
      #expect(try await exchange(baseURL, request("HEAD", "/stream", field)).status == row.status)
      #expect(try await exchange(baseURL, request("GET", "/plain", field)).status == 200)
    }
  }

  @Test("S3: a stream in HTTP/1.0 has no chunks and ends with the close; a plain answer has its length")
  func http1_0() async throws {
    var router = Router()
    router.events("/stream") { _, events in try await events.send("one") }
    router.get("/plain") { _ in .text("hello") }
    try await withEventServer(router) { baseURL in
      let stream = try await exchange(baseURL, "GET /stream HTTP/1.0\r\n\r\n")
      #expect(stream["Transfer-Encoding"] == nil)
      #expect(stream["Connection"] == "close")
      #expect(stream.body == "data: one\n\n")
      let plain = try await exchange(baseURL, "GET /plain HTTP/1.0\r\n\r\n")
      #expect(plain.body == "hello")
      #expect(plain["Content-Length"] == "5")
    }
  }
}
