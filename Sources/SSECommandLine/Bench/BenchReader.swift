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
    while await readStream(), opensAgain, !Task.isCancelled { record.withLock { $0.beganConnecting() } }
  }

  /// Whether the stream ended normally, behind an event: one that is empty is not asked for again and again.
  private func readStream() async -> Bool {
    let begun = EventLoop.now
    let stream: EventStreamConnection
    do {
      stream = try await request.connect(on: loop)
    } catch {
      if !Task.isCancelled { failedToOpen(error) }
      return false
    }
    let connected = EventLoop.now
    record.withLock { $0.connected(after: connected - begun) }
    var reading = Reading(record: record, connected: connected)
    var failure: EventClientError?
    do {
      while try !reading.take(from: stream) { try await stream.receive() }
    } catch {
      failure = error
    }
    await stream.closeNow()
    return ended(reading, failure)
  }

  private func ended(_ reading: Reading, _ failure: EventClientError?) -> Bool {
    guard let sequence = reading.sequence else {
      if !Task.isCancelled { failedToOpen(failure ?? .noResponse(url: "")) }
      return false
    }
    let isCancelled = Task.isCancelled
    record.withLock { isCancelled ? $0.left(sequence) : $0.ended(sequence, because: failure?.advice) }
    record.notify()
    return failure == nil && reading.events > 0
  }

  private func failedToOpen(_ error: EventClientError) {
    record.withLock { $0.failedToOpen(error.advice) }
    record.notify()
  }
}

/// What one stream has brought.
private struct Reading {
  let record: BenchRecord
  let connected: UInt64
  /// Nil until the answer has been accepted.
  var sequence: EventSequence?
  var events = 0
  private var countedBytes = 0

  init(record: BenchRecord, connected: UInt64) {
    self.record = record
    self.connected = connected
  }

  /// Takes what has come; whether the stream has ended. All of one `receive` has come at the same time.
  mutating func take(from stream: EventStreamConnection) throws(EventClientError) -> Bool {
    let now = EventLoop.now
    let eventsBefore = events
    defer {
      if sequence != nil {
        let (newEvents, newBytes) = (events - eventsBefore, stream.receivedCount - countedBytes)
        record.withLock { $0.received(events: newEvents, bytes: newBytes, at: now) }
        countedBytes = stream.receivedCount
      }
    }
    while true {
      switch try stream.next() {
      case .needsInput: return false
      case .opened:
        sequence = record.withLock { $0.answered(after: now - connected) }
        record.notify()
      case .event(let event): received(event, at: now)
      case .ended: return true
      }
    }
  }

  private mutating func received(_ event: ServerSentEvent, at now: UInt64) {
    events += 1
    if events == 1 { record.withLock { $0.receivedFirstEvent(after: now - connected) } }
    guard var taken = sequence, let own = BenchEvent(event.data, of: record.run) else { return }
    let isComplete = record.withLock { $0.delivered(own, to: &taken, at: now) }
    sequence = taken
    if isComplete { record.notify() }
  }
}
