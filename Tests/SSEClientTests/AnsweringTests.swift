import SSEClient
import SSETestSupport
import Testing

@Suite struct AnsweringTests {
  @Test("C1: the request is a GET with the headers of an event source")
  func requestHead() async throws {
    let listener = try RawListener()
    async let events = collect(EventClient().events("\(listener.url)/events/stream"))
    let head = try await listener.answer(Peer.noContent)
    #expect(
      lines(head) == [
        "GET /events/stream HTTP/1.1", "Host: 127.0.0.1:\(listener.port)", "Accept: text/event-stream",
        "Cache-Control: no-cache", "User-Agent: swift-sse",
      ])
    #expect(try await events.isEmpty)
  }

  @Test("C16: an event in one packet with the head is delivered")
  func eventWithHead() async throws {
    let listener = try RawListener()
    async let events = collect(EventClient().events(listener.url), atMost: 2)
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(Peer.head + "id: 1\ndata: hello\n\nevent: tick\ndata: 2\n\n")
    let found = try await events
    #expect(found.map(\.data) == ["hello", "2"])
    #expect(found.map(\.type) == ["message", "tick"])
    #expect(found.map(\.lastEventID) == ["1", "1"])
  }
}
