import SSEClient
import SSESockets
import ServerSentEvents

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
    // What the end itself has brought.
    reading?.streamReceived(byteCount: 0)
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
  /// Of this read: how many events, and which of them are the run's own.
  private var newEvents = 0
  private var ownEvents: [BenchEvent] = []
  /// When they came; all events of them have come then. Zero: not looked up yet.
  private var now: UInt64 = 0

  init(_ record: BenchRecord, connected: UInt64) {
    self.record = record
    self.connected = connected
  }

  func streamOpened() {
    now = EventLoop.now
    let time = now - connected
    sequence = record.withLock { $0.answered(after: time) }
    record.notify()
  }

  func streamReceived(_ event: ServerSentEvent) {
    if newEvents == 0, now == 0 { now = EventLoop.now }
    newEvents += 1
    if !hasEvents {
      hasEvents = true
      let time = now - connected
      record.withLock { $0.receivedFirstEvent(after: time) }
    }
    if let own = BenchEvent(event.data, of: record.run) { ownEvents.append(own) }
  }

  func streamReceived(byteCount: Int) {
    if record.received(ownEvents, among: newEvents, bytes: byteCount, to: &sequence, at: now) { record.notify() }
    ownEvents.removeAll(keepingCapacity: true)
    newEvents = 0
    now = 0
  }
}
