import SSEHTTP1
import ServerSentEvents

/// Everything an event source does, without I/O: it says what to do next and is told what came of it.
///
///     while true {
///       while let message = session.nextMessage() { … }
///       switch try session.nextAction() {
///       case .prepare(let attempt): …  // then `prepared` or `attemptFailed`
///       case .connect(let request): …  // then `connected` or `attemptFailed`
///       case .receive(let limit): …    // then `received`
///       …
struct EventSession: ~Copyable {
  private enum State {
    /// An attempt begins. The refusal is the 401 because of which it does.
    case unprepared(refusal: RefusedResponse?)
    case requesting(Shared<OutgoingRequest>)
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

  private let request: Shared<EventRequest>
  private let configuration: Shared<EventClientConfiguration>
  private let deliversComments: Bool
  private let surroundings: Surroundings

  private var state = State.unprepared(refusal: nil)
  /// The request under way, until its answer is accepted.
  private var outgoing: Shared<OutgoingRequest>?
  private var response: EventResponse?
  private var reconnection: Reconnection
  private var attemptCount = 0
  /// The attempt under way is one that a 401 has brought about.
  private var hasAskedAgain = false
  /// Where permanent redirects have led.
  private var moved: Shared<OutgoingRequest.Target>?
  private var timeouts: ResponseTimeouts

  private var lastEventID: LastEventID

  init(
    _ request: Shared<EventRequest>, resumingFrom position: EventSource.Position,
    configuration: Shared<EventClientConfiguration>, deliversComments: Bool, surroundings: Surroundings = .system
  ) {
    self.request = request
    self.configuration = configuration
    self.deliversComments = deliversComments
    self.surroundings = surroundings
    reconnection = Reconnection(request, resuming: position.reconnection)
    timeouts = ResponseTimeouts(configuration)
    lastEventID = LastEventID(position.lastEventID)
    moved = position.moved
  }

  /// What a later session of the same source goes on from.
  var position: EventSource.Position {
    EventSource.Position(lastEventID: lastEventID.value, reconnection: reconnection.history, moved: moved)
  }

  /// The URL that has been asked, for errors; empty where there is no response under way.
  private var url: String {
    mutating get { response?.url ?? "" }
  }

  // MARK: - Facts

  /// The next element is asked for. Whether there is a new place to resume from.
  mutating func elementRequested() -> Bool { lastEventID.elementRequested() }

  /// Where to resume from, if that has changed since this was asked last.
  mutating func takeNewLastEventID() -> String? { lastEventID.takeNew() }

  /// The caller's closure has prepared the attempt.
  mutating func prepared(_ attempt: EventAttempt) {
    do throws(EventClientError) {
      let origin = try RequestURL(request.value.url).origin
      let outgoing = try OutgoingRequest(attempt, to: try target(), from: origin, body: request.value.body)
      state = .requesting(Shared(outgoing))
    } catch {
      state = .interrupted(error)
    }
  }

  /// The request is on its way. What is received is HTTP/1.1, unless a transport has given the response's head.
  mutating func connected(receiving head: ResponseHead? = nil) {
    guard let outgoing else { return }
    response = EventResponse(
      to: outgoing.value, configuration: configuration, delivering: deliversComments ? .all : .events,
      deliversUnterminatedEvent: request.value.deliversUnterminatedEvent, knownURL: request.value.url)
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
      state = .interrupted(.timedOut(wait, after: configuration.value.timeouts.responseHead, url: url))
    case .stream: state = .interrupted(.timedOut(.read, after: timeouts.read, url: url))
    case .errorBody: response?.connectionFailed()
    case nil: break
    }
  }

  // MARK: - What follows from them

  /// What is to be done for the next message; there is none now.
  ///
  /// - Throws: What ends the sequence; afterwards the session finishes.
  mutating func nextAction() throws(EventClientError) -> Action {
    while true {
      switch state {
      case .unprepared(let refusal):
        if let action = prepare(refusal) { return action }
      case .requesting(let request):
        outgoing = request
        return .connect(request)
      case .reading:
        if let limit = timeLeftOrTimedOut() { return .receive(within: limit) }
      case .redirected:
        response = nil
        state = outgoing.map { .requesting($0) } ?? .ended
        return .close
      case .interrupted(let error):
        response = nil
        if let action = try recover(from: error) { return action }
      // Its message was not taken.
      case .closed(_, let delay, let time): state = .delayed(until: time + delay)
      case .delayed(let time):
        state = .unprepared(refusal: nil)
        return .wait(until: time)
      case .ended:
        response = nil
        return .finish
      }
    }
  }

