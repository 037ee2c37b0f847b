import Foundation
import SSETestSupport
import Testing

@testable import SSESockets

/// Signals are the process's: these tests come one after the other, and wait for a watch of another suite to close.
@Suite("Signals", .serialized, .timeLimit(.minutes(1)))
struct SignalWatchTests {
  @Test(
    "A watched signal is told on the loop, again and again; closing gives back the earlier action", arguments: kinds)
  func told(_ kind: PollerKind) async throws {
    let earlier = signal(SIGUSR1, SIG_IGN)
    defer { signal(SIGUSR1, earlier) }
    try await withLoop(kind) { loop in
      let (signals, continuation) = AsyncStream.makeStream(of: Int32.self)
      // Twice the same: still the action found at first is given back.
      let watch = try await open([SIGUSR1, SIGUSR2, SIGUSR1], loop) { if loop.isCurrent { continuation.yield($0) } }
      var told = signals.makeAsyncIterator()
      for number in [SIGUSR1, SIGUSR2, SIGUSR1] {
        kill(getpid(), number)
        #expect(await told.next() == number)
      }
      await watch.run { $0.close() }
      await watch.run { $0.close() }
      kill(getpid(), SIGUSR1)  // Ignored, as before the watch: else it would end the process.
      #expect(signal(SIGUSR1, SIG_IGN).map { unsafeBitCast($0, to: Int.self) } == unsafeBitCast(SIG_IGN, to: Int.self))
    }
  }

  @Test("There is one watch at a time; a closed one makes room", arguments: kinds)
  func one(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      let watch = try await open([SIGUSR1], loop) { _ in }
      #expect(await loop.run { SignalWatch([SIGUSR2], loop: loop) { _ in } == nil })
      await watch.run { $0.close() }
      let next = try await open([SIGUSR1], loop) { _ in }
      await next.run { $0.close() }
    }
  }

  @Test("A watch may be closed by what it tells", arguments: kinds)
  func closedWithin(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      let (signals, continuation) = AsyncStream.makeStream(of: Int32.self)
      let holder = LoopBound(sending: Holder(), loop: loop)
      let watch = try await open([SIGUSR1], loop) {
        holder.onLoop.watch?.onLoop.close()
        continuation.yield($0)
      }
      await holder.run { $0.watch = watch }
      kill(getpid(), SIGUSR1)
      #expect(await signals.first { _ in true } == SIGUSR1)
      await holder.run { $0.watch = nil }
    }
  }

  @Test(
    "A number that is no signal, or one that cannot be heard, is refused and leaves all as it was", arguments: kinds)
  func refused(_ kind: PollerKind) async throws {
    let earlier = signal(SIGUSR1, SIG_IGN)
    defer { signal(SIGUSR1, earlier) }
    try await withLoop(kind) { loop in
      for number in [0, -1, 1_000, SIGKILL] {
        // Opened and closed before: the refusal is not because of another watch.
        try await open([SIGUSR1], loop) { _ in }.run { $0.close() }
        #expect(await loop.run { SignalWatch([SIGUSR1, number], loop: loop) { _ in } == nil })
      }
      #expect(signal(SIGUSR1, SIG_IGN).map { unsafeBitCast($0, to: Int.self) } == unsafeBitCast(SIG_IGN, to: Int.self))
      try await open([SIGUSR1], loop) { _ in }.run { $0.close() }
    }
  }

  private final class Holder { var watch: LoopBound<SignalWatch>? }

  private func open(
    _ signals: [Int32], _ loop: EventLoop, _ received: @escaping @Sendable (Int32) -> Void
  ) async throws -> LoopBound<SignalWatch> {
    var opened: LoopBound<SignalWatch>?
    try await eventually("no other watch is open") {
      opened = await loop.run {
        SignalWatch(signals, loop: loop, received: received).map { LoopBound($0, loop: loop) }
      }
      return opened != nil
    }
    return try #require(opened)
  }
}
