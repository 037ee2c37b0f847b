import SSETestSupport
import Testing

@testable import SSESockets

@Suite("Connecting", .timeLimit(.minutes(1)))
struct ConnectTests {
  @Test("A port where nobody listens refuses", arguments: kinds)
  func refused(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      let port = try RawListener().port
      let error = await #expect(throws: SocketError.self) { try await Connection.connect(to: loopback(port), on: loop) }
      #expect(error?.kind == .refused)
      #expect(error?.endpoint == "127.0.0.1:\(port)")
    }
  }

  @Test("An address that does not answer times out, and leaves no timer", arguments: kinds)
  func timeout(_ kind: PollerKind) async throws {
    let silent = try await SilentAddress()
    try await withLoop(kind) { loop in
      let error = await #expect(throws: SocketError.self) {
        try await Connection.connect(to: silent.address, on: loop, timeout: .milliseconds(20))
      }
      #expect(error?.kind == .timedOut)
      #expect(await loop.pendingTimers == 0)
    }
  }

  @Test("Cancelled while the address does not answer: ends at once, and leaves no timer", arguments: kinds)
  func cancelledWhile(_ kind: PollerKind) async throws {
    let silent = try await SilentAddress()
    try await withLoop(kind) { loop in
      await withTaskGroup(of: SocketError.Kind?.self) { group in
        group.addTask {
          await failure { () throws(SocketError) in
            try await Connection.connect(to: silent.address, on: loop, timeout: .seconds(3_600))
          }
        }
        while await loop.pendingTimers == 0 { await Task.yield() }
        group.cancelAll()
        #expect(await group.next() == .cancelled)
      }
      #expect(await loop.pendingTimers == 0)
    }
  }

  @Test("Cancelled before: throws at once, whether the address answers or not", arguments: kinds, [true, false])
  func cancelledBefore(_ kind: PollerKind, answers: Bool) async throws {
    let silent = try await SilentAddress()
    let listener = try RawListener()
    try await withLoop(kind) { loop in
      await withTaskGroup(of: SocketError.Kind?.self) { group in
        group.cancelAll()
        group.addTask {
          await failure { () throws(SocketError) in
            try await Connection.connect(to: answers ? loopback(listener.port) : silent.address, on: loop)
          }
        }
        #expect(await group.next() == .cancelled)
      }
    }
  }

  @Test("Cancelled at any moment: each connect ends once, connected or cancelled", arguments: kinds)
  func cancelledAnyTime(_ kind: PollerKind) async throws {
    let listener = try RawListener(backlog: 512)
    try await withLoop(kind) { loop in
      for yields in 0..<100 {
        await withTaskGroup(of: SocketError.Kind?.self) { group in
          group.addTask(executorPreference: yields.isMultiple(of: 2) ? loop : nil) {
            await failure { () throws(SocketError) in
              let connection = try await Connection.connect(
                to: loopback(listener.port), on: loop, timeout: .seconds(3_600))
              connection.close()
            }
          }
          for _ in 0..<yields { await Task.yield() }
          group.cancelAll()
          let kind = await group.next()
          #expect(kind == .some(nil) || kind == .cancelled)
        }
      }
      #expect(await loop.pendingTimers == 0)
    }
  }

  @Test("A Unix domain socket that is not there is an error that names it", arguments: kinds)
  func noUnixSocket(_ kind: PollerKind) async throws {
    try await withTemporaryPath { path in
      try await withLoop(kind) { loop in
        let error = await #expect(throws: SocketError.self) {
          try await Connection.connect(to: .unix(path: path), on: loop)
        }
        #expect(error?.description == "cannot connect to unix:\(path): No such file or directory")
      }
    }
  }

  @Test("What a connection is used for after it was closed fails at once", arguments: kinds)
  func afterClose(_ kind: PollerKind) async throws {
    try await withPair(kind) { _, connection, _ in
      connection.close()
      connection.close()
      #expect(await failure { () throws(SocketError) in try await connection.receive() } == .closed)
      #expect(await failure { () throws(SocketError) in try await connection.send([1]) } == .closed)
      #expect(await connection.remoteAddress == nil)
    }
  }

  @Test("Connections outlive their loop without harm: closed, and each call ends", arguments: kinds)
  func afterLoop(_ kind: PollerKind) async throws {
    let listener = try RawListener()
    let loop = try EventLoop(name: "test-loop", poller: kind)
    let connection = try await Connection.connect(to: loopback(listener.port), on: loop)
    connection.close()
    loop.stop()
    #expect(await failure { () throws(SocketError) in try await connection.send([1]) } == .closed)
    #expect(await failure { () throws(SocketError) in try await connection.receive() } == .closed)
    // A new one cannot be watched, and says so instead of waiting for ever.
    let silent = try await SilentAddress()
    let kind = await failure { () throws(SocketError) in try await Connection.connect(to: silent.address, on: loop) }
    #expect(kind == .outOfDescriptors)
  }
}

/// How an operation failed; nil when it did not.
func failure<R>(_ body: () async throws(SocketError) -> R) async -> SocketError.Kind? {
  do throws(SocketError) {
    _ = try await body()
    return nil
  } catch {
    return error.kind
  }
}

/// An address of this machine that never answers: a listener's queue has room for one, which is taken.
private struct SilentAddress: Sendable {
  private let listener: RawListener
  private let first: RawConnection
  var address: SocketAddress { loopback(listener.port) }

  init() async throws {
    listener = try RawListener(backlog: 0)
    first = try await RawConnection.connect(port: listener.port)
  }
}
