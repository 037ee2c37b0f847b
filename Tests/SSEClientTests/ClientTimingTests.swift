import Foundation
import SSEClient
import SSESockets
import SSETestSupport
import Testing

/// The rows that say "at once". They run one after another, and without other suites beside them.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ClientTimingTests {
  static let atOnce: Duration = .milliseconds(250)

  private let clock = ContinuousClock()

  /// That the peer of a client sees the connection's end at once.
  private func expectEnd(
    _ peer: RawConnection, since start: ContinuousClock.Instant, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    _ = try await peer.ending()
    #expect(clock.now - start < Self.atOnce, sourceLocation: sourceLocation)
  }

  /// A peer that has accepted a connection and answered, and goes on silently.
  private func accept(_ listener: RawListener, answering text: String) async throws -> RawConnection {
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(text)
    return peer
  }

  /// Descriptors of sockets only: Dispatch opens some of its own for timers.
  private static func openSockets() throws -> Int {
    let folder = "/proc/self/fd"
    return try FileManager.default.contentsOfDirectory(atPath: folder).count { name in
      // One of them is the folder's own, which is gone.
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)"))?.hasPrefix("socket:") == true
    }
  }

  @Test("C17: the opening is seen at once, not with the first event")
  func opened() async throws {
    let listener = try RawListener()
    async let accepted = accept(listener, answering: Peer.head)
    var messages = EventClient().source(listener.url).messages.makeAsyncIterator()
    let start = clock.now
    guard case .opened(let head) = try await messages.next() else {
      Issue.record("not opened")
      return
    }
    #expect(head.headers["content-type"] == "text/event-stream")
    #expect(clock.now - start < Self.atOnce)
    _ = try await accepted
  }

  @Test("C18: one event is delivered at once while the peer is silent", arguments: [Peer.head, Peer.chunkedHead])
  func oneEvent(head: String) async throws {
    let listener = try RawListener()
    async let accepted = accept(listener, answering: head)
    var messages = EventClient().source(listener.url).messages.makeAsyncIterator()
    _ = try await messages.next()
    let peer = try await accepted
    for data in ["1", "2"] {
      let start = clock.now
      try await peer.write(head == Peer.head ? "data: \(data)\n\n" : Peer.chunk("data: \(data)\n\n"))
      guard case .event(let event) = try await messages.next() else {
        Issue.record("no event")
        return
      }
      #expect(event.data == data)
      #expect(clock.now - start < Self.atOnce)
    }
  }

  @Test("C30: the client connects again after the reconnection time, not before and not much later")
  func reconnectionTime() async throws {
    let listener = try RawListener()
    var policy = ReconnectPolicy.standard
    policy.reconnectionTime = .milliseconds(150)
    let source = EventClient().source(EventRequest(listener.url, reconnect: policy))
    async let events = collect(source)
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(Peer.head + "data: a\n\n")
    let start = clock.now
    peer.close()
    let (next, _) = try await listener.acceptRequest()
    let waited = clock.now - start
    #expect(waited >= policy.reconnectionTime)
    #expect(waited < policy.reconnectionTime + Self.atOnce)
    try await next.write(Peer.noContent)
    #expect(try await events.count == 1)
  }

  @Test("C38: cancelled while it waits for the delay, the loop ends at once")
  func cancelledDelay() async throws {
    let listener = try RawListener()
    let (interruptions, continuation) = AsyncStream.makeStream(of: Void.self)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for try await message in EventClient().source(listener.url).messages {
          if case .interrupted = message { continuation.yield() }
        }
      }
      try await listener.answer(Peer.head)
      for await _ in interruptions { break }
      let start = clock.now
      group.cancelAll()
      try await group.waitForAll()
      #expect(clock.now - start < Self.atOnce)
    }
  }

  // MARK: - Closing

  @Test("C60: a break out of a loop over a stream written in place closes the connection at once")
  func breakStream() async throws {
    let listener = try RawListener()
    async let accepted = accept(listener, answering: Peer.head + "data: a\n\ndata: b\n\n")
    for try await _ in EventClient().events(listener.url) { break }
    try await expectEnd(try await accepted, since: clock.now)
  }

  @Test("C60: a break out of a loop over a source closes the connection at once, though the source is held")
  func breakSource() async throws {
    let listener = try RawListener()
    let source = EventClient().source(listener.url)
    async let accepted = accept(listener, answering: Peer.head + "data: a\n\ndata: b\n\n")
    for try await _ in source { break }
    try await expectEnd(try await accepted, since: clock.now)
    async let acceptedAgain = accept(listener, answering: Peer.head + "data: a\n\ndata: b\n\n")
    for try await message in source.messages { if case .event = message { break } }
    try await expectEnd(try await acceptedAgain, since: clock.now)
    #expect(source.lastEventID == "")
  }

  @Test("C60: a held stream closes the connection when it is let go")
  func heldStream() async throws {
    let listener = try RawListener()
    var held: AsyncThrowingStream<ServerSentEvent, any Error>? = EventClient().events(listener.url)
    async let accepted = accept(listener, answering: Peer.head + "data: a\n\n")
    if let held { for try await _ in held { break } }
    let peer = try await accepted
    #expect(try await peer.received(within: 20) == "", "it is still open")
    held = nil
    try await expectEnd(peer, since: clock.now)
  }

  @Test("C61: cancelled while it waits for an event, next() gives nil and the peer sees the close at once")
  func cancelled() async throws {
    let listener = try RawListener()
    for isStream in [true, false] {
      let client = EventClient()
      try await withThrowingTaskGroup(of: Int.self) { group in
        group.addTask {
          // That it returns and does not throw is the point.
          let events =
            isStream ? try await collect(client.events(listener.url)) : try await collect(client.source(listener.url))
          return events.count
        }
        let peer = try await accept(listener, answering: Peer.head + "data: a\n\n")
        #expect(try await peer.received(within: 20) == "")
        let start = clock.now
        group.cancelAll()
        #expect(try await group.next() == 1)
        #expect(clock.now - start < Self.atOnce)
        try await expectEnd(peer, since: start)
      }
    }
  }

  @Test("C61: cancelled while it waits for the head, and while it sends its request")
  func cancelledEarly() async throws {
    let listener = try RawListener()
    // More than the kernel takes while the peer reads nothing.
    let long = EventRequest(listener.url, method: .post, body: .bytes([UInt8](repeating: 0, count: 20_000_000)))
    for request in [EventRequest(listener.url), long] {
      try await withThrowingTaskGroup(of: Int.self) { group in
        group.addTask { try await collect(EventClient().source(request)).count }
        let (peer, _) = try await listener.acceptRequest()
        let start = clock.now
        group.cancelAll()
        #expect(try await group.next() == 0)
        #expect(clock.now - start < Self.atOnce)
        if request.body == nil { try await expectEnd(peer, since: start) }
      }
    }
  }

  @Test(
    "C4, C5, C30: a connection that is over is closed at once, though the peer keeps it open",
    arguments: [
      Peer.noContent, "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", "HTTP/1.1 200 OK\r\n\r\n<html>",
      Peer.chunkedHead + Peer.chunk("retry: 60000\n\ndata: a\n\n") + Peer.lastChunk, "nonsense\n",
    ])
  func closes(answer: String) async throws {
    let listener = try RawListener()
    var configuration = EventClientConfiguration()
    configuration.timeouts.errorBody = .milliseconds(1)
    let source = EventClient(configuration: configuration).source(listener.url)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { _ = await outcome(of: source) }
      do {
        let peer = try await accept(listener, answering: answer)
        try await expectEnd(peer, since: clock.now)
      } catch {
        Issue.record(error)
      }
      group.cancelAll()
    }
  }

  @Test("C63: an iterator that is dropped without a break closes its connection")
  func droppedIterator() async throws {
    let listener = try RawListener()
    let source = EventClient().source(listener.url)
    async let accepted = accept(listener, answering: Peer.head + "data: a\n\n")
    var iterator: EventSource.Iterator? = source.makeAsyncIterator()
    let first = try await iterator?.next()
    #expect(first?.data == "a")
    let peer = try await accepted
    #expect(try await peer.received(within: 20) == "", "it is still open")
    iterator = nil
    try await expectEnd(peer, since: clock.now)
  }

  @Test("C64: cancelled while it connects to an address that never answers, the loop ends at once")
  func cancelledConnect() async throws {
    let listener = try RawListener(backlog: 0)
    // Fills the queue: the next SYN is dropped.
    let filler = try await RawConnection.connect(port: listener.port)
    defer { filler.close() }
    let before = try Self.openSockets()
    try await withThrowingTaskGroup(of: Int.self) { group in
      group.addTask { try await collect(EventClient().source(listener.url)).count }
      try await eventually("the client has a socket") { try Self.openSockets() == before + 1 }
      let start = clock.now
      group.cancelAll()
      #expect(try await group.next() == 0)
      #expect(clock.now - start < Self.atOnce)
    }
  }

  @Test("C65: when a task group has left its scope, every connection in it is closed")
  func taskGroup() async throws {
    let listener = try RawListener()
    var peers: [RawConnection] = []
    let before = try Self.openSockets()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for answer in ["", "HTTP/1.1 200 OK\r\n", Peer.head, Peer.head + "data: a\n\nda", Peer.chunkedHead] {
        group.addTask { for try await _ in EventClient().source(listener.url) {} }
        group.addTask { for try await _ in EventClient().events(listener.url) {} }
        for _ in 0..<2 { peers.append(try await accept(listener, answering: answer)) }
      }
      #expect(try Self.openSockets() == before + 2 * peers.count)
      group.cancelAll()
    }
    #expect(try Self.openSockets() == before + peers.count, "the peers' own")
    let start = clock.now
    for peer in peers { try await expectEnd(peer, since: start) }
  }
}
