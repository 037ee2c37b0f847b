import SSEHTTP1

/// Decides whether and when a source connects again. It does no I/O: facts go in, actions come out, time and randomness
/// are given.
struct Reconnection: Sendable {
  enum Action {
    /// Connect again after this delay.
    case wait(Duration)
    /// The sequence ends.
    case finish
    case fail(EventClientError)
  }

  /// A longer `retry`, and a longer time of a policy, counts as this.
  static let longestReconnectionTime: Duration = .seconds(86_400)
  /// A connection that lived this long is no failure, also without an event.
  static let healthyLife: Duration = .seconds(60)
  /// The backoff grows from this where the reconnection time is shorter.
  static let leastBackoff: Duration = .seconds(1)

  /// What a source remembers from one iterator to the next.
  struct History: Sendable, Equatable {
    /// The server's; nil until it has set one.
    var reconnectionTime: Duration?
    var wasEverAccepted = false
    /// Failed attempts in a row.
    var failures = 0
    /// Accepted streams in a row that delivered no event.
    var emptyStreams = 0
  }

  private enum Connection {
    case none
    case accepted(at: Moment, hasDelivered: Bool)
  }

  private let reconnects: Bool
  /// The policy's.
  private let firstReconnectionTime: Duration
  private let longestBackoff: Duration
  private(set) var history: History
  private var connection = Connection.none

  init(_ policy: ReconnectPolicy, method: HTTPMethod, resuming history: History = History()) {
    reconnects = policy.mode == .standard && method == .get
    firstReconnectionTime = Self.clamped(policy.reconnectionTime)
    longestBackoff = Self.clamped(policy.longestBackoff)
    self.history = history
  }

  private var reconnectionTime: Duration { history.reconnectionTime ?? firstReconnectionTime }

  private static func clamped(_ time: Duration) -> Duration { min(max(time, .zero), longestReconnectionTime) }

  /// An answer with status 200 and the right type has come.
  mutating func accepted(at now: Moment) {
    connection = .accepted(at: now, hasDelivered: false)
    history.wasEverAccepted = true
  }

  mutating func receivedEvent() {
    guard case .accepted(let start, false) = connection else { return }
    connection = .accepted(at: start, hasDelivered: true)
    // Now, not when the stream is over: the iterator may be left before.
    history.failures = 0
    history.emptyStreams = 0
  }

  /// The server has set the reconnection time (HTML Standard, 9.2.6).
  mutating func received(retry: Duration) {
    history.reconnectionTime = Self.clamped(retry)
  }

  /// The attempt or the connection under way is over.
  ///
  /// - Parameter fraction: A random number from 0 to 1: how much of the possible backoff is waited.
  mutating func interrupted(
    by error: EventClientError, at now: Moment, fraction: Double
  ) -> Action {
    let isFailure = countsAsFailure(at: now)
    connection = .none
    guard reconnects else {
      if case .ended = error { return .finish }
      return .fail(error)
    }
    switch error.recovery {
    case .none: return .fail(error)
    case .onceAccepted where !history.wasEverAccepted: return .fail(error)
    case .onceAccepted, .always: break
    }
    guard isFailure else { return .wait(reconnectionTime) }
    history.failures += 1
    return .wait(reconnectionTime + longestDelay(ofFailure: history.failures) * fraction)
  }

  /// Counts the attempt that is over.
  private mutating func countsAsFailure(at now: Moment) -> Bool {
    guard case .accepted(let start, let hasDelivered) = connection else { return true }
    if hasDelivered || now - start >= Self.healthyLife {
      history.failures = 0
      history.emptyStreams = 0
      return false
    }
    history.emptyStreams += 1
    return history.emptyStreams > 1
  }

  /// min(cap, max(reconnection time, 1 s) · 2^(n−1))
  private func longestDelay(ofFailure number: Int) -> Duration {
    var delay = max(reconnectionTime, Self.leastBackoff)
    var doublings = number - 1
    while doublings > 0, delay < longestBackoff {
      delay *= 2
      doublings -= 1
    }
    return min(delay, longestBackoff)
  }
}

extension EventClientError {
  enum Recovery {
    /// Asking again would give the same.
    case none
    /// Worth another attempt where the server has been there before; else more likely a mistake in the URL.
    case onceAccepted
    case always
  }

  var recovery: Recovery {
    switch self {
    case .ended, .cut, .noResponse, .timedOut(.read, _, _), .timedOut(.responseHead, _, _),
      .timedOut(.request, _, _):
      .always
    case .unknownHost, .connectionRefused, .connectionFailed, .timedOut(.connect, _, _): .onceAccepted
    case .malformedURL, .unsupportedScheme, .invalidRequest, .unexpectedStatus, .unexpectedContentType,
      .unsupportedContentCoding, .protocolViolation, .limitExceeded, .alreadyIterating:
      .none
    }
  }
}
