import Foundation
import SSEClient
import SSETestSupport
import Synchronization
import Testing

/// A serial executor that counts the jobs it is given: one for each time that a task comes back to its actor.
private final class CountingExecutor: SerialExecutor {
  private let jobs = Atomic(0)
  private let queue = DispatchQueue(label: "counting executor")

  var count: Int { jobs.load(ordering: .relaxed) }

  func enqueue(_ job: consuming ExecutorJob) {
    jobs.add(1, ordering: .relaxed)
    let job = UnownedJob(job)
    queue.async { [self] in job.runSynchronously(on: asUnownedSerialExecutor()) }
  }
}

/// Reads a sequence, and counts how often it was left for it.
private actor CountingReader {
  nonisolated let executor = CountingExecutor()
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Counts from the second event on.
  func hops(
    reading events: sending some AsyncSequence, count: Int, afterTheFirst: @Sendable () async throws -> Void
  ) async throws -> Int {
    var read = 0
    var before = 0
    for try await _ in events {
      if read == 0 {
        try await afterTheFirst()
        before = executor.count
      }
      read += 1
      if read == count { break }
    }
    return executor.count - before
  }

  /// The same for a standard library stream, to see that the count counts.
  func hops(reading stream: AsyncThrowingStream<ServerSentEvent, any Error>, count: Int) async throws -> Int {
    let before = executor.count
    var read = 0
    for try await _ in stream {
      read += 1
      if read == count { break }
    }
    return executor.count - before
  }
}

@Suite(.timeLimit(.minutes(1))) struct IsolationTests {
  static let count = 10_000
  /// The shortest event; 10,000 of them fit in one read.
  static let event = "data\n\n"

  /// Fills the client's buffer; returns when its kernel has all of it.
  private static func fill(_ peer: RawConnection) async throws {
    try await peer.write(String(repeating: event, count: count))
    try await eventually("all bytes are acknowledged") {
      var waiting: Int32 = 0
      return ioctl(peer.descriptor, UInt(TIOCOUTQ), &waiting) == 0 && waiting == 0
    }
  }

  private static func accept(_ listener: RawListener, answering text: String) async throws -> RawConnection {
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(text)
    return peer
  }

  @Test(
    "C69: 10,000 buffered events, decoded or not, reach a loop on an actor without leaving it",
    arguments: [true, false])
  func actor(isDecoded: Bool) async throws {
    let listener = try RawListener()
    let (peers, continuation) = AsyncStream.makeStream(of: RawConnection.self)
    async let accepted: Void = {
      continuation.yield(try await Self.accept(listener, answering: Peer.head + Self.event))
    }()
    let source = EventClient().source(listener.url)
    let fill: @Sendable () async throws -> Void = {
      for await peer in peers { return try await Self.fill(peer) }
    }
    let hops =
      isDecoded
      ? try await CountingReader().hops(reading: source.decoded(\.data), count: Self.count + 1, afterTheFirst: fill)
      : try await CountingReader().hops(reading: source, count: Self.count + 1, afterTheFirst: fill)
    // The one is for the bytes; none where they come before it has suspended.
    #expect(hops <= 1)
    try await accepted
  }

  @Test("The count of the test above counts: a stream of the standard library leaves the actor for each element")
  func stream() async throws {
    let listener = try RawListener()
    let events = String(repeating: Self.event, count: 100)
    async let accepted = Self.accept(listener, answering: Peer.head + events)
    #expect(try await CountingReader().hops(reading: EventClient().events(listener.url), count: 100) >= 100)
    _ = try await accepted
  }

  @Test("C69: 10,000 buffered events reach a loop on the main actor without letting other work of it in between")
  @MainActor func mainActor() async throws {
    let listener = try RawListener()
    async let accepted = Self.accept(listener, answering: Peer.head + Self.event)
    var read = 0
    var hasOtherRun = false
    var other: Task<Void, Never>?
    var hadOtherRun = true
    for try await _ in EventClient().source(listener.url) {
      read += 1
      if read == 1 { try await Self.fill(try await accepted) }
      // All of it has been received with the second: now other work waits for the main actor.
      if read == 2 { other = Task { @MainActor in hasOtherRun = true } }
      if read == Self.count + 1 {
        hadOtherRun = hasOtherRun
        break
      }
    }
    #expect(!hadOtherRun)
    await other?.value
    #expect(hasOtherRun)
  }
}
