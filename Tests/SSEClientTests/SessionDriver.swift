import SSEHTTP1
import SSETesting
import Testing

@testable import SSEClient

/// Plays the shell of a session: the test writes what the server would, and sees what the session does.
struct SessionDriver: ~Copyable {
  /// What a session did, in order.
  enum Step: Equatable, CustomStringConvertible {
    case prepare(String, is401: Bool)
    case connect(lastEventID: String)
    case opened
    case event(String)
    case comment(String)
    case gap
    case interrupted(String, retryAfter: Duration)
    case close
    case wait(Duration)
    case finish
    case receive(within: Duration)
    case failed(String)

    var description: String {
      switch self {
      case .prepare(let url, let is401): "prepare(\(url)\(is401 ? " after 401" : ""))"
      case .connect(let id): "connect(\(id))"
      case .opened: "opened"
      case .event(let data): "event(\(data))"
      case .comment(let text): "comment(\(text))"
      case .gap: "gap"
      case .interrupted(let why, let delay): "interrupted(\(why), \(delay))"
      case .close: "close"
      case .wait(let time): "wait(\(time))"
      case .finish: "finish"
      case .receive(let limit): "receive(\(limit))"
      case .failed(let why): "failed(\(why))"
      }
    }
  }

  let clock = ManualClock()
  private let time: ClientClock
  var session: EventSession
  /// The request that waits for its connection, or has it.
  private(set) var outgoing: OutgoingRequest?
  private var isConnecting = false
  /// What the caller's closure would get.
  var prepares: EventAttempt?

  init(
    _ request: EventRequest = EventRequest("http://example.com/"), lastEventID: String = "",
    configuration: EventClientConfiguration = .init(), deliversComments: Bool = true,
    secondsSince1970: Int64 = 0, position: EventSource.Position? = nil
  ) {
    let time = ClientClock(clock)
    self.time = time
    session = EventSession(
      Shared(request), resumingFrom: position ?? .init(lastEventID: lastEventID), configuration: Shared(configuration),
      deliversComments: deliversComments,
      surroundings: .init(now: { time.now }, secondsSince1970: { secondsSince1970 }, fraction: { 0 }))
  }

  /// The next step, as if an element were asked for.
  mutating func step() -> Step {
    _ = session.elementRequested()
    if let message = session.nextMessage() { return step(message) }
    do throws(EventClientError) {
      return try step(session.nextAction())
    } catch {
      return .failed(error.kind)
    }
  }

  private func step(_ message: EventMessage) -> Step {
    switch message {
    case .opened: .opened
    case .event(let event): .event(event.data)
    case .comment(let text): .comment(text)
    case .gap: .gap
    case .interrupted(let error, let delay): .interrupted(error.kind, retryAfter: delay)
    }
  }

  private mutating func step(_ action: EventSession.Action) -> Step {
    switch action {
    case .prepare(let attempt):
      prepares = attempt.value
      return .prepare(attempt.value.url, is401: attempt.value.refusal != nil)
    case .connect(let request):
      outgoing = request.value
      isConnecting = true
      return .connect(lastEventID: request.value.lastEventID)
    case .close: return .close
    case .wait(let moment): return .wait(moment - self.time.now)
    case .finish: return .finish
    case .receive(let limit): return .receive(within: limit)
    }
  }

  /// All steps until more input or a connection is needed, or the session is over; those are not among them.
  mutating func steps() -> [Step] {
    var found: [Step] = []
    while true {
      switch step() {
      case .receive, .prepare, .connect, .finish: return found
      case .failed(let why): return found + [.failed(why)]
      case let other: found.append(other)
      }
    }
  }

  /// The request that waits for its connection, or has it.
  func request() throws -> OutgoingRequest {
    let outgoing = outgoing
    return try #require(outgoing)
  }

  /// What the caller's closure gets.
  func attempt() throws -> EventAttempt {
    let prepares = prepares
    return try #require(prepares)
  }

  /// Steps to the next request, or to the end.
  mutating func nextRequestOrEnd() -> Step {
    while true {
      switch step() {
      case .close, .interrupted, .wait, .opened, .event, .comment, .gap: continue
      case let last: return last
      }
    }
  }

  /// Connects, and gives the bytes in pieces; what was done up to the need for more.
  mutating func connect(_ bytes: some Sequence<UInt8>, inPiecesOf size: Int = .max) -> [Step] {
    if !isConnecting { _ = step() }
    isConnecting = false
    session.connected()
    return receive(bytes, inPiecesOf: size)
  }

  mutating func receive(_ bytes: some Sequence<UInt8>, inPiecesOf size: Int = .max) -> [Step] {
    var found: [Step] = []
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
      session.received(.bytes(Array(rest.prefix(size))))
      rest = rest.dropFirst(size)
      found += steps()
    }
    return found
  }

  mutating func end(_ input: EventSession.Input = .endOfFile) -> [Step] {
    session.received(input)
    return steps()
  }
}

extension EventClientError {
  /// The case's name, for comparisons.
  var kind: String {
    switch self {
    case .malformedURL: "malformedURL"
    case .unsupportedScheme: "unsupportedScheme"
    case .invalidRequest: "invalidRequest"
    case .unknownHost: "unknownHost"
    case .connectionRefused: "connectionRefused"
    case .connectionFailed: "connectionFailed"
    case .unusableProxy: "unusableProxy"
    case .proxyFailed: "proxyFailed"
    case .proxyRefused: "proxyRefused"
    case .secureConnectionFailed(let failure, _): "secureConnectionFailed(\(failure.kind))"
    case .timedOut(.connect, _, _): "timedOut(connect)"
    case .timedOut(.responseHead, _, _): "timedOut(responseHead)"
    case .timedOut(.request, _, _): "timedOut(request)"
    case .timedOut(.read, _, _): "timedOut(read)"
    case .noResponse: "noResponse"
    case .unexpectedStatus: "unexpectedStatus"
    case .unexpectedContentType: "unexpectedContentType"
    case .unsupportedContentCoding: "unsupportedContentCoding"
    case .contentDecodingFailed: "contentDecodingFailed"
    case .protocolViolation: "protocolViolation"
    case .limitExceeded(let limit, _, _): "limitExceeded(\(limit))"
    case .preparationFailed: "preparationFailed"
    case .transportFailed: "transportFailed"
    case .redirectFailed(let failure, _): "redirectFailed(\(failure))"
    case .gaveUp(let attempts, let last): "gaveUp(\(attempts), \(last.kind))"
    case .ended: "ended"
    case .cut: "cut"
    case .endedEarly: "endedEarly"
    case .invalidPayload: "invalidPayload"
    case .unexpectedType: "unexpectedType"
    case .alreadyIterating: "alreadyIterating"
    }
  }
}

extension Reconnection {
  init(_ policy: ReconnectPolicy, method: HTTPMethod, resuming history: History = History()) {
    self.init(Shared(EventRequest("http://example.com/", method: method, reconnect: policy)), resuming: history)
  }
}
