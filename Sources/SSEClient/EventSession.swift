import SSEHTTP1
import ServerSentEvents

/// Everything an event source does, without I/O: it says what to do next and is told what came of it.
///
///     while true {
///       switch try session.next() {
///       case .prepare(let attempt): …  // then `prepared` or `attemptFailed`
///       case .connect(let request): …  // then `connected` or `attemptFailed`
///       case .receive(let limit): …    // then `received`
///       …
struct EventSession: ~Copyable {
  private enum State {
    /// An attempt begins. The refusal is the 401 because of which it does.
    case unprepared(refusal: RefusedResponse?)
    indirect case requesting(OutgoingRequest)
    case reading
    /// The server has sent this request elsewhere.
    case redirected
    /// The attempt or its connection is over, and why.
    case interrupted(EventClientError)
    /// The connection is closed; the caller hears of it next.
    case closed(EventClientError, retryAfter: Duration, from: Moment)
    case delayed(until: Moment)
    case ended
  }

  private let request: EventRequest
  private let configuration: EventClientConfiguration
  private let deliversComments: Bool
  private let now: @Sendable () -> Moment
  private let secondsSince1970: @Sendable () -> Int64
  private let fraction: @Sendable () -> Double

  private var state = State.unprepared(refusal: nil)
  /// The request under way.
  private var outgoing: OutgoingRequest?
  private var response: EventResponse?
  private var reconnection: Reconnection
  private var attemptCount = 0
  /// The attempt under way is one that a 401 has brought about.
  private var hasAskedAgain = false
  /// Where permanent redirects have led.
  private var moved: OutgoingRequest.Target?
  private var timeouts: ResponseTimeouts

  /// Where to resume from: the last event ID string as of the last event that was dealt with.
  private(set) var lastEventID: String
  /// The last event ID string of the event that was delivered last.
  private var deliveredID: String?

  init(
    _ request: EventRequest, resumingFrom position: EventSource.Position, configuration: EventClientConfiguration,
    deliversComments: Bool, now: @escaping @Sendable () -> Moment = { .now },
    secondsSince1970: @escaping @Sendable () -> Int64 = { Moment.secondsSince1970 },
    fraction: @escaping @Sendable () -> Double = { .random(in: 0...1) }
  ) {
    self.request = request
    self.configuration = configuration
    self.deliversComments = deliversComments
    self.now = now
    self.secondsSince1970 = secondsSince1970
    self.fraction = fraction
    reconnection = Reconnection(
      request.reconnect, method: request.method, resuming: position.reconnection)
    timeouts = ResponseTimeouts(configuration.timeouts)
    lastEventID = position.lastEventID
    moved = position.moved
  }

  /// What a later session of the same source goes on from.
  var position: EventSource.Position {
    EventSource.Position(lastEventID: lastEventID, reconnection: reconnection.history, moved: moved)
  }

  /// The URL that is asked, for errors.
  private var url: String { outgoing?.target.url.description ?? RequestURL.withoutCredentials(request.url) }

  // MARK: - Facts

  /// The next element is asked for, so the last one was dealt with.
  mutating func elementRequested() {
    guard let id = deliveredID else { return }
    lastEventID = id
    deliveredID = nil
  }

  /// The caller's closure has prepared the attempt.
  mutating func prepared(_ attempt: EventAttempt) {
    do throws(EventClientError) {
      let origin = try RequestURL(request.url).origin
      state = .requesting(try OutgoingRequest(attempt, to: try target(), from: origin, body: request.body))
    } catch {
      state = .interrupted(error)
    }
  }

  /// The request is on its way. What is received is HTTP/1.1, unless a transport has given the response's head.
  mutating func connected(receiving head: ResponseHead? = nil) {
    guard let outgoing else { return }
    response = EventResponse(
      to: outgoing, limits: configuration.limits, deliversComments: deliversComments,
      deliversUnterminatedEvent: request.deliversUnterminatedEvent)
    if let head { response?.received(head) }
    timeouts.begin()
    state = .reading
  }

  /// The attempt could not be prepared, connected or sent.
  mutating func attemptFailed(_ error: EventClientError) { state = .interrupted(error) }

  mutating func received(_ input: Input) {
    switch input {
    case .bytes(let bytes): response?.received(bytes)
    case .endOfFile: response?.receivedEndOfFile()
    case .insecure(let failure) where response?.awaited == .head:
      state = .interrupted(.secureConnectionFailed(failure, url: url))
    // An answer that had begun is cut, whatever the reason.
    case .failure, .insecure: response?.connectionFailed()
    case .timedOut: timedOut(awaitingHead: .responseHead)
    case .timedOutSending: timedOut(awaitingHead: .request)
    }
  }

  private mutating func timedOut(awaitingHead wait: EventClientError.Wait) {
    switch response?.awaited {
    case .head:
      state = .interrupted(.timedOut(wait, after: configuration.timeouts.responseHead, url: url))
    case .stream: state = .interrupted(.timedOut(.read, after: timeouts.read, url: url))
    case .errorBody: response?.connectionFailed()
    case nil: break
    }
  }

