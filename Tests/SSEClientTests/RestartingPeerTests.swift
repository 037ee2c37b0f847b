import SSEClient
import SSETestSupport
import Testing

@Suite("A peer that restarts", .timeLimit(.minutes(1)))
struct RestartingPeerTests {
  private static let eventsPerLife = 10
  private static let seed: UInt64 = 43

  /// A chunked stream of events that goes on after the last one that the request names.
  private func stream(after head: String) -> [UInt8] {
    let last = lines(head).first { $0.hasPrefix("Last-Event-ID: ") }.flatMap { Int($0.dropFirst(15)) } ?? 0
    let events = (last + 1...last + Self.eventsPerLife).map { Peer.chunk("id: \($0)\ndata: \($0)\n\n") }
    return Array((Peer.chunkedHead + events.joined()).utf8)
  }

  /// Listens on a port that was this test's a moment ago.
  private func listener(port: Int) async throws -> RawListener {
    var listener: RawListener?
    // Somebody's connection may have that number meanwhile.
    try await eventually("port \(port) is free") {
      listener = try? RawListener(port: port)
      return listener != nil
    }
    return try #require(listener)
  }

  @Test("over 100 restarts in the middle of numbered events, the client sees each number once")
  func restarts() async throws {
    var random = SeededGenerator(seed: Self.seed)
    let interruptions = Recorder<EventClientError>()
    let numbers = Recorder<Int>()
    var running: RawListener? = try RawListener()
    let port = running?.port ?? 0
    var request = EventRequest("http://127.0.0.1:\(port)/")
    request.reconnect.reconnectionTime = .milliseconds(1)
    request.reconnect.longestBackoff = .milliseconds(2)
    try await withThrowingTaskGroup(of: Void.self) { [request] group in
      group.addTask {
        for try await message in EventClient().source(request).messages {
          switch message {
          case .event(let event): numbers.note(Int(event.data) ?? -1)
          case .interrupted(let error, _): interruptions.note(error)
          default: break
          }
        }
      }
      for restart in 1...100 {
        let peer: RawConnection
        do {
          let listener = if let running { running } else { try await listener(port: port) }
          let accepted = try await listener.acceptRequest()
          peer = accepted.peer
          let bytes = stream(after: accepted.head)
          try await peer.write(Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random))))
        }
        // The port closes first, so that the client finds nobody.
        running = nil
        let before = interruptions.count
        if restart % 3 == 0 { peer.reset() } else { peer.close() }
        try await interruptions.wait(forRefusalAfter: before)
      }
      let listener = try await listener(port: port)
      // It may be in the middle of an attempt that the last life's end cut off.
      let (peer, head) = try await listener.acceptRequest()
      try await peer.write(stream(after: head) + Array(Peer.lastChunk.utf8))
      peer.close()
      try await listener.answer(Peer.noContent)
      try await group.waitForAll()
    }
    #expect(numbers.count > 300)
    #expect(numbers.values == Array(1...numbers.count))
  }
}

extension Recorder<EventClientError> {
  /// Waits until, after so many interruptions, one was a refused connection.
  fileprivate func wait(forRefusalAfter count: Int) async throws {
    try await eventually("a refused connection after \(values.dropFirst(count))") {
      values.dropFirst(count).contains { if case .connectionRefused = $0 { true } else { false } }
    }
  }
}
