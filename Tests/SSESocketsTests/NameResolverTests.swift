import SSETestSupport
import Synchronization
import Testing

@testable import SSESockets

@Suite("Name resolution", .timeLimit(.minutes(1)))
struct NameResolverTests {
  @Test(
    "An address in digits is its own name",
    arguments: [("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80")])
  func numeric(_ host: String, _ address: String) async throws {
    #expect(try await NameResolver.system.addresses(of: host, port: 80).map(\.description) == [address])
  }

  @Test("`localhost` is found, with the port asked for")
  func localhost() async throws {
    let addresses = try await NameResolver.system.addresses(of: "localhost", port: 8_080)
    #expect(!addresses.isEmpty)
    #expect(addresses.allSatisfy { ["127.0.0.1", "::1"].contains($0.host) && $0.port == 8_080 })
    #expect(Set(addresses).count == addresses.count)
  }

  @Test(
    "A name that does not exist is an error that names it",
    arguments: ["no-such-host.invalid", "", "localhost\0.invalid"])
  func unknown(_ host: String) async throws {
    let error = await #expect(throws: SocketError.self) {
      try await NameResolver.system.addresses(of: host, port: 80)
    }
    #expect(error?.kind == .unknownHost)
    #expect(error?.endpoint == host)
  }

  @Test("A port that is none is an error", arguments: ["localhost", "127.0.0.1"])
  func badPort(_ host: String) async throws {
    let error = await #expect(throws: SocketError.self) {
      try await NameResolver.system.addresses(of: host, port: 70_000)
    }
    #expect(error?.kind == .badAddress)
  }

  @Test("Any closure is a resolver; no address at all is an unknown host")
  func closure() async throws {
    let resolver = NameResolver { host, port in host == "here" ? [.ipv4(1, port: UInt16(port))] : [] }
    #expect(try await resolver.addresses(of: "here", port: 5) == [.ipv4(1, port: 5)])
    let error = await #expect(throws: SocketError.self) { try await resolver.addresses(of: "there", port: 5) }
    #expect(error?.kind == .unknownHost)
  }
}

@Suite("Resolver threads", .timeLimit(.minutes(1)))
struct ResolverThreadsTests {
  @Test("Look-ups run side by side on four threads at most; the others wait their turn")
  func fourThreads() async throws {
    let slow = SlowLookUp()
    let threads = ResolverThreads(idleSeconds: 0.02, lookUp: slow.lookUp)
    try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 1...10 {
        group.addTask { try await threads.addresses(of: "host", port: number).map(\.port).reduce(0, +) }
      }
      try await eventually("four look-ups run") { slow.running == 4 }
      #expect(threads.threadCount == 4)
      slow.release()
      #expect(try await group.reduce(0, +) == 55)
    }
    #expect(slow.mostRunning == 4)
    try await eventually("idle threads end") { threads.threadCount == 0 }
  }

  @Test("An idle thread is used again, a busy one is not waited for")
  func reuse() async throws {
    let slow = SlowLookUp()
    slow.release()
    let threads = ResolverThreads(idleSeconds: 3_600, lookUp: slow.lookUp)
    for number in 1...50 {
      _ = try await threads.addresses(of: "host", port: number)
      // Answered before its thread waits again, a look-up may find none idle once.
      #expect(threads.threadCount <= 2)
    }
  }

  @Test("A cancelled look-up ends at once, however slow the system is")
  func cancelled() async throws {
    let slow = SlowLookUp()
    defer { slow.release() }
    let threads = ResolverThreads(idleSeconds: 0.02, lookUp: slow.lookUp)
    try await withThrowingTaskGroup(of: SocketError.Kind?.self) { group in
      for _ in 0..<6 {
        group.addTask { await failure { () throws(SocketError) in try await threads.addresses(of: "host", port: 1) } }
      }
      try await eventually("four look-ups run") { slow.running == 4 }
      group.cancelAll()
      for try await kind in group { #expect(kind == .cancelled) }
    }
    #expect(slow.running == 4, "they were abandoned, not waited for")
  }

  @Test("A look-up of a task that is cancelled already does not begin")
  func cancelledBefore() async throws {
    let slow = SlowLookUp()
    let threads = ResolverThreads(idleSeconds: 0.02, lookUp: slow.lookUp)
    await withTaskGroup(of: SocketError.Kind?.self) { group in
      group.cancelAll()
      group.addTask { await failure { () throws(SocketError) in try await threads.addresses(of: "host", port: 1) } }
      #expect(await group.next() == .cancelled)
    }
    #expect(threads.threadCount == 0)
  }

  @Test("Past the limit of waiting look-ups a caller is refused; cancelled ones do not count")
  func limit() async throws {
    let slow = SlowLookUp()
    defer { slow.release() }
    let threads = ResolverThreads(idleSeconds: 0.02, lookUp: slow.lookUp)
    let lookUp: @Sendable () async -> SocketError.Kind? = {
      await failure { () throws(SocketError) in try await threads.addresses(of: "host", port: 1) }
    }
    try await withThrowingTaskGroup(of: SocketError.Kind?.self) { group in
      for _ in 0..<ResolverThreads.mostThreads { group.addTask { await lookUp() } }
      try await eventually("four look-ups run") { slow.running == 4 }
      for _ in 0..<ResolverThreads.mostWaiting { group.addTask { await lookUp() } }
      try await eventually("all wait") { threads.waitingCount == ResolverThreads.mostWaiting }
      #expect(await lookUp() == .outOfDescriptors)
      group.cancelAll()
      try await group.waitForAll()
    }
    async let next = lookUp()
    try await eventually("it waits") { threads.waitingCount == 1 }
    slow.release()
    #expect(await next == nil)
  }

  @Test("Cancelled or answered at the same moment, each look-up ends once")
  func race() async throws {
    let threads = ResolverThreads(idleSeconds: 0.001) { _, port in .success([.ipv4(1, port: UInt16(port))]) }
    for yields in 0..<200 {
      await withTaskGroup(of: SocketError.Kind?.self) { group in
        for _ in 0..<3 {
          group.addTask { await failure { () throws(SocketError) in try await threads.addresses(of: "host", port: 1) } }
        }
        for _ in 0..<yields { await Task.yield() }
        group.cancelAll()
        for await kind in group { #expect(kind == nil || kind == .cancelled) }
      }
    }
  }
}

/// A look-up that blocks its thread until it is released.
private final class SlowLookUp: Sendable {
  private struct State {
    var running = 0
    var mostRunning = 0
    var isReleased = false
  }
  private let condition = Condition(State())

  var running: Int { condition.withLock { $0.running } }
  var mostRunning: Int { condition.withLock { $0.mostRunning } }

  func release() {
    condition.withLock { $0.isReleased = true }
    for _ in 0..<8 { condition.signal() }
  }

  var lookUp: @Sendable (String, Int) -> ResolverThreads.Answer {
    { [self] _, port in
      condition.withLock {
        $0.running += 1
        $0.mostRunning = max($0.mostRunning, $0.running)
      }
      condition.wait(seconds: 30, { $0.isReleased ? () : nil }, orElse: { _ in })
      condition.withLock { $0.running -= 1 }
      return .success([.ipv4(1, port: UInt16(port))])
    }
  }
}
