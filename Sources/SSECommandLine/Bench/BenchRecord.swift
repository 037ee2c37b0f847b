import SSESockets
import Synchronization

/// The measurement of a run, shared by its tasks; one of them may wait for something to become true of it.
final class BenchRecord: Sendable {
  /// Another one for each run, in its events.
  let run = UInt32.random(in: 1...UInt32.max)
  private let measurement = Mutex(BenchMeasurement())
  private let changes: AsyncStream<Void>
  private let change: AsyncStream<Void>.Continuation

  init() { (changes, change) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1)) }

  func withLock<R>(_ body: (inout sending BenchMeasurement) -> sending R) -> sending R { measurement.withLock(body) }

  /// Counts what a read has brought to the reader of this sequence, one of the run's own events included or none.
  /// Whether no other reader waits for that one any more. All under one lock: who finds an event complete, and ends the
  /// run, finds it counted too.
  func received(
    _ own: BenchEvent?, among events: Int, bytes: Int, to sequence: inout EventSequence, at time: UInt64
  ) -> Bool {
    measurement.withLock { measurement in
      measurement.received(events: events, bytes: bytes, at: time)
      guard let own else { return false }
      return measurement.delivered(own, to: &sequence, at: time)
    }
  }

  /// Has the one who waits look again.
  func notify() { change.yield() }

  /// Waits until something is true of the measurement, at most for so long; whether it is. A cancelled task waits no
  /// longer. For one task at a time, that prefers `loop`.
  @discardableResult
  func wait(
    upTo limit: Duration, on loop: EventLoop, until condition: (BenchMeasurement) -> Bool
  ) async -> Bool {
    if measurement.withLock({ condition($0) }) { return true }
    let deadline = EventLoop.now + limit.clampedNanoseconds
    let timer = loop.schedule(after: limit) { [change] in change.yield() }
    defer { loop.cancel(timer) }
    var iterator = changes.makeAsyncIterator()
    while !measurement.withLock({ condition($0) }) {
      guard EventLoop.now < deadline, await iterator.next() != nil else { return false }
    }
    return true
  }
}
