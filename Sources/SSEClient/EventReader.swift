import SSESockets
public import ServerSentEvents

/// Carries out what an `EventSession` says: connects, moves bytes, waits. It belongs to one iterator and is used by one
/// task at a time; parsing happens in that task. Letting go of it closes the connection.
///
/// An application may hold thousands, each with a task that waits for the next event. What that task's frames hold it
/// holds for as long: so no message stands in them, and what happens once a connection has functions of its own.
@usableFromInline final class EventReader {
  let source: EventSource
  private let deliversComments: Bool
  let clock: ClientClock
  /// Nil until the first element is asked for, and after the end.
  var session: EventSession?
  private(set) var hasEnded = false
  /// A `next` waits. Copies of an iterator share this reader, and tasks on one actor take turns at it.
  private var isReading = false
  var loop: EventLoop?
  var connection: IncomingConnection?
  private var hasPublishedConnecting = false

  init(_ source: EventSource, deliversComments: Bool) {
    self.source = source
    self.deliversComments = deliversComments
    clock = ClientClock(source.configuration.value.clock)
  }

  deinit {
    connection?.close()
    endIteration(because: .left)
  }

  // MARK: - Messages

  /// The next message where it has been received already: the fast path, without an async call. Nil says nothing about
  /// the end: `next` follows.
  @inline(never) func nextBuffered() -> EventMessage? {
    guard !isReading else { return nil }
    elementRequested()
    return takeMessage()
  }

  /// The same of events; other messages are passed over. Into the caller's variable: what is returned would stand in
  /// each frame on the way.
  @usableFromInline @inline(never) func nextBufferedEvent(into event: inout ServerSentEvent?) -> Bool {
    guard !isReading else { return false }
    elementRequested()
    return takeEvent(into: &event)
  }

  /// The next message; nil at the end, when the task is cancelled, and after an error.
  ///
  /// - Throws: `.alreadyIterating` also while another `next` of this reader waits; that one goes on.
  func next() async throws(EventClientError) -> EventMessage? {
    guard try beginReading() else { return nil }
    defer { isReading = false }
    var message = takeMessage()
    while message == nil, try await advance() { message = takeMessage() }
    return message
  }

  /// The same of events; other messages are passed over.
  @usableFromInline func nextEvent(into event: inout ServerSentEvent?) async throws(EventClientError) {
    guard try beginReading() else { return }
    defer { isReading = false }
    while !takeEvent(into: &event), try await advance() {}
  }

  /// False after the end.
  @inline(never) private func beginReading() throws(EventClientError) -> Bool {
    if isReading {
      if Task.isCancelled { return false }
      throw .alreadyIterating(url: source.url)
    }
    guard try begin() else { return false }
    isReading = true
    elementRequested()
    return true
  }

  /// The last element was dealt with.
  @inline(never) private func elementRequested() {
    if session?.elementRequested() == true { publishPosition() }
  }

  @inline(never) private func takeMessage() -> EventMessage? {
    guard !Task.isCancelled, let message = session?.nextMessage() else { return nil }
    publishState(after: message)
    return message
  }

  @inline(never) private func takeEvent(into event: inout ServerSentEvent?) -> Bool {
    if Task.isCancelled { return false }
    if session?.takeEvent(into: &event) == true { return true }
    while let message = takeMessage() {
      guard case .event(let received) = message else { continue }
      event = received
      return true
    }
    return false
  }

  /// Does the next of what is to be done for a message: there is none now. False at the end.
  private func advance() async throws(EventClientError) -> Bool {
    do throws(EventClientError) {
      switch try nextStep() {
      case .receive(let limit):
        guard case .socket(let stream) = connection else { break }
        do throws(SocketError) {
          received(try await stream.receive(timeout: limit))
        } catch {
          await receiveFailed(error)
        }
      case .finishConnecting(let attempt):
        guard case .socket(.plain(let connection)) = connection else { break }
        connected(attempt, failure: await connection.finishConnecting(within: attempt.timeLimit))
      case .connect(let attempt): await connect(attempt)
      case .other(let action): return try await carryOut(action)
      }
    } catch {
      await end(because: .failed(error))
      throw error
    }
    return true
  }

  /// The first time, takes the source for this iterator. False after the end.
  private func begin() throws(EventClientError) -> Bool {
    if session != nil { return true }
    if hasEnded { return false }
    // First: a cancelled task gets nil, whoever else reads.
    if Task.isCancelled {
      hasEnded = true
      return false
    }
    guard let position = source.beginIteration() else {
      hasEnded = true
      throw .alreadyIterating(url: source.url)
    }
    session = EventSession(
      source.request, resumingFrom: position, configuration: source.configuration, deliversComments: deliversComments,
      surroundings: clock.isEventLoops ? .system : EventSession.Surroundings(now: { [clock] in clock.now }))
    return true
  }

  /// Closes before it returns, so that nothing is open when a cancelled task's scope is left.
  @inline(never) func end(because reason: EventSource.State.ClosingReason) async {
    hasEnded = true
    await closeConnection()
    endIteration(because: reason)
  }

  @inline(never) private func endIteration(because reason: EventSource.State.ClosingReason) {
    if let position = session?.position { source.endIteration(at: position, because: reason) }
    session = nil
  }

  /// Nothing more is wanted, though the source may go on. Closes before it returns; later elements are nil.
  ///
  /// Where it has finished the last element was dealt with; else a later iterator of the source asks for it again.
  func close(because reason: EventSource.State.ClosingReason) async {
    isReading = true
    defer { isReading = false }
    if case .finished = reason { elementRequested() }
    await end(because: reason)
  }

  @inline(never) func publishPosition() {
    if let id = session?.takeNewLastEventID() { source.resumes(from: id) }
  }

  private func publishState(after message: EventMessage) {
    switch message {
    case .event, .comment, .gap: return
    case .opened: source.state.set(.open)
    case .interrupted(let error, let delay): source.state.set(.waiting(delay, because: error))
    }
    hasPublishedConnecting = false
  }

  /// Once for all that is done until an answer is accepted: preparing, connecting, redirects, another token.
  @inline(never) func publishConnecting() {
    if !hasPublishedConnecting { source.state.set(.connecting) }
    hasPublishedConnecting = true
  }
}
