import SSESockets

/// Carries out what an `EventSession` says: connects, moves bytes, waits. It belongs to one iterator and is used by one
/// task at a time; parsing happens in that task. Letting go of it closes the connection.
final class EventReader {
  private let source: EventSource
  private let deliversComments: Bool
  private let clock: ClientClock
  /// Nil until the first element is asked for, and after the end.
  private var session: EventSession?
  private(set) var hasEnded = false
  /// A `next` waits. Copies of an iterator share this reader, and tasks on one actor take turns at it.
  private var isReading = false
  private var loop: EventLoop?
  private var connection: IncomingConnection?
  /// What the source was last told.
  private var publishedID = ""
  private var hasPublishedConnecting = false

  init(_ source: EventSource, deliversComments: Bool) {
    self.source = source
    self.deliversComments = deliversComments
    clock = ClientClock(source.configuration.clock)
  }

  deinit {
    connection?.close()
    if let position = session?.position { source.endIteration(at: position, because: .left) }
  }

  /// The next message where it has been received already: the fast path, without an async call. Nil says nothing about
  /// the end: `next` follows.
  func nextBuffered() -> EventMessage? {
    guard !isReading, !Task.isCancelled else { return nil }
    session?.elementRequested()
    publishPosition()
    guard let message = session?.nextBuffered() else { return nil }
    publishState(after: message)
    return message
  }

  /// The next message; nil at the end, when the task is cancelled, and after an error.
  ///
  /// - Throws: `.alreadyIterating` also while another `next` of this reader waits; that one goes on.
  func next() async throws(EventClientError) -> EventMessage? {
    if isReading {
      if Task.isCancelled { return nil }
      throw .alreadyIterating(url: source.url)
    }
    isReading = true
    defer { isReading = false }
    guard try begin() else { return nil }
    session?.elementRequested()
    publishPosition()
    do throws(EventClientError) {
      while !Task.isCancelled, let action = try session?.next() {
        if case .deliver(let message) = action {
          publishState(after: message)
          return message
        }
        publishPosition()
        if case .finish = action { break }
        try await carryOut(action)
      }
    } catch {
      await end(because: .failed(error))
      throw error
    }
    await end(because: Task.isCancelled ? .left : .finished)
    return nil
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
    publishedID = position.lastEventID
    session = EventSession(
      source.request, resumingFrom: position, configuration: source.configuration, deliversComments: deliversComments,
      now: { [clock] in clock.now })
    return true
  }

  /// Closes before it returns, so that nothing is open when a cancelled task's scope is left.
  private func end(because reason: EventSource.State.ClosingReason) async {
    hasEnded = true
    await closeConnection()
    if let position = session?.position { source.endIteration(at: position, because: reason) }
    session = nil
  }

  /// Nothing more is wanted, though the source may go on. Closes before it returns; later elements are nil.
  ///
  /// Where it has finished the last element was dealt with; else a later iterator of the source asks for it again.
  func close(because reason: EventSource.State.ClosingReason) async {
    isReading = true
    defer { isReading = false }
    if case .finished = reason {
      session?.elementRequested()
      publishPosition()
    }
    await end(because: reason)
  }

  private func publishPosition() {
    guard let id = session?.lastEventID, id != publishedID else { return }
    publishedID = id
    source.resumes(from: id)
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
  private func publishConnecting() {
    if !hasPublishedConnecting { source.state.set(.connecting) }
    hasPublishedConnecting = true
  }

  // MARK: - Actions

  private func carryOut(_ action: EventSession.Action) async throws(EventClientError) {
    switch action {
    case .deliver, .finish: break
    case .prepare(let attempt): await prepare(attempt)
    case .connect(let request): await connect(request)
    case .receive(let limit): await receive(within: limit)
    case .close: await closeConnection()
    case .wait(let time): try await wait(until: time)
    }
  }

  private func prepare(_ attempt: EventAttempt) async {
    publishConnecting()
    var attempt = attempt
    do {
      try await source.configuration.prepareAttempt?(&attempt)
      session?.prepared(attempt)
    } catch {
      session?.attemptFailed(.preparationFailed(error, url: attempt.url))
    }
  }

  private func connect(_ request: OutgoingRequest) async {
    publishConnecting()
    do throws(EventClientError) {
      let (connection, head) = try await IncomingConnection.open(
        request, configuration: source.configuration, clock: clock, loop: try takeLoop())
      self.connection = connection
      session?.connected(receiving: head)
    } catch {
      session?.attemptFailed(error)
    }
  }

  private func receive(within limit: Duration) async {
    guard let connection, let loop else { return session?.received(.failure) ?? () }
    session?.received(await connection.receive(within: limit, clock: clock, loop: loop))
  }

  /// One of the loops that clients share, the same for all connections of this reader.
  private func takeLoop() throws(EventClientError) -> EventLoop {
    if let loop { return loop }
    do throws(SocketError) {
      let taken = try EventLoopGroup.shared.next()
      loop = taken
      return taken
    } catch {
      throw .connectionFailed("\(error)", url: source.url)
    }
  }

  private func closeConnection() async {
    guard let connection else { return }
    self.connection = nil
    await connection.closeNow()
  }

  /// On the timers of a loop: a cancelled wait ends at once and keeps nothing.
  private func wait(until time: Moment) async throws(EventClientError) {
    // No attempt has needed a loop where each failed before it. Without one there would be no wait between attempts.
    let loop = try takeLoop()
    // Whether the wait was cancelled the caller sees next.
    do { try await clock.sleep(for: time - clock.now, on: loop) } catch {}
  }
}