  // MARK: - What follows from them

  /// - Throws: What ends the sequence; afterwards the session finishes.
  mutating func next() throws(EventClientError) -> Action {
    while true {
      switch state {
      case .unprepared(let refusal):
        if let action = prepare(refusal) { return action }
      case .requesting(let request):
        outgoing = request
        return .connect(request)
      case .reading:
        if let action = read() { return action }
      case .redirected:
        response = nil
        state = outgoing.map { .requesting($0) } ?? .ended
        return .close
      case .interrupted(let error):
        response = nil
        if let action = try recover(from: error) { return action }
      case .closed(let error, let delay, let time):
        state = .delayed(until: time + delay)
        return .deliver(.interrupted(error, retryAfter: delay))
      case .delayed(let time):
        state = .unprepared(refusal: nil)
        return .wait(until: time)
      case .ended:
        response = nil
        return .finish
      }
    }
  }

  /// The next message where it has been received already.
  mutating func nextBuffered() -> EventMessage? {
    while case .reading = state {
      switch read() {
      case .deliver(let message): return message
      case .none: continue  // An element that is not delivered, or the state has changed.
      case .some: return nil
      }
    }
    return nil
  }

  /// One step of the response; nil where nothing is to be done about it but to take the next.
  private mutating func read() -> Action? {
    do throws(EventClientError) {
      switch try response?.next() {
      case .needsInput:
        if let limit = timeouts.timeLeft(awaiting: response?.awaited, at: now()) { return .receive(within: limit) }
        timedOut(awaitingHead: .responseHead)
      case .opened(let head):
        opened(head)
        return .deliver(.opened(head))
      case .element(let element): return received(element)
      case .redirected(let response):
        try outgoing?.redirect(by: response, following: configuration.limits.redirects)
        state = .redirected
      case .noContent, nil: state = .ended
      case .finished(let error): state = .interrupted(error)
      }
    } catch {
      state = .interrupted(error)
    }
    return nil
  }

  private mutating func received(_ element: EventStreamElement) -> Action? {
    switch element {
    case .event(let event):
      reconnection.receivedEvent(hasID: event.id?.isEmpty == false)
      deliveredID = event.lastEventID
      return .deliver(.event(event))
    case .comment(let text): return .deliver(.comment(text))
    case .retry(let time): reconnection.received(retry: time)
    // Nothing of such a block is delivered, so it was dealt with.
    case .lastEventID(let id):
      reconnection.received(lastEventID: id)
      lastEventID = id
    }
    return nil
  }

  private mutating func opened(_ head: ResponseHead) {
    reconnection.accepted(at: now())
    // Only now: a permanent redirect that led nowhere is asked about again.
    if let outgoing, outgoing.isPermanent { moved = outgoing.target }
    timeouts.opened(head)
  }
}

// MARK: - Attempts

extension EventSession {
  /// Nil where there is nothing to wait for.
  private mutating func prepare(_ refusal: RefusedResponse?) -> Action? {
    do throws(EventClientError) {
      attemptCount += 1
      var headers = configuration.headers.replacing(with: request.headers)
      if configuration.acceptsContentCodings, configuration.transport == nil, !headers.contains("Accept-Encoding") {
        headers["Accept-Encoding"] = ContentCoding.acceptEncoding
      }
      let attempt = EventAttempt(
        url: try target().url.description, number: attemptCount, lastEventID: lastEventID, refusal: refusal,
        headers: headers)
      if configuration.prepareAttempt != nil { return .prepare(attempt) }
      prepared(attempt)
    } catch {
      state = .interrupted(error)
    }
    return nil
  }

  /// Where the next attempt begins.
  private func target() throws(EventClientError) -> OutgoingRequest.Target {
    if let moved { return moved }
    return OutgoingRequest.Target(
      url: try RequestURL(request.url), method: request.method, sendsBody: request.body != nil)
  }

  /// The attempt is over. Nil where that is all, for the state says what follows.
  private mutating func recover(from error: EventClientError) throws(EventClientError) -> Action? {
    if case .unexpectedStatus(let response) = error, response.head.status == .unauthorized,
      configuration.prepareAttempt != nil, !hasAskedAgain
    {
      hasAskedAgain = true
      state = .unprepared(refusal: response)
      return .close
    }
    hasAskedAgain = false
    let time = now()
    let retryAfter = error.refusal?.retryAfter(at: secondsSince1970())
    switch reconnection.interrupted(by: error, retryAfter: retryAfter, at: time, fraction: fraction()) {
    case .wait(let delay):
      state = .closed(error, retryAfter: delay, from: time)
      return .close
    case .finish:
      state = .ended
      return nil
    case .fail(let error):
      state = .ended
      throw error
    }
  }
}
