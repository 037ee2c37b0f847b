import SSEClient
import SSESockets

/// A run of `sse bench`: opens the connections, publishes or only waits, and closes all of them.
struct BenchRun {
  /// Connections that are opened at once, so that the queue of those that a server has not accepted does not overflow.
  static let mostOpening = 128
  /// Where no answer comes for so long, as from a server that holds it back until there is an event, so many more are
  /// opened all the same; and when all are, the run begins.
  static let longestSilence = Duration.seconds(1)
  /// Events that are published before counting begins, so that all code and all connections have been used once.
  static let warmUpEvents = 5
  /// What has not come for so long is taken for lost: the next event is published, or the run ends.
  static let longestDelivery = Duration.seconds(2)
  /// Nanoseconds for which it does not rely on timers.
  private static let exactTime: UInt64 = 2_000_000

  let options: BenchOptions
  let record: BenchRecord
  /// The run's task prefers it.
  let loop: EventLoop

  /// Runs to the end; what has gone wrong in publishing is told beside the figures.
  ///
  /// - Throws: Where the request cannot be sent at all.
  func run() async throws -> (summary: BenchSummary, failure: (any Error)?) {
    let request = try EventStreamRequest(
      options.request.eventRequest(), configuration: options.request.configuration)
    var failure: (any Error)?
    await withDiscardingTaskGroup { group in
      if Console.style.isTerminal {
        group.addTask(executorPreference: loop) { await BenchProgress(record: record, loop: loop).run(options) }
      }
      do {
        try await open(request, in: &group)
        try await measure()
      } catch {
        failure = error
      }
      let now = EventLoop.now
      record.withLock { $0.finish(at: now) }
      group.cancelAll()
    }
    return (record.withLock { BenchSummary($0, options) }, failure)
  }

  // MARK: - Opening

  private func open(_ request: EventStreamRequest, in group: inout DiscardingTaskGroup) async throws {
    // What there is to warn of is said once.
    let further = request.withoutWarnings
    var most = Self.mostOpening
    for number in 1...options.connections {
      let allowed = most
      let isAllowed = await record.wait(upTo: Self.longestSilence, on: loop) {
        $0.isInterrupted || $0.pending < allowed
      }
      if !isAllowed { most += Self.mostOpening }
      if record.withLock({ $0.isInterrupted }) { return }
      let reader = BenchReader(
        request: number == 1 ? request : further, record: record, loop: try EventLoopGroup.shared.next(),
        opensAgain: options.publishing == nil)
      record.withLock { $0.beganConnecting() }
      group.addTask(executorPreference: reader.loop) { await reader.run() }
    }
    while true {
      let before = record.withLock { $0.isInterrupted ? 0 : $0.pending }
      guard before > 0 else { return }
      let isNews = await record.wait(upTo: Self.longestSilence, on: loop) { $0.isInterrupted || $0.pending < before }
      guard isNews else { return }
    }
  }

  // MARK: - Measuring

  private func measure() async throws {
    guard record.withLock({ !$0.isOver }) else { return }
    guard let publishing = options.publishing else {
      begin()
      return await pause(options.duration)
    }
    var publisher = try BenchPublisher(publishing, options.request.configuration, record: record)
    for _ in 0..<Self.warmUpEvents where record.withLock({ !$0.isOver }) {
      try await publisher.publish()
      await waitForDelivery { $0.isInterrupted }
    }
    guard record.withLock({ !$0.isOver }) else { return }
    begin()
    if let rate = publishing.rate {
      try await publish(with: &publisher, perSecond: rate)
    } else {
      try await publishAsFastAsRead(with: &publisher)
    }
    // Interrupted or not: what is under way would be lost without.
    await waitForDelivery { _ in false }
  }

  private func begin() {
    let now = EventLoop.now
    record.withLock { $0.begin(at: now) }
  }

  /// Waits for so long, or until there is no reason to go on.
  private func pause(_ time: Duration) async {
    await record.wait(upTo: time, on: loop) { $0.isOver }
  }

  /// The same until a time. Timers of a loop are as late as a millisecond, so the last one or two are spent in turns.
  private func pause(until time: UInt64) async {
    while case let now = EventLoop.now, now < time, record.withLock({ !$0.isOver }) {
      if time - now > Self.exactTime {
        await pause(.nanoseconds(Int64(time - now - Self.exactTime)))
      } else {
        // Its end is looked at above; cancelled, the run is over.
        do { try await loop.sleep(for: .zero) } catch { return }
      }
    }
  }

  /// Waits until all readers have what was published, for as long as something comes and it is not enough. What does
  /// not come is given up: the next wait is for later events alone.
  private func waitForDelivery(until isEnough: (BenchMeasurement) -> Bool) async {
    while true {
      let before = record.withLock { isEnough($0) ? 0 : $0.fanOut.incomplete }
      guard before > 0 else { return }
      let isNews = await record.wait(upTo: Self.longestDelivery, on: loop) {
        isEnough($0) || $0.fanOut.incomplete < before
      }
      guard isNews else { return record.withLock { $0.abandonDelivery() } }
    }
  }

  private func publishAsFastAsRead(with publisher: inout BenchPublisher) async throws {
    let end = EventLoop.now + options.duration.clampedNanoseconds
    while EventLoop.now < end, record.withLock({ !$0.isOver }) {
      try await publisher.publish()
      await waitForDelivery { $0.isInterrupted }
    }
  }

  /// By a schedule that does not wait for a slow server: what is late is published as soon as it can be.
  private func publish(with publisher: inout BenchPublisher, perSecond rate: Double) async throws {
    let start = EventLoop.now
    let duration = options.duration.clampedNanoseconds
    for number in 0... {
      // Beyond the end it may be more than an integer holds.
      let time = Double(number) * 1e9 / rate
      guard time < Double(duration) else { return }
      let due = start + UInt64(time)
      await pause(until: due)
      guard EventLoop.now < start + duration, record.withLock({ !$0.isOver }) else { return }
      try await publisher.publish(due: due)
    }
  }
}

extension BenchMeasurement {
  /// There is no reason to go on.
  fileprivate var isOver: Bool { isInterrupted || readers == 0 && pending == 0 }
}
