import SSEHTTP1
import SSETesting
import Testing

@testable import SSEClient

/// Policies, refusals that ask to come back, and the closure that prepares attempts; without a socket.
@Suite struct PolicyTests {
  private func refusal(_ code: Int, _ fields: String = "") -> [UInt8] {
    Array("HTTP/1.1 \(code) No\r\n\(fields)Content-Length: 0\r\n\r\n".utf8)
  }

  struct RetryAfter: Sendable {
    var code = 503
    var value: String?
    var delay: Duration
  }

  // Sun, 06 Nov 1994 08:49:37 GMT
  static let now: Int64 = 784_111_777

  @Test(
    "C6: 429 and 503 are followed by another attempt, after Retry-After where it is longer than the reconnection time",
    arguments: [
      RetryAfter(value: nil, delay: .seconds(3)),
      RetryAfter(code: 429, value: nil, delay: .seconds(3)),
      RetryAfter(value: "7", delay: .seconds(7)),
      RetryAfter(code: 429, value: "7", delay: .seconds(7)),
      RetryAfter(value: "0", delay: .seconds(3)),
      RetryAfter(value: "1", delay: .seconds(3)),
      RetryAfter(value: "600", delay: .seconds(600)),
      RetryAfter(value: "Sun, 06 Nov 1994 08:50:37 GMT", delay: .seconds(60)),
      RetryAfter(value: "Sunday, 06-Nov-94 08:49:00 GMT", delay: .seconds(3)),
      RetryAfter(value: "Sun Nov  6 08:49:47 1994", delay: .seconds(10)),
      // What is neither is no Retry-After.
      RetryAfter(value: "soon", delay: .seconds(3)),
      RetryAfter(value: "-5", delay: .seconds(3)),
      RetryAfter(value: "1.5", delay: .seconds(3)),
    ])
  func retryAfter(row: RetryAfter) {
    var driver = SessionDriver(secondsSince1970: Self.now)
    let field = row.value.map { "Retry-After: \($0)\r\n" } ?? ""
    let steps = driver.connect(refusal(row.code, field))
    #expect(steps == [.close, .interrupted("unexpectedStatus", retryAfter: row.delay), .wait(row.delay)])
  }

  @Test("C6: past the longest Retry-After the refusal is thrown", arguments: ["601", "99999999999999999999"])
  func longestRetryAfter(value: String) {
    var driver = SessionDriver()
    #expect(driver.connect(refusal(503, "Retry-After: \(value)\r\n")) == [.failed("unexpectedStatus")])
  }

  @Test("C6: the random part of the backoff comes on top of Retry-After")
  func backoffAfterRefusal() {
    let response = RefusedResponse(url: "", head: ResponseHead(status: .serviceUnavailable, headers: [:]), body: [])
    var reconnection = Reconnection(.standard, method: .get)
    let action = reconnection.interrupted(
      by: .unexpectedStatus(response), retryAfter: .seconds(20), at: .now, fraction: 1)
    guard case .wait(.seconds(23)) = action else {
      Issue.record("\(action)")
      return
    }
  }

  @Test("C5: a policy names the statuses that are retried, instead of 429 and 503", arguments: [500, 503])
  func statuses(code: Int) {
    var request = EventRequest("http://h/")
    request.reconnect.retriedStatuses = [.internalServerError]
    var driver = SessionDriver(request)
    let steps = driver.connect(refusal(code))
    #expect(steps.first == (code == 500 ? .close : .failed("unexpectedStatus")))
  }

  @Test("C6, C40: a refused POST is thrown, whatever its Retry-After")
  func refusedPost() {
    var driver = SessionDriver(EventRequest("http://h/", method: .post))
    #expect(driver.connect(refusal(429, "Retry-After: 1\r\n")) == [.failed("unexpectedStatus")])
  }

  @Test("C37: after as many attempts as the policy allows the last error is thrown, with their number")
  func attempts() {
    var request = EventRequest("http://h/")
    request.reconnect.attempts = 3
    var driver = SessionDriver(request)
    for _ in 1...2 {
      #expect(driver.connect(refusal(503)).first == .close)
    }
    #expect(driver.connect(refusal(503)) == [.failed("gaveUp(3, unexpectedStatus)")])
    #expect(driver.step() == .finish)
  }

