import SSESockets

/// What the delays and timeouts of a client go by.
struct ClientClock: Sendable {
  private enum Source: Sendable {
    case eventLoop
    indirect case given(now: @Sendable () -> Moment, sleep: @Sendable (Duration) async throws -> Void)
  }

  private let source: Source

  /// - Parameter clock: Nil for the clock of the event loops.
  init(_ clock: (any Clock<Duration>)?) {
    source = clock.map { Self.source($0) } ?? .eventLoop
  }

  private static func source<Given: Clock>(_ clock: Given) -> Source where Given.Duration == Duration {
    let (start, moment) = (clock.now, Moment.now)
    return .given(
      now: { moment + start.duration(to: clock.now) }, sleep: { try await clock.sleep(for: $0, tolerance: nil) })
  }

  var now: Moment {
    switch source {
    case .eventLoop: .now
    case .given(let now, _): now()
    }
  }

  /// Whether a socket's own timeout goes by this clock.
  var isEventLoops: Bool {
    if case .eventLoop = source { true } else { false }
  }

  /// Cancelling the task ends it at once.
  func sleep(for time: Duration, on loop: EventLoop) async throws {
    switch source {
    case .eventLoop: try await loop.sleep(for: time)
    case .given(_, let sleep): try await sleep(time)
    }
  }
}
