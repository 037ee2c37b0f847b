import SSETestSupport
import Testing

@testable import SSEClient

@Suite struct GapTests {
  @Test("A gap of this package's server is a message of its own; to those who read events it is one of type gap")
  func gap() async throws {
    let stream =
      Peer.head + """
        event: gap
        data: {"after":"1k-3","oldest":"1k-9","reason":"expired"}

        id: 1k-9
        data: a


        """
    let listener = try RawListener()
    let request = EventRequest(listener.url, reconnect: .never)
    async let messages = collect(messagesOf: EventClient().source(request))
    try await listener.answer(stream)
    let gaps = try await messages.compactMap { if case .gap(let gap) = $0 { gap } else { nil } }
    #expect(gaps.count == 1)
    #expect(gaps.first?.after == "1k-3")
    #expect(gaps.first?.oldest == "1k-9")
    #expect(gaps.first?.reason == .expired)
    #expect(gaps.first?.topic == nil)
    async let events = collect(EventClient().source(request))
    try await listener.answer(stream)
    #expect(try await events.map(\.type) == ["gap", "message"])
  }

  @Test(
    "All reasons are known, and several topics are told apart",
    arguments: ["expired", "unknown", "restarted", "skipped"])
  func reasons(reason: String) {
    let data = #"{"after":"","oldest":"","reason":"\#(reason)","topic":"a"}"#
    let gap = Gap(ServerSentEvent(data: data, type: "gap"))
    #expect(gap?.reason.rawValue == reason)
    #expect(gap?.topic == "a")
  }

  @Test(
    "An event of the application's own is no gap",
    arguments: [
      ServerSentEvent(data: "mind it", type: "gap"),
      ServerSentEvent(data: #"{"after":"a","oldest":"b","reason":"other"}"#, type: "gap"),
      ServerSentEvent(data: #"{"after":"a","reason":"expired"}"#, type: "gap"),
      ServerSentEvent(data: #"{"after":"a","oldest":"b","reason":"expired"}"#),
      ServerSentEvent(data: #"{"after":"a","oldest":"b","reason":"expired"}"#, type: "gap", id: "7"),
    ])
  func noGap(event: ServerSentEvent) {
    #expect(Gap(event) == nil)
  }
}
