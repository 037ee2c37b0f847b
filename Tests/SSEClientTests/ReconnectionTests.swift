import SSEHTTP1
import Testing

@testable import SSEClient

/// The reconnect policy to the number: time and randomness are given.
@Suite struct ReconnectionTests {
  static let url = "http://example.com/"
  let start = Moment.now

  /// The delay, or nil where there is none.
  private func delay(_ action: Reconnection.Action) -> Duration? {
    if case .wait(let delay) = action { delay } else { nil }
  }

  private func error(_ action: Reconnection.Action) -> EventClientError? {
    if case .fail(let error) = action { error } else { nil }
  }

  /// One accepted stream; what follows from its end.
  private func stream(
    _ reconnection: inout Reconnection, living life: Duration = .seconds(1), deliversEvent: Bool = false,
    endsWith end: EventClientError = .ended(url: url), fraction: Double = 1
  ) -> Reconnection.Action {
    reconnection.accepted(at: start)
    if deliversEvent { reconnection.receivedEvent(hasID: false) }
    return reconnection.interrupted(by: end, at: start + life, fraction: fraction)
  }

  /// A policy whose server was there once.
  private func accepted(_ policy: ReconnectPolicy = .standard, retry: Duration? = nil) -> Reconnection {
    var reconnection = Reconnection(policy, method: .get)
    if let retry { reconnection.received(retry: retry) }
    _ = stream(&reconnection, deliversEvent: true)
    return reconnection
  }

  @Test(
    "C30: an accepted stream that ended or was cut is opened again after exactly the reconnection time",
    arguments: [EventClientError.ended(url: url), .cut(url: url), .timedOut(.read, after: .seconds(1), url: url)])
  func exactDelay(end: EventClientError) {
    var reconnection = Reconnection(.standard, method: .get)
    #expect(delay(stream(&reconnection, deliversEvent: true, endsWith: end)) == .seconds(3))
  }

  @Test("C31: the server's retry replaces the reconnection time, and zero is a time")
  func retry() {
    var reconnection = Reconnection(.standard, method: .get)
    for retry in [Duration.milliseconds(50), .zero, .seconds(7)] {
      reconnection.received(retry: retry)
      #expect(delay(stream(&reconnection, deliversEvent: true)) == retry)
    }
  }

  @Test("C31b: a retry is clamped to 24 hours")
  func longestRetry() {
    var reconnection = Reconnection(.standard, method: .get)
    reconnection.received(retry: .seconds(1 << 60))
    #expect(delay(stream(&reconnection, deliversEvent: true)) == .seconds(86_400))
  }

  @Test(
    "A policy's times count as 24 hours at most and as zero at least",
    arguments: [Duration.seconds(Int64.max), .seconds(-1)])
  func policyTimes(time: Duration) {
    var policy = ReconnectPolicy.standard
    policy.reconnectionTime = time
    policy.longestBackoff = time
    var reconnection = accepted(policy)
    let day: Duration = .seconds(86_400)
    let action = reconnection.interrupted(by: .noResponse(url: Self.url), at: start, fraction: 1)
    #expect(delay(action) == (time > .zero ? day + day : .zero))
  }

  @Test("C68: a later iterator of a source remembers that the server was there, and its failures")
  func history() {
    var first = Reconnection(.standard, method: .get)
    for _ in 0..<3 { _ = stream(&first) }
    var second = Reconnection(.standard, method: .get, resuming: first.history)
    let refused = EventClientError.connectionRefused(address: "", url: Self.url)
    #expect(delay(second.interrupted(by: refused, at: start, fraction: 1)) == .seconds(15), "the third failure")

    second.accepted(at: start)
    second.receivedEvent(hasID: false)
    var third = Reconnection(.standard, method: .get, resuming: second.history)
    #expect(delay(stream(&third)) == .seconds(3), "an event has reset the counts, though its stream was left")
  }

  struct Backoff: Sendable {
    var number: Int
    var fraction: Double
    var retry: Duration = .seconds(3)
    var cap: Duration = .seconds(30)
    var delay: Duration
  }

  @Test(
    "C36: the n-th failure in a row waits the reconnection time and a random part of the backoff",
    arguments: [
      Backoff(number: 1, fraction: 0, delay: .seconds(3)),
      Backoff(number: 1, fraction: 1, delay: .seconds(6)),
      Backoff(number: 1, fraction: 0.5, delay: .milliseconds(4_500)),
      Backoff(number: 2, fraction: 1, delay: .seconds(9)),
      Backoff(number: 3, fraction: 1, delay: .seconds(15)),
      Backoff(number: 4, fraction: 1, delay: .seconds(27)),
      Backoff(number: 5, fraction: 1, delay: .seconds(33)),
      Backoff(number: 9, fraction: 0, delay: .seconds(3)),
      // An exponent that overflows shows here.
      Backoff(number: 200, fraction: 1, delay: .seconds(33)),
      // With a retry of zero the backoff grows from one second.
      Backoff(number: 1, fraction: 1, retry: .zero, delay: .seconds(1)),
      Backoff(number: 3, fraction: 1, retry: .zero, delay: .seconds(4)),
      Backoff(number: 6, fraction: 1, retry: .zero, delay: .seconds(30)),
      // Never less than the server asked for, also beyond the cap.
      Backoff(number: 1, fraction: 1, retry: .seconds(100), delay: .seconds(130)),
      Backoff(number: 1, fraction: 0, retry: .seconds(100), delay: .seconds(100)),
      Backoff(number: 3, fraction: 1, cap: .seconds(5), delay: .seconds(8)),
    ])
  func backoff(row: Backoff) {
    var policy = ReconnectPolicy.standard
    policy.longestBackoff = row.cap
    var reconnection = accepted(policy, retry: row.retry)
    var last: Duration?
    for _ in 0..<row.number {
      let action = reconnection.interrupted(
        by: .connectionRefused(address: "", url: Self.url), at: start, fraction: row.fraction)
      last = delay(action)
    }
    #expect(last == row.delay)
  }