  @Test("C37: an event begins a new row of attempts, an accepted answer without one does not")
  func attemptsInARow() {
    var request = EventRequest("http://h/")
    request.reconnect.attempts = 2
    var driver = SessionDriver(request)
    for data in ["a", "b", "c"] {
      #expect(driver.connect(refusal(503)).first == .close)
      #expect(driver.connect((Peer.head + "data: \(data)\n\n").utf8) == [.opened, .event(data)])
      #expect(driver.end().first == .close)
    }
    #expect(driver.connect(Peer.head.utf8) == [.opened])
    #expect(driver.end().first == .close)
    #expect(driver.connect(Peer.head.utf8) == [.opened])
    #expect(driver.end() == [.failed("gaveUp(2, ended)")])
  }

  @Test("C37: an attempt that would begin after the policy's time is not made")
  func timeLimit() {
    var request = EventRequest("http://h/")
    request.reconnect.timeLimit = .seconds(10)
    var driver = SessionDriver(request)
    for _ in 1...3 {
      #expect(driver.connect(refusal(503)).first == .close)
      driver.clock.advance(by: .seconds(3))
    }
    #expect(driver.connect(refusal(503)) == [.failed("gaveUp(4, unexpectedStatus)")], "9 s, and 3 more")
  }

  @Test("C37: who reads a source again after it gave up is given all attempts and all the time anew")
  func readAgain() {
    var request = EventRequest("http://h/")
    request.reconnect.attempts = 2
    request.reconnect.timeLimit = .seconds(10)
    var position: EventSource.Position?
    for _ in 1...3 {
      var driver = SessionDriver(request, position: position)
      driver.clock.advance(by: .seconds(60))
      #expect(driver.connect(refusal(503)).first == .close)
      #expect(driver.connect(refusal(503)) == [.failed("gaveUp(2, unexpectedStatus)")])
      position = driver.session.position
    }
  }

  @Test("C22: a policy may retry from the beginning where no connection can be made")
  func firstConnection() {
    var request = EventRequest("http://h/")
    request.reconnect.retriesFirstConnection = true
    var driver = SessionDriver(request)
    #expect(driver.step() == .connect(lastEventID: ""))
    driver.session.attemptFailed(.connectionRefused(address: "", url: ""))
    #expect(driver.step() == .close)
    #expect(driver.step() == .interrupted("connectionRefused", retryAfter: .seconds(3)))
  }

  @Test("C37: the message of giving up names the attempts and the last error")
  func message() {
    let error = EventClientError.gaveUp(after: 3, last: .cut(url: "http://h/"))
    #expect("\(error)" == "http://h/: gave up after 3 attempts, the last of which failed: \(broken)")
    #expect("\(EventClientError.gaveUp(after: 1, last: .cut(url: "http://h/")))".contains("1 attempt,"))
  }

  private let broken = "the stream broke off before its end"
}

/// What a POST does when its stream is over.
@Suite struct RepeatedRequestTests {
  struct Row: Sendable {
    var policy: ReconnectPolicy
    var stream: String
    var isCut: Bool
    var outcome: SessionDriver.Step
  }

  static let again = SessionDriver.Step.connect(lastEventID: "")

  @Test(
    "C40, C46: a POST ends, is thrown as cut, or is made again",
    arguments: [
      Row(policy: .standard, stream: "data: a\n\n", isCut: false, outcome: .finish),
      Row(policy: .standard, stream: "", isCut: true, outcome: .failed("cut")),
      Row(policy: .standard, stream: "id: 1\ndata: a\n\n", isCut: true, outcome: .failed("cut")),
      Row(policy: .never, stream: "", isCut: true, outcome: .failed("cut")),
      Row(policy: .resumingCuts, stream: "id: 1\ndata: a\n\n", isCut: false, outcome: .finish),
      Row(policy: .resumingCuts, stream: "", isCut: true, outcome: again),
      Row(policy: .resumingCuts, stream: ":comment\n\n", isCut: true, outcome: again),
      Row(policy: .resumingCuts, stream: "data: a\n\n", isCut: true, outcome: .failed("cut")),
      Row(policy: .resumingCuts, stream: "id: 1\ndata: a\n\n", isCut: true, outcome: .connect(lastEventID: "1")),
      // The event behind the one with an id would come twice.
      Row(policy: .resumingCuts, stream: "id: 1\ndata: a\n\ndata: b\n\n", isCut: true, outcome: .failed("cut")),
      Row(policy: .resumingCuts, stream: "id\ndata: a\n\n", isCut: true, outcome: .failed("cut")),
      // A block that takes the id back leaves nothing to go on from.
      Row(policy: .resumingCuts, stream: "id: 1\ndata: a\n\nid\n\n", isCut: true, outcome: .failed("cut")),
      Row(
        policy: .resumingCuts, stream: "id: 1\ndata: a\n\nid: 2\n\n", isCut: true, outcome: .connect(lastEventID: "2")),
      Row(policy: .always, stream: "data: a\n\n", isCut: false, outcome: again),
      Row(policy: .always, stream: "data: a\n\n", isCut: true, outcome: again),
    ])
  func post(row: Row) throws {
    var driver = SessionDriver(EventRequest("http://h/", method: .post, body: .text("x"), reconnect: row.policy))
    _ = driver.connect((Peer.head + row.stream).utf8)
    driver.session.received(row.isCut ? .failure : .endOfFile)
    #expect(driver.nextRequestOrEnd() == row.outcome)
    if case .connect = row.outcome {
      #expect(try driver.request().target.method == .post)
      #expect(try driver.request().sentBody == Array("x".utf8))
    }
  }

