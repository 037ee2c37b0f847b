import Foundation
import SSETestSupport
import Testing

@testable import SSESockets

/// What the process holds before and after. To be run alone: other suites open descriptors and threads meanwhile.
@Suite("Socket resources", .serialized, .timeLimit(.minutes(1)))
struct SocketResourceTests {
  @Test("After everything is stopped, no descriptor and no thread is left", arguments: kinds)
  func nothingLeft(_ kind: PollerKind) async throws {
    try await useEverything(kind)  // Once before: what Dispatch and the C library open once stays.
    let before = Held.now
    for _ in 0..<3 { try await useEverything(kind) }
    // A thread that has been joined may be listed a moment longer.
    try await eventually("the threads have ended") { Held.now.threads == [] }
    let changes = Held.now.descriptors.difference(from: before.descriptors)
    #expect(changes.isEmpty)
  }

  @Test("A closed poller's number, given to another file, is not written to by late work", arguments: kinds)
  func reusedDescriptor(_ kind: PollerKind) async throws {
    let loop = try EventLoop(name: "test-loop", poller: kind)
    loop.stop()
    // The numbers that the poller had are the lowest free ones now.
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    for _ in 0..<100 { loop.submit {} }
    #expect(await loop.run { true })
    var entry = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
    #expect(poll(&entry, 1, 0) == 0)
  }

  private struct Held {
    /// What each descriptor refers to.
    var descriptors: [String]
    /// Names of this package's threads, but for those that clients share and that stay: other suites have them.
    var threads: [String]

    static var now: Held {
      let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
      let names = tasks.compactMap { try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8) }
      let stays = { (name: String) in name.hasPrefix("sse-client-") || name.hasPrefix("sse-resolver") }
      return Held(
        descriptors: ProcessFacts.openFiles.sorted(),
        threads: names.filter { ($0.hasPrefix("sse-") || $0.hasPrefix("test-loop")) && !stays($0) })
    }
  }

  private func useEverything(_ kind: PollerKind) async throws {
    let threads = ResolverThreads(idleSeconds: 0.01)
    _ = try await threads.addresses(of: "localhost", port: 1)
    try await withLoop(kind) { loop in
      let watch = await loop.run { SignalWatch([SIGUSR1], loop: loop) { _ in }.map { LoopBound($0, loop: loop) } }
      let listening = try await Listening.begin(on: loopback(0), loop)
      for ending in 0..<20 {
        let connection = try await Connection.connect(to: listening.address, on: loop)
        let accepted = try await listening.next()
        try await connection.send(Array("hello".utf8))
        _ = try await accepted.receive(timeout: .seconds(10))
        switch ending % 4 {
        case 0: accepted.reset()
        case 1: accepted.close()
        case 2:
          await withTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask { _ = try? await accepted.receive() }  // Throws `.cancelled`, having closed the socket.
          }
        default:
          accepted.shutDownWriting()
          _ = try await connection.receive(timeout: .seconds(10))
          accepted.close()
        }
        connection.close()
      }
      _ = await failure { () throws(SocketError) in
        try await Connection.connect(to: listening.address.with(port: 1) ?? listening.address, on: loop)
      }
      await listening.close()
      await watch?.run { $0.close() }
      #expect(await loop.pendingTimers == 0)
    }
    try await eventually("resolver threads end") { threads.threadCount == 0 }
  }
}
