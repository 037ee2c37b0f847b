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
    /// Attempts of an iterator in a row that brought no event, and when the row began.
    var attempts = 0
    var interruptedSince: Moment?
    var delivered = Delivered.nothing
  }

  /// What a repeated request could double or lose, where the method is not a GET.
  enum Delivered {
    case nothing
    /// The last event had an id of its own: the server can go on behind it.
    case resumable
    case notResumable
  }

  private enum Connection {
    case none
    case accepted(at: Moment, hasDelivered: Bool)
  }

  private let request: Shared<EventRequest>
  private var policy: ReconnectPolicy { request.value.reconnect }
  private var method: HTTPMethod { request.value.method }
  private(set) var history: History
  private var connection = Connection.none

  init(_ request: Shared<EventRequest>, resuming history: History = History()) {
    self.request = request
    self.history = history
    // Whoever reads again, perhaps after `gaveUp`, is given all that the policy allows.
    self.history.attempts = 0
    self.history.interruptedSince = nil
  }

  private var reconnectionTime: Duration { history.reconnectionTime ?? Self.clamped(policy.reconnectionTime) }

  private static func clamped(_ time: Duration) -> Duration { min(max(time, .zero), longestReconnectionTime) }

  /// An answer with status 200 and the right type has come.
  mutating func accepted(at now: Moment) {
    connection = .accepted(at: now, hasDelivered: false)
    history.wasEverAccepted = true
  }

  mutating func receivedEvent(hasID: Bool) {
    history.delivered = hasID ? .resumable : .notResumable
    guard case .accepted(let start, false) = connection else { return }
    connection = .accepted(at: start, hasDelivered: true)
    // Now, not when the stream is over: the iterator may be left before.
    resetCounts()
  }

  /// A block without data has set the last event ID.
  mutating func received(lastEventID: String) {
    // The server has taken back where to go on from.
    if lastEventID.isEmpty, history.delivered == .resumable { history.delivered = .notResumable }
  }

  private mutating func resetCounts() {
    history.failures = 0
    history.emptyStreams = 0
    history.attempts = 0
    history.interruptedSince = nil
  }

  /// The server has set the reconnection time (HTML Standard, 9.2.6).
  mutating func received(retry: Duration) {
    history.reconnectionTime = Self.clamped(retry)
  }

  /// The attempt or the connection under way is over.
  ///
  /// - Parameters:
  ///   - retryAfter: How long the server asked to wait, where it refused.
  ///   - fraction: A random number from 0 to 1: how much of the possible backoff is waited.
  mutating func interrupted(
    by error: EventClientError, retryAfter: Duration? = nil, at now: Moment, fraction: Double
  ) -> Action {
    let isFailure = count(at: now)
    guard isRepeated(after: error) else {
      if case .ended = error { return .finish }
      return .fail(error)
    }
    guard canRecover(from: error), retryAfter ?? .zero <= policy.longestRetryAfter else { return .fail(error) }
    if let most = policy.attempts, history.attempts >= most { return .fail(gaveUp(error)) }
    let delay = delay(isFailure: isFailure, retryAfter: retryAfter ?? .zero, fraction: fraction)
    if let limit = policy.timeLimit, let start = history.interruptedSince, now + delay - start > limit {
      return .fail(gaveUp(error))
    }
    return .wait(delay)
  }

  private func gaveUp(_ error: EventClientError) -> EventClientError {
    .gaveUp(after: max(1, history.attempts), last: error)
  }

  /// Counts the attempt that is over; whether it was a failure.
  private mutating func count(at now: Moment) -> Bool {
    defer {
      if history.interruptedSince == nil { history.interruptedSince = now }
      connection = .none
    }
    var isFailure = true
    if case .accepted(let start, let hasDelivered) = connection {
      if hasDelivered || now - start >= Self.healthyLife {
        resetCounts()
        return false
      }
      history.emptyStreams += 1
      isFailure = history.emptyStreams > 1
    }
    history.attempts += 1
    if isFailure { history.failures += 1 }
    return isFailure
  }

  private func isRepeated(after error: EventClientError) -> Bool {
    switch policy.mode {
    case .never: return false
    case .standard: return method == .get
    case .always: return true
    case .resumingCuts:
      if method == .get { return true }
      if case .ended = error { return false }
      return history.delivered != .notResumable
    }
  }

  private func canRecover(from error: EventClientError) -> Bool {
    switch error.recovery {
    case .none: false
    case .onceAccepted: history.wasEverAccepted || policy.retriesFirstConnection
    case .always: true
    case .refused(let status): policy.retriedStatuses.contains(status)
    }
  }

  private func delay(isFailure: Bool, retryAfter: Duration, fraction: Double) -> Duration {
    let least = max(reconnectionTime, retryAfter)
    return isFailure ? least + longestBackoff(ofFailure: history.failures) * fraction : least
  }

  /// min(cap, max(reconnection time, 1 s) · 2^(n−1))
  private func longestBackoff(ofFailure number: Int) -> Duration {
    let cap = Self.clamped(policy.longestBackoff)
    var delay = max(reconnectionTime, Self.leastBackoff)
    var doublings = number - 1
    while doublings > 0, delay < cap {
      delay *= 2
      doublings -= 1
    }
    return min(delay, cap)
  }
}

extension EventClientError {
  enum Recovery: Equatable {
    /// Asking again would give the same.
    case none
    /// Asking again may help where the server has been there before.
    case onceAccepted
    case always
    /// As the policy says for this status.
    case refused(HTTPStatus)
  }

  var recovery: Recovery {
    switch self {
    case .ended, .cut, .noResponse, .timedOut(.read, _, _), .timedOut(.responseHead, _, _),
      .timedOut(.request, _, _):
      .always
    case .secureConnectionFailed(let failure, _) where !failure.isLocal: .onceAccepted
    case .unknownHost, .connectionRefused, .connectionFailed, .proxyFailed, .transportFailed, .timedOut(.connect, _, _):
      .onceAccepted
    // A gateway's statuses: the proxy could not reach the host either (RFC 9110, 15.6).
    case .proxyRefused(let response, _): response.head.status.code >= 500 ? .onceAccepted : .none
    case .unexpectedStatus(let response): .refused(response.head.status)
    case .malformedURL, .unsupportedScheme, .invalidRequest, .unusableProxy, .secureConnectionFailed,
      .preparationFailed, .redirectFailed, .unexpectedContentType, .unsupportedContentCoding, .contentDecodingFailed,
      .protocolViolation,
      .limitExceeded, .gaveUp, .endedEarly, .invalidPayload, .unexpectedType, .alreadyIterating:
      .none
    }
  }
}
