import Foundation
import SSETestSupport
import Testing

@testable import SSESockets

@Suite("Delivering what is received", .timeLimit(.minutes(1)))
struct DeliveryTests {
  /// Keeps what it is given, and ends the delivery at a word.
  private final class Receiver: StreamSocketDelegate {
    let socket: StreamSocket
    private let told: AsyncStream<String>.Continuation

    init(_ socket: StreamSocket, _ told: AsyncStream<String>.Continuation) {
      self.socket = socket
      self.told = told
    }

    func socketReceived(_ bytes: UnsafeRawBufferPointer) {
      let text = String(decoding: bytes, as: UTF8.self)
      told.yield(text)
      if text == "enough" { socket.endDelivery() }
      if text == "close" { socket.close() }
    }

    func socketPeerLeft(_ reason: StreamSocket.LeaveReason) { told.yield("left") }
    func socketDrained() {}
  }

  /// Delivers on the loop while `body` runs, and gives how that ended.
  private func deliver(
    _ connection: Connection, while body: (AsyncStream<String>) async throws -> Void
  ) async throws -> SocketError.Kind? {
    let (texts, told) = AsyncStream.makeStream(of: String.self)
    return try await withThrowingTaskGroup(of: SocketError.Kind?.self) { group in
      group.addTask(executorPreference: connection.loop) {
        let socket = connection.socket.onLoop
        defer { #expect(socket.delegate == nil) }
        return await failure { () throws(SocketError) in try await socket.deliver(to: Receiver(socket, told)) }
      }
      try await body(texts)
      return try await group.next() ?? nil
    }
  }

  private func expect(_ text: String, from texts: AsyncStream<String>) async {
    var iterator = texts.makeAsyncIterator()
    let next = await iterator.next()
    #expect(next == text)
  }

  @Test("what comes is told as it comes, to the end of file", arguments: kinds)
  func toTheEnd(_ kind: PollerKind) async throws {
    try await withPair(kind) { _, connection, peer in
      try await peer.write("before")
      let ending = try await deliver(connection) { texts in
        await expect("before", from: texts)
        try await peer.write("one")
        await expect("one", from: texts)
        try await peer.write("two")
        await expect("two", from: texts)
        peer.shutDownWriting()
      }
      #expect(ending == nil)
      #expect(await connection.socket.run { $0.isOpen })
    }
  }

  @Test("what is held already is told at once, however much: no readiness follows it", arguments: kinds)
  func held(_ kind: PollerKind) async throws {
    try await withPair(kind) { loop, connection, peer in
      let text = String(repeating: "x", count: 200_000)
      await connection.socket.run { $0.pendingInput = Array(text.utf8) }
      let ending = try await deliver(connection) { texts in
        await expect(text, from: texts)
        peer.shutDownWriting()
      }
      #expect(ending == nil)
    }
  }

  @Test("a reset is an error", arguments: kinds)
  func reset(_ kind: PollerKind) async throws {
    try await withPair(kind) { _, connection, peer in
      let ending = try await deliver(connection) { texts in
        try await peer.write("one")
        await expect("one", from: texts)
        peer.reset()
      }
      #expect(ending == .reset)
    }
  }

  @Test("the receiver may end it, after which there is an ordinary receive; or close the socket", arguments: kinds)
  func endedWithin(_ kind: PollerKind) async throws {
    try await withPair(kind) { _, connection, peer in
      try await peer.write("enough")
      let ending = try await deliver(connection) { _ in }
      #expect(ending == nil)
      try await peer.write("more")
      let more = try await connection.receive()
      #expect(more == Array("more".utf8))
      try await peer.write("close")
      let closed = try await deliver(connection) { _ in }
      #expect(closed == .closed)
    }
  }

  @Test("cancelling the task closes the socket at once, before and while it waits", arguments: kinds, [false, true])
  func cancelled(_ kind: PollerKind, waits: Bool) async throws {
    try await withPair(kind) { _, connection, peer in
      let (texts, told) = AsyncStream.makeStream(of: String.self)
      let ending = await withTaskGroup(of: SocketError.Kind?.self) { group in
        group.addTask(executorPreference: connection.loop) {
          let socket = connection.socket.onLoop
          if !waits { withUnsafeCurrentTask { $0?.cancel() } }
          return await failure { () throws(SocketError) in try await socket.deliver(to: Receiver(socket, told)) }
        }
        if waits {
          try? await peer.write("one")
          await expect("one", from: texts)
          group.cancelAll()
        }
        return await group.next() ?? nil
      }
      #expect(ending == .cancelled)
      let peerEnding = try await peer.ending()
      #expect(peerEnding == .endOfFile)
    }
  }

  @Test("nobody else receives meanwhile", arguments: kinds)
  func alone(_ kind: PollerKind) async throws {
    try await withPair(kind) { _, connection, peer in
      try await peer.write("one")
      _ = try await deliver(connection) { texts in
        await expect("one", from: texts)
        let second = await failure { () throws(SocketError) in try await connection.receive() }
        #expect(second == .system(EALREADY))
        peer.shutDownWriting()
      }
    }
  }
}