  /// How long more input is waited for; nil where the time is over, which has changed the state.
  private mutating func timeLeftOrTimedOut() -> Duration? {
    if let limit = timeouts.timeLeft(awaiting: response?.awaited, at: surroundings.now()) { return limit }
    timedOut(awaitingHead: .responseHead)
    // The body of a refusal has no more time: the refusal is thrown with what has come, and there is no message in it.
    _ = nextMessage()
    return nil
  }

  /// The next message where nothing is to be done for it: what has been received, and what became of a connection.
  mutating func nextMessage() -> EventMessage? {
    if case .closed(let error, let delay, let time) = state {
      state = .delayed(until: time + delay)
      return .interrupted(error, retryAfter: delay)
    }
    do throws(EventClientError) {
      while case .reading = state, let step = try response?.next() {
        switch step {
        case .element(let element):
          if let message = received(element) { return message }
        case .needsInput: return nil
        case .opened(let head):
          opened(head)
          return .opened(head)
        case .redirected(let response): try redirected(by: response)
        case .noContent: state = .ended
        case .finished(let error): state = .interrupted(error)
        }
      }
    } catch {
      state = .interrupted(error)
    }
    return nil
  }

  /// The next event, where it is the next message and has been received: false says nothing, `nextMessage` follows.
  mutating func takeEvent(into event: inout ServerSentEvent?) -> Bool {
    guard case .reading = state, response?.takeEvent(into: &event) == true else { return false }
    if let event { delivered(event) }
    return true
  }

  private mutating func delivered(_ event: borrowing ServerSentEvent) {
    reconnection.receivedEvent(hasID: event.id?.isEmpty == false)
    lastEventID.delivered(event)
  }

  /// Nil where nothing of it is delivered.
  private mutating func received(_ element: EventStreamElement) -> EventMessage? {
    switch element {
    case .event(let event):
      delivered(event)
      return .event(event)
    case .comment(let text): return .comment(text)
    case .retry(let time): reconnection.received(retry: time)
    case .lastEventID(let id):
      reconnection.received(lastEventID: id)
      lastEventID.received(id)
    }
    return nil
  }

  private mutating func redirected(by response: RefusedResponse) throws(EventClientError) {
    guard var request = outgoing?.value else { return }
    try request.redirect(by: response, following: configuration.value.limits.redirects)
    outgoing = Shared(request)
    state = .redirected
  }

  private mutating func opened(_ head: ResponseHead) {
    reconnection.accepted(at: surroundings.now())
    // Only now: a permanent redirect that led nowhere is asked about again.
    if let outgoing = outgoing?.value, outgoing.isPermanent, outgoing.hasBeenRedirected {
      moved = Shared(outgoing.target)
    }
    outgoing = nil
    timeouts.opened(head)
  }
}

// MARK: - Attempts

extension EventSession {
  /// Nil where there is nothing to wait for.
  private mutating func prepare(_ refusal: RefusedResponse?) -> Action? {
    do throws(EventClientError) {
      attemptCount += 1
      let attempt = EventAttempt(
        url: try target().url.description, number: attemptCount, lastEventID: lastEventID.value, refusal: refusal,
        headers: configuration.value.headers(of: request.value))
      if configuration.value.prepareAttempt != nil { return .prepare(Shared(attempt)) }
      prepared(attempt)
    } catch {
      state = .interrupted(error)
    }
    return nil
  }

  /// Where the next attempt begins.
  private func target() throws(EventClientError) -> OutgoingRequest.Target {
    if let moved { return moved.value }
    return OutgoingRequest.Target(
      url: try RequestURL(request.value.url), method: request.value.method, sendsBody: request.value.body != nil)
  }

  /// The attempt is over. Nil where that is all, for the state says what follows.
  private mutating func recover(from error: EventClientError) throws(EventClientError) -> Action? {
    if case .unexpectedStatus(let response) = error, response.head.status == .unauthorized,
      configuration.value.prepareAttempt != nil, !hasAskedAgain
    {
      hasAskedAgain = true
      state = .unprepared(refusal: response)
      return .close
    }
    hasAskedAgain = false
    let time = surroundings.now()
    let retryAfter = error.refusal?.retryAfter(at: surroundings.secondsSince1970())
    switch reconnection.interrupted(by: error, retryAfter: retryAfter, at: time, fraction: surroundings.fraction()) {
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
