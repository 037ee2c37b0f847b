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

  /// An event has come to the reader of this sequence, with bytes that were not counted; nil: none of the run's own.
  /// Whether no other reader waits for it any more. All under one lock: who finds an event complete, and ends the run,
  /// finds it counted too.
  func received(_ own: BenchEvent?, bytes: Int, to sequence: inout EventSequence?, at time: UInt64) -> Bool {
    guard var taken = sequence.take() else { return false }
    defer { sequence = taken }
    return measurement.withLock { measurement in
      measurement.received(bytes: bytes)
      measurement.receivedEvent(at: time)
      guard let own else { return false }
      return measurement.delivered(own, to: &taken, at: time)
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
