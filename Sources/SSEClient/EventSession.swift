import SSEHTTP1
import ServerSentEvents

/// Everything an event source does, without I/O: it says what to do next and is told what came of it.
///
///     while true {
///       switch try session.next() {
///       case .connect: …             // then `connected` or `connectionFailed`
///       case .receive(let limit): …  // then `received`
///       …
struct EventSession: ~Copyable {
  enum Action {
    /// Connect and send the request.
    case connect(lastEventID: String)
    /// Receive, and wait no longer than this.
    case receive(within: Duration)
    case deliver(EventMessage)
    /// Close the connection and go on.
    case close
    case wait(until: Moment)
    case finish
  }

  /// What a receive brought.
  enum Input {
    case bytes([UInt8])
    case endOfFile
    case failure
    case timedOut
    /// The same, and the server has not taken the whole request yet.
    case timedOutSending
  }

  private enum State {
    case unconnected
    case reading
    /// The attempt or its connection is over, and why.
    case interrupted(EventClientError)
    /// The connection is closed; the caller hears of it next.
    case closed(EventClientError, retryAfter: Duration, from: Moment)
    case delayed(until: Moment)
    case ended
  }

  private let method: HTTPMethod
  private let configuration: EventClientConfiguration
  private let deliversComments: Bool
  private let now: @Sendable () -> Moment
  private let fraction: @Sendable () -> Double

  private var state = State.unconnected
  private var response: EventResponse?
  private var reconnection: Reconnection
  /// Until when the head, or the body of a refused answer, must have come.
  private var deadline: (awaited: EventResponse.Awaited, time: Moment)?
  private var readTimeout: Duration
  private var url = ""

  /// Where to resume from: the last event ID string as of the last event that was dealt with.
  private(set) var lastEventID: String
  /// The last event ID string of the event that was delivered last.
  private var deliveredID: String?

  init(
    _ request: EventRequest, resumingFrom position: EventSource.Position, configuration: EventClientConfiguration,
    deliversComments: Bool, now: @escaping @Sendable () -> Moment = { .now },
    fraction: @escaping @Sendable () -> Double = { .random(in: 0...1) }
  ) {
    method = request.method
    self.configuration = configuration
    self.deliversComments = deliversComments
    self.now = now
    self.fraction = fraction
    reconnection = Reconnection(
      request.reconnect, method: request.method, resuming: position.reconnection)
    readTimeout = configuration.timeouts.read ?? Self.defaultReadTimeout
    lastEventID = position.lastEventID
  }

  static let defaultReadTimeout: Duration = .seconds(300)

  /// What a later session of the same source goes on from.
  var position: EventSource.Position {
    EventSource.Position(lastEventID: lastEventID, reconnection: reconnection.history)
  }

  // MARK: - Facts

  /// The next element is asked for, so the last one was dealt with.
  mutating func elementRequested() {
    guard let id = deliveredID else { return }
    lastEventID = id
    deliveredID = nil
  }

  /// The request is on its way.
  mutating func connected(to url: RequestURL) {
    self.url = url.description
    response = EventResponse(
      url: url, method: method, lastEventID: lastEventID, limits: configuration.limits,
      deliversComments: deliversComments)
    deadline = nil
    state = .reading
  }

  mutating func connectionFailed(_ error: EventClientError) { state = .interrupted(error) }

  mutating func received(_ input: Input) {
    switch input {
    case .bytes(let bytes): response?.received(bytes)
    case .endOfFile: response?.receivedEndOfFile()
    case .failure: response?.connectionFailed()
    case .timedOut: timedOut(awaitingHead: .responseHead)
    case .timedOutSending: timedOut(awaitingHead: .request)
    }
  }

  private mutating func timedOut(awaitingHead wait: EventClientError.Wait) {
    switch response?.awaited {
    case .head:
      state = .interrupted(.timedOut(wait, after: configuration.timeouts.responseHead, url: url))
    case .stream: state = .interrupted(.timedOut(.read, after: readTimeout, url: url))
    case .errorBody: response?.connectionFailed()
    case nil: break
    }
  }

  // MARK: - What follows from them

  /// - Throws: What ends the sequence; afterwards the session finishes.
  mutating func next() throws(EventClientError) -> Action {
    while true {
      switch state {
      case .unconnected: return .connect(lastEventID: lastEventID)
      case .reading:
        if let action = read() { return action }
      case .interrupted(let error):
        response = nil
        let time = now()
        switch reconnection.interrupted(by: error, at: time, fraction: fraction()) {
        case .wait(let delay):
          state = .closed(error, retryAfter: delay, from: time)
          return .close
        case .finish: state = .ended
        case .fail(let error):
          state = .ended
          throw error
        }
      case .closed(let error, let delay, let time):
        state = .delayed(until: time + delay)
        return .deliver(.interrupted(error, retryAfter: delay))
      case .delayed(let time):
        state = .unconnected
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
      case .needsInput: return .receive(within: timeUntilTimeout())
      case .opened(let head):
        opened(head)
        return .deliver(.opened(head))
      case .element(let element): return received(element)
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
      reconnection.receivedEvent()
      deliveredID = event.lastEventID
      return .deliver(.event(event))
    case .comment(let text): return .deliver(.comment(text))
    case .retry(let time): reconnection.received(retry: time)
    // Nothing of such a block is delivered, so it was dealt with.
    case .lastEventID(let id): lastEventID = id
    }
    return nil
  }

  private mutating func opened(_ head: ResponseHead) {
    reconnection.accepted(at: now())
    guard configuration.timeouts.read == nil else { return }
    let announced = head.headers["Event-Stream-Keep-Alive"].flatMap { Int32($0) }.flatMap { $0 > 0 ? $0 : nil }
    readTimeout = announced.map { .seconds(Int64($0) * 3) } ?? Self.defaultReadTimeout
  }

  /// A silent stream is given its timeout anew with each receive; head and refused body must come as a whole.
  private mutating func timeUntilTimeout() -> Duration {
    guard let awaited = response?.awaited else { return readTimeout }
    let limit: Duration
    switch awaited {
    case .head: limit = configuration.timeouts.responseHead
    case .errorBody: limit = configuration.timeouts.errorBody
    case .stream: return readTimeout
    }
    let time = now()
    if let deadline, deadline.awaited == awaited { return max(.zero, deadline.time - time) }
    deadline = (awaited, time + limit)
    return limit
  }
}
