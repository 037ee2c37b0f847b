import SSEHTTP1

/// How long an attempt waits for what comes next of its response. A value: the time is passed in.
struct ResponseTimeouts {
  static let defaultReadTimeout: Duration = .seconds(300)
  /// A server that announces a longer interval is not waited for longer than this.
  static let longestReadTimeout: Duration = .seconds(86_400)

  private let configuration: Shared<EventClientConfiguration>
  /// How long a stream may be silent.
  private(set) var read: Duration
  /// Until when the head, or the body of a refused answer, must have come.
  private var deadline: (awaited: EventResponse.Awaited, time: Moment)?

  private var configured: EventClientTimeouts { configuration.value.timeouts }

  init(_ configuration: Shared<EventClientConfiguration>) {
    self.configuration = configuration
    read = configuration.value.timeouts.read ?? Self.defaultReadTimeout
  }

  /// A request is on its way.
  mutating func begin() { deadline = nil }

  /// The stream is open: unless the caller says how long it may be silent, its server does.
  mutating func opened(_ head: ResponseHead) {
    guard configured.read == nil else { return }
    let announced = head.headers["Event-Stream-Keep-Alive"].flatMap { Int32($0) }.flatMap { $0 > 0 ? $0 : nil }
    read = announced.map { min(.seconds(Int64($0) * 3), Self.longestReadTimeout) } ?? Self.defaultReadTimeout
  }

  /// A silent stream is given its timeout anew with each receive; head and refused body must come as a whole. Nil once
  /// their time is over, also where there is more to read.
  mutating func timeLeft(awaiting awaited: EventResponse.Awaited?, at time: @autoclosure () -> Moment) -> Duration? {
    let limit: Duration
    switch awaited {
    case .head: limit = configured.responseHead
    case .errorBody: limit = configured.errorBody
    case .stream, nil: return read
    }
    let time = time()
    if let deadline, deadline.awaited == awaited { return deadline.time > time ? deadline.time - time : nil }
    deadline = awaited.map { ($0, time + limit) }
    return limit
  }
}