  @Test("C46: the second of two cuts counts what the first connection delivered")
  func secondCut() {
    var driver = SessionDriver(EventRequest("http://h/", method: .post, reconnect: .resumingCuts))
    _ = driver.connect((Peer.head + "id: 1\ndata: a\n\n").utf8)
    driver.session.received(.failure)
    #expect(driver.nextRequestOrEnd() == .connect(lastEventID: "1"))
    _ = driver.connect(Peer.head.utf8)
    driver.session.received(.failure)
    #expect(driver.nextRequestOrEnd() == .connect(lastEventID: "1"), "nothing more came")
    _ = driver.connect((Peer.head + "data: b\n\n").utf8)
    driver.session.received(.failure)
    #expect(driver.nextRequestOrEnd() == .failed("cut"))
  }

  @Test("C46: a GET is made again after whatever end, also where only cuts are resumed")
  func get() {
    for isCut in [true, false] {
      var driver = SessionDriver(EventRequest("http://h/", reconnect: .resumingCuts))
      _ = driver.connect((Peer.head + "data: a\n\n").utf8)
      driver.session.received(isCut ? .failure : .endOfFile)
      #expect(driver.nextRequestOrEnd() == Self.again)
    }
  }
}

/// The closure that prepares attempts, as the session asks for it.
@Suite struct PreparingTests {
  private func driver() -> SessionDriver {
    var configuration = EventClientConfiguration()
    configuration.headers = ["User-Agent": "mine", "X-Client": "1"]
    configuration.prepareAttempt = { _ in }
    return SessionDriver(EventRequest("http://h/", headers: ["X-Client": "2"]), configuration: configuration)
  }

