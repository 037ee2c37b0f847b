import SSETestSupport
import SSETesting
import Testing

/// What stands on the wire, read by a raw client.
@Suite("A scripted server", .timeLimit(.minutes(1)))
struct ScriptedServerTests {
  static let request = "GET /events?a=b HTTP/1.1\r\nHost: test\r\nX-Number: 1\r\n\r\n"

  /// All that one connection with a script brings, and how it ends.
  private func answer(
    to request: String = Self.request, _ script: ConnectionScript
  ) async throws -> (text: String, ending: RawConnection.Ending) {
    try await withScriptedServer([script]) { server in
      let client = try await RawConnection.connect(port: server.port)
      defer { client.close() }
      try await client.write(request)
      let ending = try await client.ending()
      return (try await client.received(within: 0), ending)
    }
  }

  private static let streamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"

  @Test("an event stream has a head, a chunk for each step, and the last chunk where the script ends")
  func eventStream() async throws {
    let (text, ending) = try await answer([
      .eventStream(), .event("one", id: "1"), .comment("hi"), .retry(.zero),
      .events(ServerSentEvent(data: "two", type: "x"), ServerSentEvent(data: "three")), .body("data: ha"),
    ])
    #expect(
      text == Self.streamHead + "11\r\nid: 1\ndata: one\n\n\r\n5\r\n:hi\n\n\r\na\r\nretry: 0\n\n\r\n"
        + "21\r\nevent: x\ndata: two\n\ndata: three\n\n\r\n8\r\ndata: ha\r\n0\r\n\r\n")
    #expect(ending == .endOfFile)
  }

  @Test("a cut closes without the last chunk")
  func cut() async throws {
    let (text, ending) = try await answer([.eventStream(), .event("one"), .cut])
    #expect(text == Self.streamHead + "b\r\ndata: one\n\n\r\n")
    #expect(ending == .endOfFile)
  }

  @Test("a reset is one")
  func reset() async throws {
    let (_, ending) = try await answer([.readRequest, .reset])
    #expect(ending == .reset)
  }
}
