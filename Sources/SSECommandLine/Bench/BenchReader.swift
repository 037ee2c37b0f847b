import SSEClient
import SSESockets

/// One of the readers of a run: opens a stream and reads it, and where it ends normally opens another.
struct BenchReader {
  let request: EventStreamRequest
  let record: BenchRecord
  let loop: EventLoop
  /// Where events are published, a stream is opened once: what is published meanwhile would be missing in another.
  let opensAgain: Bool

  /// Reads until the task is cancelled, or there is nothing more to read. In a task that prefers the loop.
  func run() async {
    while await readStream() {}
  }

  /// Whether another stream is to be opened: where this one ended normally, behind an event. One that is empty would be
  /// asked for again and again.
  private func readStream() async -> Bool {
    let begun = EventLoop.now
    var reading: BenchReading?
    var failure: EventClientError?
    do throws(EventClientError) {
      let stream = try await request.connect(on: loop)
      let connected = EventLoop.now
      record.withLock { $0.connected(after: connected - begun) }
      let begunReading = BenchReading(record, connected: connected)
      reading = begunReading
      try await stream.read(begunReading)
    } catch {
      failure = error
    }
    let goesOn = opensAgain && !Task.isCancelled && failure == nil && reading?.hasEvents == true
    tell(reading?.sequence, failure, goesOn)
    return goesOn
  }

  private func tell(_ sequence: EventSequence?, _ failure: EventClientError?, _ goesOn: Bool) {
    let isCancelled = Task.isCancelled
    let reason = failure?.advice
    record.withLock { measurement in
      switch (sequence, reason) {
      case (let sequence?, _) where isCancelled: measurement.left(sequence)
      case (let sequence?, nil): measurement.ended(sequence, opensAgain: goesOn)
      case (let sequence?, let reason?): measurement.wasCut(sequence, because: reason)
      case (nil, _) where isCancelled: break
      case (nil, let reason): measurement.failedToOpen(reason ?? "no stream: the server answered 204")
      }
    }
    record.notify()
  }
}

/// Counts what one stream brings.
final class BenchReading: EventStreamHandler {
  private let record: BenchRecord
  private let connected: UInt64
  /// Nil until the answer has been accepted.
  private(set) var sequence: EventSequence?
  private(set) var hasEvents = false
  /// When the bytes came that are read now; all events in them have come then.
  private var now: UInt64 = 0
  /// What they have brought that has not been counted.
  private var newBytes = 0
  private var newEvents = 0

  init(_ record: BenchRecord, connected: UInt64) {
    self.record = record
    self.connected = connected
  }

  func streamReceived(byteCount: Int) {
    now = EventLoop.now
    newBytes = byteCount
  }

  func streamOpened() {
    let time = now - connected
    sequence = record.withLock { $0.answered(after: time) }
    record.notify()
  }

  func streamReceived(data: String) {
    newEvents += 1
    if !hasEvents {
      hasEvents = true
      let time = now - connected
      record.withLock { $0.receivedFirstEvent(after: time) }
    }
    if let own = BenchEvent(data, of: record.run) { count(own) }
  }

  func streamReadEnded() {
    if newBytes > 0 || newEvents > 0 { count(nil) }
  }

  /// Counts what is new, and with it one of the run's own events.
  private func count(_ own: BenchEvent?) {
    // Bytes of an answer that is no stream are none of the run's.
    guard var sequence = sequence.take() else { return }
    let isComplete = record.received(own, among: newEvents, bytes: newBytes, to: &sequence, at: now)
    self.sequence = sequence
    (newEvents, newBytes) = (0, 0)
    if isComplete { record.notify() }
  }
}