  @Test("C41: the closure is asked before each attempt, and what it sets is sent")
  func eachAttempt() throws {
    var driver = driver()
    for number in 1...3 {
      if number == 1 { #expect(driver.step() == .prepare("http://h/", is401: false)) }
      var attempt = try driver.attempt()
      #expect(attempt.number == number)
      #expect(attempt.lastEventID == (number == 1 ? "" : "\(number - 1)"))
      #expect(attempt.headers == ["User-Agent": "mine", "X-Client": "2"])
      attempt.headers["Authorization"] = "Bearer \(number)"
      driver.session.prepared(attempt)
      #expect(driver.step() == .connect(lastEventID: attempt.lastEventID))
      #expect(try driver.request().fields["Authorization"] == "Bearer \(number)")
      #expect(try driver.request().fields["User-Agent"] == "mine")
      _ = driver.connect((Peer.head + "id: \(number)\ndata: a\n\n").utf8)
      _ = driver.end()
    }
  }

  @Test("C41: what the closure throws ends the sequence")
  func throwing() {
    var driver = driver()
    _ = driver.step()
    driver.session.attemptFailed(.preparationFailed(CancellationError(), url: "http://h/"))
    #expect(driver.step() == .failed("preparationFailed"))
    #expect(driver.step() == .finish)
  }

  @Test("C48: after a 401 the closure is asked once more, at once and with the answer; then it is an error")
  func unauthorized() throws {
    var driver = driver()
    _ = driver.step()
    driver.session.prepared(try driver.attempt())
    let refusal = "HTTP/1.1 401 Who\r\nContent-Length: 7\r\n\r\nexpired"
    #expect(driver.connect(refusal.utf8) == [.close])
    let attempt = try driver.attempt()
    #expect(attempt.refusal?.text == "expired")
    driver.session.prepared(attempt)
    #expect(driver.connect(refusal.utf8) == [.failed("unexpectedStatus")])
  }

  @Test("C48: a token that expires again is asked for again, in a later attempt")
  func unauthorizedLater() throws {
    var driver = driver()
    _ = driver.step()
    for _ in 1...3 {
      driver.session.prepared(try driver.attempt())
      #expect(driver.connect("HTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n".utf8) == [.close])
      #expect(try driver.attempt().refusal != nil)
      driver.session.prepared(try driver.attempt())
      #expect(driver.connect((Peer.head + "data: a\n\n").utf8) == [.opened, .event("a")])
      _ = driver.end()
      #expect(try driver.attempt().refusal == nil)
    }
  }

  @Test("C48: without a closure a 401 is an error at once")
  func withoutClosure() {
    var driver = SessionDriver()
    #expect(driver.connect("HTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n".utf8) == [.failed("unexpectedStatus")])
  }

  @Test(
    "C90: what would break the request is an error before anything is connected",
    arguments: [
      EventRequest("http://h/", headers: ["X": "a\r\nEvil: 1"]), EventRequest("http://h/", headers: ["X\n": "a"]),
      EventRequest("http://h/", headers: ["X Y": "a"]), EventRequest("http://h/", lastEventID: "a\nb"),
      EventRequest("http://h/", lastEventID: "a\rb"), EventRequest("http://h/", lastEventID: "a\0b"),
      EventRequest("http://h/", headers: ["Content-Length": "3"]), EventRequest("http://h/", body: .json(Double.nan)),
      EventRequest("http://h/", method: .post, body: .text("x", contentType: "a\r\nEvil: 1")),
    ])
  func invalid(request: EventRequest) {
    var driver = SessionDriver(request, lastEventID: request.lastEventID)
    #expect(driver.step() == .failed("invalidRequest"))
    #expect(driver.step() == .finish)
  }

  @Test("C90: a method that is no token cannot be made")
  func invalidMethod() {
    #expect(HTTPMethod(rawValue: "GET /\r\n") == nil)
    #expect(HTTPMethod(rawValue: "") == nil)
  }
}

/// A last event without its blank line.
@Suite struct UnterminatedEventTests {
  struct Row: Sendable {
    var bytes: String
    var input = EventSession.Input.endOfFile
    var events: [String]
    var end: String
  }

  @Test(
    "A last event without its blank line is delivered where that is asked for and the body ended behind a whole line",
    arguments: [
      Row(bytes: Peer.head + "data: 1\n\ndata: 2\n", events: ["1", "2"], end: "ended"),
      Row(bytes: Peer.head + "data: 1\n\ndata: 2", events: ["1"], end: "cut"),
      Row(bytes: Peer.head + "data: 1\n\ndata: 2\n", input: .failure, events: ["1"], end: "cut"),
      Row(bytes: Peer.chunkedHead + "7\r\ndata: 1\r\n0\r\n\r\n", events: ["1"], end: "ended"),
      Row(bytes: Peer.chunkedHead + "8\r\ndata: 1\n\r\n", events: [], end: "cut"),
      Row(bytes: EventSessionTests.lengthHead + "8\r\n\r\ndata: 1\n", events: ["1"], end: "ended"),
      Row(bytes: Peer.head + "data: 1\n\nid: 2\n", events: ["1"], end: "ended"),
    ])
  func delivered(row: Row) {
    var request = EventRequest("http://h/")
    request.deliversUnterminatedEvent = true
    var driver = SessionDriver(request)
    let steps = driver.connect(row.bytes.utf8) + driver.end(row.input)
    #expect(steps.compactMap { if case .event(let data) = $0 { data } else { nil } } == row.events)
    #expect(steps.contains(.interrupted(row.end, retryAfter: .seconds(3))), "\(steps)")
  }

  @Test("The id of such an event is asked for again only when it was dealt with")
  func id() {
    var request = EventRequest("http://h/")
    request.deliversUnterminatedEvent = true
    var driver = SessionDriver(request)
    _ = driver.connect((Peer.head + "id: 1\ndata: 1\n").utf8)
    driver.session.received(.endOfFile)
    #expect(driver.step() == .event("1"))
    #expect(driver.session.position.lastEventID == "")
    #expect(driver.nextRequestOrEnd() == .connect(lastEventID: "1"))
  }
}
