import SSEClient
import SSETestSupport
import Testing

/// What the process holds while a client comes back again and again. To be run alone.
@Suite("Resources of reconnecting", .serialized, .timeLimit(.minutes(2)))
struct ReconnectResourceTests {
  private struct Held {
    let descriptors = ProcessFacts.descriptors
    let threads = ProcessFacts.threads
    let memory: Int

    init() {
      ProcessFacts.trimMemory()
      memory = ProcessFacts.residentBytes
    }
  }

  @Test("C43: descriptors, threads and memory are flat over 10,000 reconnects")
  func flat() async throws {
    let last = 10_000
    let listener = try RawListener()
    async let answered: Void = listener.answer(connections: last) { number, head in
      let resumes = number == 1 || head.contains("\r\nLast-Event-ID: \(number - 1)\r\n")
      return Peer.head + (resumes ? "retry: 0\nid: \(number)\ndata: \(number)\n\n" : "data: not resumed\n\n")
    }
    // After a thousand everything that is kept once is there.
    var early: Held?
    var late: Held?
    var expected = 1
    for try await event in EventClient().events(listener.url) {
      try #require(event.data == "\(expected)")
      if expected == 1_000 { early = Held() }
      if expected == last {
        late = Held()
        break
      }
      expected += 1
    }
    try await answered
    let before = try #require(early)
    let after = try #require(late)
    // The connection under way may have been closed on either side, or not yet.
    #expect(abs(after.descriptors - before.descriptors) <= 2)
    // Swift's pool and the peer have a few that come and go.
    #expect(abs(after.threads - before.threads) <= 3)
    // Less than 60 bytes a connection.
    #expect(after.memory - before.memory < 512 * 1_024)
  }
}
