import Foundation
import SSETestSupport

@testable import SSESockets

/// A loop for one test, stopped at its end.
func withLoop(_ kind: PollerKind, _ body: (EventLoop) async throws -> Void) async throws {
  let loop = try EventLoop(name: "test-loop", poller: kind)
  defer { loop.stop() }
  try await body(loop)
}

/// A loop, a connection on it, and the other end in a test's hand.
func withPair(
  _ kind: PollerKind, _ body: (EventLoop, Connection, RawConnection) async throws -> Void
) async throws {
  try await withLoop(kind) { loop in
    let listener = try RawListener()
    let connection = try await Connection.connect(to: loopback(listener.port), on: loop)
    defer { connection.close() }
    // A small buffer in the kernel: a megabyte has to wait for the peer.
    await connection.socket.run { SystemCall.setOption($0.descriptor, SOL_SOCKET, SO_SNDBUF, 16_384) }
    try await body(loop, connection, try await listener.accept())
  }
}

/// More than a pair's kernel buffers hold.
let tooMany = 1_000_000

func loopback(_ port: Int) -> SocketAddress { .ipv4(0x7F00_0001, port: UInt16(port)) }

/// What happened on a loop, in order. Its loop's thread only.
final class Log<Entry: Sendable> {
  private(set) var entries: [Entry] = []
  func add(_ entry: Entry) { entries.append(entry) }
}

extension EventLoop {
  func log<Entry: Sendable>(of type: Entry.Type = Entry.self) -> LoopBound<Log<Entry>> {
    LoopBound(sending: Log<Entry>(), loop: self)
  }

  var pendingTimers: Int { get async { await run { self.timerCount } } }
}

/// Told of what a socket's delegate is told.
final class RecordingDelegate: StreamSocketDelegate {
  enum Event: Hashable {
    case left(StreamSocket.LeaveReason)
    case drained
  }

  private let recorded: AsyncStream<Event>.Continuation
  init(_ recorded: AsyncStream<Event>.Continuation) { self.recorded = recorded }
  deinit { recorded.finish() }

  func socketPeerLeft(_ reason: StreamSocket.LeaveReason) { recorded.yield(.left(reason)) }
  func socketDrained() { recorded.yield(.drained) }
}

extension Connection {
  /// Begins to record what the socket's delegate is told.
  func record() async -> AsyncStream<RecordingDelegate.Event> {
    let (stream, continuation) = AsyncStream.makeStream(of: RecordingDelegate.Event.self)
    await socket.run { $0.setDelegate(RecordingDelegate(continuation)) }
    return stream
  }

  /// The bytes as text, until that many have come.
  func receiveText(_ count: Int) async throws -> String {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let some = try await receive(atMost: count - bytes.count)
      if some.isEmpty { break }
      bytes += some
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
