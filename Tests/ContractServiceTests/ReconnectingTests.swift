import SSETestSupport
import Testing

@Suite("Clients of the service that connect again")
struct ReconnectingTests {
  private let restart = #"{"command": "restart"}"#

  @Test("a restart drops the connection and connects again with the last ID, and is no error")
  func restarting() async throws {
    try await withHarness { harness in
      let (client, first) = try await harness.startStream { $0.initialDelayMs = 60_000 }
      try await first.send("id: 1\ndata: Hello\n\n")
      try await harness.callbacks.expect(.event("Hello", id: "1"))
      #expect(try await harness.request("POST", client, restart).status == 202)
      let ending = try await first.connection.ending()
      #expect(ending == .endOfFile || ending == .reset)
      let second = try await harness.acceptStream()
      #expect(second.field("Last-Event-ID") == "1")
      try await second.send("data: Thanks\n\n")
      try await harness.callbacks.expect(.event("Thanks", id: "1"))
    }
  }

  @Test("a restart while a callback is unanswered waits for the answer, so that its event is not asked for again")
  func restartDuringCallback() async throws {
    try await withHarness { harness in
      let (client, first) = try await harness.startStream()
      // Of the second event nothing has been told yet: it is asked for again.
      try await first.send("id: 1\ndata: a\n\nid: 2\ndata: b\n\n")
      let callback = try await harness.callbacks.accept()
      for _ in 1...3 { #expect(try await harness.request("POST", client, restart).status == 202) }
      try await harness.expectNoRequest()
      try await callback.answer()
      let second = try await harness.acceptStream()
      #expect(second.field("Last-Event-ID") == "1")
      try await second.send("id: 2\ndata: b\n\n")
      try await harness.callbacks.expect(.event("b", id: "2"))
    }
  }

  @Test("a restart ends the wait for the next attempt")
  func restartDuringDelay() async throws {
    try await withHarness { harness in
      let (client, first) = try await harness.startStream { $0.initialDelayMs = 60_000 }
      try await first.end()
      try await harness.callbacks.expectError()
      #expect(try await harness.request("POST", client, restart).status == 202)
      _ = try await harness.acceptStream()
    }
  }

  @Test(
    "the ID of the last event that had one is sent again; none where it was reset",
    arguments: [
      (["id: abc\ndata: a\n\n"], "abc"), (["id: abc\ndata: a\n\n", "data: b\n\n"], "abc"),
      (["id: abc\ndata: a\n\n", "id: \ndata: b\n\n"], nil),
    ] as [([String], String?)])
  func lastEventID(events: [String], id: String?) async throws {
    try await withHarness { harness in
      let (_, first) = try await harness.startStream()
      for event in events {
        try await first.send(event)
        _ = try await harness.callbacks.next()
      }
      try await first.end()
      try await harness.callbacks.expectError()
      let second = try await harness.acceptStream()
      #expect(second.field("Last-Event-ID") == id)
      try await second.send("data: again\n\n")
      try await harness.callbacks.expect(.event("again", id: id ?? ""))
    }
  }

  @Test("half an event is dropped, its ID not taken", arguments: [true, false])
  func halfEvent(endsNormally: Bool) async throws {
    try await withHarness { harness in
      let (_, first) = try await harness.startStream()
      try await first.send("id: abc\ndata: Hello\n\nid: def\ndata: Goodbye")
      try await harness.callbacks.expect(.event("Hello", id: "abc"))
      if endsNormally { try await first.end() } else { first.connection.close() }
      let error = try await harness.callbacks.expectError()
      #expect(error.contains(endsNormally ? "the stream ended" : "broke off"))
      let second = try await harness.acceptStream()
      #expect(second.field("Last-Event-ID") == "abc")
      try await second.send("data: We meet again\n\n")
      try await harness.callbacks.expect(.event("We meet again", id: "abc"))
    }
  }

  @Test("silence past the read timeout is an error, and it connects again")
  func readTimeout() async throws {
    try await withHarness { harness in
      let (_, first) = try await harness.startStream { $0.readTimeoutMs = 100 }
      try await first.send("data: Hello\n\n")
      try await harness.callbacks.expect(.event("Hello"))
      #expect(try await harness.callbacks.expectError().contains("neither an event nor a comment within 0.1"))
      _ = try await harness.acceptStream()
    }
  }

  @Test("each refused connection between is an error of its own")
  func refused() async throws {
    try await withHarness { harness in
      let (first, port) = try await {
        let listener = try RawListener()
        _ = try await harness.startClient { $0.streamUrl = listener.url }
        let (connection, _, _) = try await listener.acceptRequest()
        return (connection, listener.port)
      }()
      // Its listener has gone.
      try await first.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: a\n\n")
      try await harness.callbacks.expect(.event("a"))
      first.close()
      #expect(try await harness.callbacks.expectError().contains("ended"))
      for _ in 1...2 {
        #expect(try await harness.callbacks.expectError().contains("127.0.0.1:\(port) refused"))
      }
    }
  }

  @Test("a port that never answered is one error, and not asked again")
  func neverAnswered() async throws {
    try await withHarness { harness in
      // Port 1 is a service that no machine of today has.
      let client = try await harness.startClient { $0.streamUrl = "http://127.0.0.1:1/" }
      #expect(try await harness.callbacks.expectError().contains("refused"))
      let callback = try await harness.callbacks.listener.accept(within: 100)
      #expect(callback == nil)
      #expect(try await harness.request("DELETE", client).status == 204)
    }
  }
}
