/// What a run of `sse bench` has seen so far: facts go in, with the time at which they came, figures come out. It does
/// no I/O. Times are nanoseconds of the monotonic clock.
struct BenchMeasurement: Sendable {
  /// Reasons for failures that are told apart; what fails for others counts as one.
  static let mostReasons = 10
  static let otherReasons = "other reasons"

  // MARK: Connections

  /// How many were begun; one that is opened again counts again.
  private(set) var begun = 0
  private(set) var opened = 0
  private(set) var failed = 0
  /// Streams that ended normally, and those that broke off.
  private(set) var ended = 0
  private(set) var cut = 0
  private(set) var reasons: [String: Int] = [:]
  /// Whose stream is open now.
  var readers: Int { fanOut.readers }
  /// Whose answer has not come.
  var pending: Int { begun - opened - failed }

  private(set) var connectTimes = Histogram()
  /// From the request to the head of the answer, and to the first event.
  private(set) var answerTimes = Histogram()
  private(set) var firstEventTimes = Histogram()

  // MARK: Events

  private(set) var events = 0
  private(set) var bytes = 0
  private(set) var fanOut = FanOut()
  /// What readers lacked that have left, and what each of them would have got next, in sum.
  private var missing = 0
  private var leavers = 0
  private var leaversNext = 0
  private(set) var doubled = 0
  private(set) var outOfOrder = 0
  private(set) var refused = 0
  /// From when an event was sent, and from when it was due, until a reader had it.
  private(set) var latencies = Histogram()
  private(set) var latenciesFromDue = Histogram()
  /// From when an event was sent until all readers had it.
  private(set) var lastReaderLatencies = Histogram()

  // MARK: Time

  /// When counting began; nil before. The first event that counts.
  private(set) var start: UInt64?
  private(set) var firstCounted = 0
  private(set) var lastEvent: UInt64 = 0
  private(set) var end: UInt64?
  /// Somebody has asked for the end.
  private(set) var isInterrupted = false

  var published: Int { fanOut.published - firstCounted }

  /// What readers that have left did not get of all that was published, also after they had left. At the end of a run
  /// all have.
  var lost: Int { missing + max(0, leavers * fanOut.published - leaversNext) }

  // MARK: - Connections

  mutating func beganConnecting() { begun += 1 }
  mutating func connected(after time: UInt64) { connectTimes.record(time) }

  /// The answer is a stream; from which event on its reader must get each.
  mutating func answered(after time: UInt64) -> EventSequence {
    opened += 1
    answerTimes.record(time)
    return EventSequence(from: fanOut.join())
  }

  mutating func failedToOpen(_ reason: String) {
    failed += 1
    count(reason)
  }

  /// A stream has ended normally, with what its reader has.
  ///
  /// - Parameter opensAgain: Another connection is begun in its place, so that there is no moment without any.
  mutating func ended(_ sequence: EventSequence, opensAgain: Bool) {
    left(sequence)
    ended += 1
    if opensAgain { beganConnecting() }
  }

  /// A stream broke off.
  mutating func wasCut(_ sequence: EventSequence, because reason: String) {
    left(sequence)
    cut += 1
    count(reason)
  }

  /// The run is over, and so is this reader's stream.
  mutating func left(_ sequence: EventSequence) {
    missing += sequence.missingCount
    leavers += 1
    leaversNext += sequence.next
    fanOut.leave(before: sequence.next)
  }

  private mutating func count(_ reason: String) {
    let isKnown = reasons[reason] != nil || reasons.count < Self.mostReasons
    reasons[isKnown ? reason : Self.otherReasons, default: 0] += 1
  }

  // MARK: - Events

  mutating func receivedFirstEvent(after time: UInt64) { firstEventTimes.record(time) }

  mutating func received(events: Int, bytes: Int, at time: UInt64) {
    guard end == nil else { return }
    self.events += events
    self.bytes += bytes
    if events > 0 { lastEvent = time }
  }

  /// One of the run's own events has come to a reader. Whether no other one waits for it any more.
  mutating func delivered(_ event: BenchEvent, to sequence: inout EventSequence, at time: UInt64) -> Bool {
    let arrival = sequence.received(event.number)
    // What comes while the connections are closed is not lost, and no figure either.
    guard end == nil else { return false }
    switch arrival {
    case .inOrder: break
    case .late: outOfOrder += 1
    case .doubled:
      doubled += 1
      return false
    case .early: return false
    }
    let latency = time - min(time, event.sent)
    let counts = event.number >= firstCounted
    if counts {
      latencies.record(latency)
      latenciesFromDue.record(latency + event.late)
    }
    guard fanOut.delivered(event.number) else { return false }
    if counts { lastReaderLatencies.record(latency) }
    return true
  }

  mutating func publishing() { fanOut.publish() }

  /// Nothing has come for so long that no reader is waited for any more.
  mutating func abandonDelivery() { fanOut.abandon() }

  mutating func publishingWasRefused() {
    fanOut.withdraw()
    refused += 1
  }

  // MARK: - Time

  /// From here on counts; what has come before, while connections were opened, was to warm up.
  mutating func begin(at time: UInt64) {
    start = time
    lastEvent = time
    forgetWarmUp()
  }

  /// The run is over. Where counting never began, nothing counts.
  mutating func finish(at time: UInt64) {
    guard end == nil else { return }
    end = time
    if start == nil { forgetWarmUp() }
  }

  private mutating func forgetWarmUp() {
    firstCounted = fanOut.published
    (events, bytes, refused) = (0, 0, 0)
    (latencies, latenciesFromDue, lastReaderLatencies) = (Histogram(), Histogram(), Histogram())
  }

  /// For how long was counted; nil where counting never began. What was published counts until the last reader had it,
  /// anything else until the end.
  func length(publishes: Bool) -> UInt64? {
    guard let start, let end = publishes ? lastEvent : end else { return nil }
    return end - min(start, end)
  }

  mutating func interrupt() { isInterrupted = true }
}
