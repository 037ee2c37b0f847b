import SSEHTTP1
import SSETestSupport
import Testing

@testable import SSEClient

/// Peers that break off, lie, or drip, over real connections.
@Suite struct HostilePeerTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var name: String
    var bytes: [UInt8]
    var isReset = false
    var events: [String]
    /// How the first connection ended.
    var end: String

    init(_ name: String, _ text: String, plus bytes: [UInt8] = [], isReset: Bool = false, events: [String], end: String)
    {
      self.name = name
      self.bytes = Array(text.utf8) + bytes
      self.isReset = isReset
      self.events = events
      self.end = end
    }

    var testDescription: String { name }
  }

  @Test(
    "C34, C39, C45: whatever breaks off in whatever place, whole events come and the client asks again",
    arguments: [
      Row("closes in a line", Peer.head + "data: 1\n\ndat", events: ["1"], end: "cut"),
      Row("closes in a block", Peer.head + "data: 1\n\ndata: 2\n", events: ["1"], end: "cut"),
      Row("closes in a chunk", Peer.chunkedHead + "99\r\ndata: 1\n\nda", events: ["1"], end: "cut"),
      Row("closes in a chunk's size", Peer.chunkedHead + Peer.chunk("data: 1\n\n") + "9", events: ["1"], end: "cut"),
      Row("closes in a character", Peer.head + "data: 1\n\ndata: ", plus: [0xE2, 0x82], events: ["1"], end: "cut"),
      Row("closes in the head", "HTTP/1.1 200 OK\r\nContent-", events: [], end: "noResponse"),
      Row("resets in a line", Peer.head + "data: 1\n\ndat", isReset: true, events: ["1"], end: "cut"),
      Row(
        "sends less than it promised", EventSessionTests.lengthHead + "99\r\n\r\ndata: 1\n\n", events: ["1"], end: "cut"
      ),
      Row(
        "sends more than it promised", EventSessionTests.lengthHead + "9\r\n\r\ndata: 1\n\ndata: 2\n\n", events: ["1"],
        end: "ended"),
    ])
  func breaksOff(row: Row) async throws {
    let listener = try RawListener()
    var request = EventRequest(listener.url)
    request.reconnect.reconnectionTime = .zero
    request.reconnect.longestBackoff = .zero
    async let messages = collect(messagesOf: EventClient().source(request))
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(row.bytes)
    if row.isReset {
      // What has arrived and was not read is dropped with a reset: the event is first seen to have been taken.
      _ = try await peer.received(within: 50)
      peer.reset()
    } else {
      peer.close()
    }
    try await listener.answer(Peer.head + "retry: 0\ndata: again\n\n")
    try await listener.answer(Peer.noContent)
    var events: [String] = []
    var ends: [String] = []
    for message in try await messages {
      switch message {
      case .event(let event): events.append(event.data)
      case .interrupted(let error, _): ends.append(error.kind)
      case .opened, .comment, .gap: break
      }
    }
    #expect(events == row.events + ["again"])
    #expect(ends == [row.end, "ended"])
  }

  @Test("C12: a chunk may come a byte at a time")
  func dripping() async throws {
    let listener = try RawListener()
    async let events = collect(EventClient().source(EventRequest(listener.url, reconnect: .never)))
    let (peer, _) = try await listener.acceptRequest()
    for byte in (Peer.chunkedHead + Peer.chunk("id: 1\ndata: €\n\n") + Peer.lastChunk).utf8 {
      try await peer.write([byte])
    }
    #expect(try await events.map(\.data) == ["€"])
  }

  @Test("C72: 10 MB without a line end are an error at the limit, and the peer is cut off")
  func endlessLine() async throws {
    var configuration = EventClientConfiguration()
    configuration.limits.events.line = 1 << 20
    let listener = try RawListener()
    async let outcome = outcome(of: EventClient(configuration: configuration).source(listener.url))
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(Peer.head + "data: ")
    // The client closes before it has taken all of it.
    await #expect(throws: RawConnection.Failure.self) {
      for _ in 0..<1_000 { try await peer.write([UInt8](repeating: UInt8(ascii: "a"), count: 10_000)) }
    }
    guard case .failure(.limitExceeded(.line, 1_048_576, _)) = await outcome else {
      Issue.record("no limit")
      return
    }
  }

  @Test("C71: a head that drips is given up when its time is over")
  func drippingHead() async throws {
    var configuration = EventClientConfiguration()
    configuration.timeouts.responseHead = .milliseconds(100)
    let listener = try RawListener()
    let request = EventRequest(listener.url, reconnect: .never)
    async let outcome = outcome(of: EventClient(configuration: configuration).source(request))
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write("HTTP/1.1 200 OK\r\n")
    await #expect(throws: RawConnection.Failure.self) {
      while true {
        try await peer.write("X: y\r\n")
        _ = try await peer.received(within: 5)
      }
    }
    guard case .failure(.timedOut(.responseHead, _, _)) = await outcome else {
      Issue.record("no timeout")
      return
    }
  }

  @Test("C70: a peer that stops sending is left after the read timeout, and asked again")
  func silence() async throws {
    var configuration = EventClientConfiguration()
    configuration.timeouts.read = .milliseconds(150)
    let listener = try RawListener()
    async let messages = collect(messagesOf: EventClient(configuration: configuration).source(listener.url))
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(Peer.head + "retry: 0\nid: 7\ndata: a\n\n")
    #expect(try await peer.ending() == .endOfFile)
    let head = try await listener.answer(Peer.noContent)
    #expect(lines(head).contains("Last-Event-ID: 7"))
    let reason = try await messages.compactMap { if case .interrupted(let error, _) = $0 { error.kind } else { nil } }
    #expect(reason == ["timedOut(read)"])
  }

  @Test("C44: an event that the server sends again is delivered again")
  func replayed() async throws {
    let listener = try RawListener()
    async let events = collect(EventClient().source(listener.url))
    try await listener.answer(Peer.head + "retry: 0\nid: 1\ndata: 1\n\nid: 2\ndata: 2\n\n")
    try await listener.answer(Peer.head + "id: 1\ndata: 1\n\nid: 2\ndata: 2\n\nid: 3\ndata: 3\n\n")
    let head = try await listener.answer(Peer.noContent)
    #expect(lines(head).contains("Last-Event-ID: 3"))
    #expect(try await events.map(\.data) == ["1", "2", "1", "2", "3"])
  }

  @Test("C45: cut after every byte, over real connections: whole events, and asked again from the last of them")
  func cutAnywhere() async throws {
    let events = [1, 2, 3].map { "id: \($0)\ndata: \($0)\n\n" }
    let stream = Array((Peer.chunkedHead + events.map(Peer.chunk).joined() + Peer.lastChunk).utf8)
    let listener = try RawListener()
    var request = EventRequest(listener.url, lastEventID: "0")
    request.reconnect.reconnectionTime = .zero
    request.reconnect.longestBackoff = .zero
    let source = EventClient().source(request)
    async let received = collect(source)
    var expected: [String] = []
    var asked = "0"
    // Where each event is whole: behind its chunk's bytes, before the chunk's own end.
    let ends = (1...3).map { count in
      Peer.chunkedHead.utf8.count + events.prefix(count).map(Peer.chunk).joined().utf8.count - 2
    }
    for count in 0...stream.count {
      let head = try await listener.answer(stream[..<count])
      #expect(lines(head).contains("Last-Event-ID: \(asked)"), "before \(count) bytes")
      let whole = ends.count { $0 <= count }
      expected += (0..<whole).map { "\($0 + 1)" }
      if whole > 0 { asked = "\(whole)" }
    }
    try await listener.answer(Peer.noContent)
    #expect(try await received.map(\.data) == expected)
  }
}
