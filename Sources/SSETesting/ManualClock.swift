/// A clock that stands still until a test moves it. Give it to what sleeps, and a day passes in no time.
///
///     let clock = ManualClock()
///     var configuration = EventClientConfiguration()
///     configuration.clock = clock
///     …
///     try await clock.sleepers(atLeast: 1)        // the client waits before it connects again
///     clock.advance(by: .seconds(3))
///
/// A handler can be tested in the same way where it takes its clock as `any Clock<Duration>`. The clock may be used
/// from any number of tasks and threads.
public final class ManualClock: Clock {
  /// A point in time of a manual clock.
  public struct Instant: InstantProtocol, CustomStringConvertible {
    /// The time since the clock was made.
    public let sinceStart: Duration

    /// A point in time, so long after the clock was made.
    public init(sinceStart: Duration) { self.sinceStart = sinceStart }

    /// The point in time so much later.
    public func advanced(by duration: Duration) -> Instant { Instant(sinceStart: sinceStart + duration) }
    /// The time from here to there.
    public func duration(to other: Instant) -> Duration { other.sinceStart - sinceStart }
    /// Whether one is earlier than the other.
    public static func < (a: Instant, b: Instant) -> Bool { a.sinceStart < b.sinceStart }
    /// The time since the clock was made.
    public var description: String { "\(sinceStart)" }
  }

  private struct Sleeper: Sendable {
    let number: Int
    let deadline: Instant
    let continuation: CheckedContinuation<Void, any Error>
  }

  private struct State: Sendable {
    var now = Instant(sinceStart: .zero)
    /// By deadline, and those with the same in the order in which they came.
    var sleepers: [Sleeper] = []
    var nextSleeper = 0

    mutating func insert(_ sleeper: Sleeper) {
      let place = sleepers.firstIndex { $0.deadline > sleeper.deadline } ?? sleepers.endIndex
      sleepers.insert(sleeper, at: place)
    }

    mutating func remove(_ number: Int) -> Sleeper? {
      sleepers.firstIndex { $0.number == number }.map { sleepers.remove(at: $0) }
    }

    mutating func advance(to instant: Instant) -> [Sleeper] {
      now = max(now, instant)
      let due = sleepers.prefix { $0.deadline <= now }
      sleepers.removeFirst(due.count)
      return Array(due)
    }

    var summary: String {
      let deadlines = sleepers.map { "\(now.duration(to: $0.deadline))" }.joined(separator: ", ")
      return sleepers.isEmpty ? "nobody sleeps" : "sleepers wake in \(deadlines)"
    }
  }
  private let state = Observed(State())

  /// A clock at zero.
  public init() {}

  /// The time that the test has set.
  public var now: Instant { state.facts.now }

  /// Any duration can be told from any other.
  public var minimumResolution: Duration { .zero }

  /// Suspends until the test has moved the clock to the deadline; not at all where it is there already.
  ///
  /// - Throws: `CancellationError` at once when the task is cancelled.
  public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
    let number = state.update { state in
      state.nextSleeper += 1
      return state.nextSleeper
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let outcome: Result<Void, any Error>? = state.update { state in
          // Cancelled before: the handler has come too early to find the sleeper. Cancelled from here on: it needs the
          // state's lock, and finds it.
          if Task.isCancelled { return .failure(CancellationError()) }
          if deadline <= state.now { return .success(()) }
          state.insert(Sleeper(number: number, deadline: deadline, continuation: continuation))
          return nil
        }
        if let outcome { continuation.resume(with: outcome) }
      }
    } onCancel: {
      state.update { $0.remove(number) }?.continuation.resume(throwing: CancellationError())
    }
  }

  // MARK: - Moving it

  /// Moves the clock, and wakes in the order of their deadlines those who are due. It jumps: who sleeps again sleeps
  /// from the new time on. Returns before those it woke have gone on; wait for what they do. A negative duration does
  /// nothing.
  public func advance(by duration: Duration) {
    let due = state.update { $0.advance(to: $0.now.advanced(by: duration)) }
    for sleeper in due { sleeper.continuation.resume() }
  }

  /// The same, to a point in time; does nothing where that is past.
  public func advance(to instant: Instant) {
    let due = state.update { $0.advance(to: instant) }
    for sleeper in due { sleeper.continuation.resume() }
  }

  /// Waits until somebody sleeps, then moves the clock to the earliest deadline. Returns by how much it has moved.
  ///
  /// - Throws: `ConditionTimeout` when nobody sleeps within `limit` of real time (default 10 s); `CancellationError`.
  @discardableResult
  public func advanceToNextSleeper(
    within limit: Duration = .seconds(10), isolation: isolated (any Actor)? = #isolation
  ) async throws -> Duration {
    while true {
      try await sleepers(atLeast: 1, within: limit)
      let step: (Duration, [Sleeper])? = state.update { state in
        guard let first = state.sleepers.first else { return nil }
        let duration = state.now.duration(to: first.deadline)
        return (duration, state.advance(to: first.deadline))
      }
      // Nil: the sleeper was cancelled in between.
      guard let (duration, due) = step else { continue }
      for sleeper in due { sleeper.continuation.resume() }
      return duration
    }
  }

  // MARK: - Who sleeps

  /// When those who sleep now are to wake, earliest first.
  public var deadlines: [Instant] { state.facts.sleepers.map(\.deadline) }

  /// Waits until at least so many sleep; returns how long each of them still has to, shortest first.
  ///
  /// - Throws: `ConditionTimeout` after `limit` of real time (default 10 s); `CancellationError`.
  @discardableResult
  public func sleepers(
    atLeast count: Int, within limit: Duration = .seconds(10), isolation: isolated (any Actor)? = #isolation
  ) async throws -> [Duration] {
    try await remaining("at least \(count) sleepers", within: limit) { $0 >= count }
  }

  /// Waits until at most so many sleep: those that were cancelled are gone. Returns as `sleepers(atLeast:)`.
  ///
  /// - Throws: `ConditionTimeout` after `limit` of real time (default 10 s); `CancellationError`.
  @discardableResult
  public func sleepers(
    atMost count: Int, within limit: Duration = .seconds(10), isolation: isolated (any Actor)? = #isolation
  ) async throws -> [Duration] {
    try await remaining("at most \(count) sleepers", within: limit) { $0 <= count }
  }

  /// Waits until somebody sleeps who is to wake in exactly so long.
  ///
  /// - Throws: `ConditionTimeout` after `limit` of real time (default 10 s), which says how long they sleep instead;
  ///   `CancellationError`.
  public func sleeper(
    for duration: Duration, within limit: Duration = .seconds(10), isolation: isolated (any Actor)? = #isolation
  ) async throws {
    try await state.first("a sleeper for \(duration)", within: limit, butSaw: \.summary) { state in
      state.sleepers.contains { state.now.duration(to: $0.deadline) == duration } ? true : nil
    }
  }

  private func remaining(
    _ what: String, within limit: Duration, isolation: isolated (any Actor)? = #isolation,
    _ isWanted: @escaping @Sendable (Int) -> Bool
  ) async throws -> [Duration] {
    try await state.first(what, within: limit, butSaw: \.summary) { state in
      guard isWanted(state.sleepers.count) else { return nil }
      return state.sleepers.map { state.now.duration(to: $0.deadline) }
    }
  }
}