  @Test("C36: the second accepted stream in a row without an event is a failure, and each further one")
  func emptyStreams() {
    var reconnection = Reconnection(.standard, method: .get)
    #expect(delay(stream(&reconnection)) == .seconds(3))
    #expect(delay(stream(&reconnection)) == .seconds(6))
    #expect(delay(stream(&reconnection)) == .seconds(9))
  }

  @Test("C36: a failed attempt between two streams without an event does not excuse the second")
  func emptyStreamsWithFailureBetween() {
    var reconnection = Reconnection(.standard, method: .get)
    #expect(delay(stream(&reconnection)) == .seconds(3))
    #expect(delay(reconnection.interrupted(by: .noResponse(url: Self.url), at: start, fraction: 1)) == .seconds(6))
    #expect(delay(stream(&reconnection)) == .seconds(9))
  }

  @Test("C36: a stream that delivered an event or lived 60 s resets both counts", arguments: [true, false])
  func reset(deliversEvent: Bool) {
    var reconnection = Reconnection(.standard, method: .get)
    for _ in 0..<5 { _ = stream(&reconnection) }
    let life: Duration = deliversEvent ? .zero : .seconds(60)
    #expect(delay(stream(&reconnection, living: life, deliversEvent: deliversEvent)) == .seconds(3))
    #expect(delay(stream(&reconnection)) == .seconds(3), "the first without an event")
    #expect(delay(stream(&reconnection)) == .seconds(6), "the second is the first failure")
  }

  @Test("C36: 59.999 s without an event are not 60")
  func almostHealthy() {
    var reconnection = Reconnection(.standard, method: .get)
    _ = stream(&reconnection)
    #expect(delay(stream(&reconnection, living: .milliseconds(59_999))) == .seconds(6))
  }

  @Test(
    "C22: a connection that cannot be made is thrown at once before the first accepted answer, retried after it",
    arguments: [
      EventClientError.unknownHost("nowhere", url: url), .connectionRefused(address: "127.0.0.1:1", url: url),
      .connectionFailed("network unreachable", url: url), .timedOut(.connect, after: .seconds(10), url: url),
    ])
  func unreachable(failure: EventClientError) {
    var fresh = Reconnection(.standard, method: .get)
    #expect(error(fresh.interrupted(by: failure, at: start, fraction: 0))?.description == failure.description)
    var known = accepted()
    #expect(delay(known.interrupted(by: failure, at: start, fraction: 0)) == .seconds(3))
  }

  @Test("A server that closes without an answer, or is slow, is asked again from the beginning")
  func noAnswer() {
    for failure in [EventClientError.noResponse(url: Self.url), .timedOut(.responseHead, after: .zero, url: Self.url)] {
      var reconnection = Reconnection(.standard, method: .get)
      #expect(delay(reconnection.interrupted(by: failure, at: start, fraction: 1)) == .seconds(6))
    }
  }

  @Test("C3, C5: what another attempt would not change is thrown, also after an accepted answer")
  func fatal() {
    let response = RefusedResponse(url: Self.url, head: ResponseHead(status: .notFound, headers: [:]), body: [])
    let errors: [EventClientError] = [
      .malformedURL("", reason: ""), .unsupportedScheme("ftp", url: ""), .invalidRequest("", url: ""),
      .unexpectedStatus(response), .unexpectedContentType(response), .unsupportedContentCoding(response),
      .protocolViolation("", url: ""), .limitExceeded(.line, bytes: 1, url: ""),
    ]
    for failure in errors {
      var reconnection = accepted()
      #expect(error(reconnection.interrupted(by: failure, at: start, fraction: 0))?.description == failure.description)
    }
  }

  @Test(
    "C40: a POST, and a policy of never, end with a normal end and throw a cut",
    arguments: [(ReconnectPolicy.standard, HTTPMethod.post), (.never, .get)])
  func once(policy: ReconnectPolicy, method: HTTPMethod) {
    var ended = Reconnection(policy, method: method)
    guard case .finish = stream(&ended, deliversEvent: true) else {
      Issue.record("did not finish")
      return
    }
    var cut = Reconnection(policy, method: method)
    let action = stream(&cut, deliversEvent: true, endsWith: .cut(url: Self.url))
    guard case .cut = error(action) else {
      Issue.record("no cut: \(action)")
      return
    }
  }
}
