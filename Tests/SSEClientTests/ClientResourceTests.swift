import SSEHTTP1
import SSETestSupport
import Testing

@testable import SSEClient

/// What counts memory, or takes the machine for itself.
@Suite(.serialized) struct ClientResourceTests {
  @Test("C73: a consumer that takes an event a second slows the peer, and memory stays where it was")
  func backpressure() async throws {
    let listener = try RawListener()
    let event = "data: " + String(repeating: "a", count: 10_000) + "\n\n"
    let block = Array(String(repeating: event, count: 10).utf8)
    try await withThrowingTaskGroup { group in
      let sent = Recorder<Int>()
      group.addTask {
        let (peer, _) = try await listener.acceptRequest()
        try await peer.write(Peer.head)
        // 100 MB; ends with an error when the consumer leaves.
        for _ in 0..<1_000 {
          try await peer.write(block)
          sent.note(block.count)
        }
      }
      var iterator = EventClient().source(listener.url).makeAsyncIterator()
      _ = try await iterator.next()
      ProcessFacts.trimMemory()
      let before = ProcessFacts.residentBytes
      var growth = 0
      for _ in 0..<5 {
        try await Task.sleep(for: .seconds(1))  // The consumer's work.
        _ = try await iterator.next()
        growth = max(growth, ProcessFacts.residentBytes - before)
      }
      #expect(growth < 4_000_000, "\(growth) bytes")
      let bytes = sent.values.reduce(0, +)
      #expect(bytes < 20_000_000, "the peer could send \(bytes) bytes")
      group.cancelAll()
      _ = consume iterator
      while await group.nextResult() != nil {}
    }
  }

  /// 64 KiB of "a", and of empty comments, as blocks that may be repeated.
  private static let letters =
    "ecc181000000008020d6fd2516a90a0000000000000000000000000000000000000000000000000000000000000000000000"
    + "000000000000000000000000000000000000000000000000000000006a000000ffff"
  private static let comments =
    "ecc2310d000000c3a07f92ea5fd88c1068010000000000000000000000000000000000000000000000000000000000000000"
    + "000000000000000000000000000000000000000000000000000000000000c00e0000ffff"

  @Test("C84: a bomb is an error at the limit of a line, and memory stays bounded", arguments: [true, false])
  func bomb(isOneLine: Bool) {
    var configuration = EventClientConfiguration()
    configuration.limits.events.line = 4_000_000
    configuration.limits.contentWithoutEvent = 8_000_000
    var driver = SessionDriver(configuration: configuration, deliversComments: false)
    _ = driver.connect(
      ContentCodingTests.head("gzip") + ContentCodingTests.bytes("1f8b08000000000002034a492c49b45200000000ffff"))
    let block = ContentCodingTests.bytes(isOneLine ? Self.letters : Self.comments)
    // 1 GiB, were it decoded.
    let bomb = Array(repeatElement(block, count: 16_384).joined())
    let before = ProcessFacts.residentBytes
    let steps = driver.receive(bomb)
    #expect(steps == [.failed(isOneLine ? "limitExceeded(line)" : "limitExceeded(contentWithoutEvent)")])
    let growth = ProcessFacts.residentBytes - before
    #expect(growth < 64 << 20, "\(growth)")
  }

  @Test("C74: 1,000,000 events on one connection come in order")
  func million() async throws {
    let listener = try RawListener()
    try await withThrowingTaskGroup { group in
      group.addTask {
        let (peer, _) = try await listener.acceptRequest()
        try await peer.write(Peer.head)
        for start in stride(from: 0, to: 1_000_000, by: 10_000) {
          try await peer.write((start..<start + 10_000).map { "data: \($0)\n\n" }.joined())
        }
        peer.close()
      }
      var count = 0
      for try await event in EventClient().source(EventRequest(listener.url, reconnect: .never)) {
        if Int(event.data) != count { Issue.record("\(event.data) in place of \(count)") }
        count += 1
      }
      #expect(count == 1_000_000)
      try await group.waitForAll()
    }
  }

  @Test("C75: an event of 10 MB in chunks of 1 KB takes a time that grows with its size, not with its square")
  func largeEvent() async throws {
    var configuration = EventClientConfiguration()
    configuration.limits.events.line = 20_000_000
    configuration.limits.events.event = 20_000_000
    let client = EventClient(configuration: configuration)
    // Processor time, so that another process costs nothing.
    let small = try await time(of: 2_500, client)
    let large = try await time(of: 10_000, client)
    #expect(large < small * 8, "2.5 MB: \(small), 10 MB: \(large)")
  }

  /// Of one event in so many chunks of 1 KB.
  private func time(of chunks: Int, _ client: EventClient) async throws -> Duration {
    let listener = try RawListener()
    let piece = Peer.chunk(String(repeating: "a", count: 1_000))
    async let events = collect(client.source(EventRequest(listener.url, reconnect: .never)))
    let (peer, _) = try await listener.acceptRequest()
    let start = ProcessFacts.processorTime
    try await peer.write(Peer.chunkedHead + Peer.chunk("data: "))
    let pieces = Array(String(repeating: piece, count: 100).utf8)
    for _ in 0..<chunks / 100 { try await peer.write(pieces) }
    try await peer.write(Peer.chunk("\n\n") + Peer.lastChunk)
    #expect(try await events.map(\.data.utf8.count) == [chunks * 1_000])
    return ProcessFacts.processorTime - start
  }
}
