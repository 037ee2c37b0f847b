import SSEHTTP1
import SSESockets

/// What a reader does for its session, one step at a time.
extension EventReader {
  /// What is next: one of the two waits that each connection has, for which its task has the least frames, or another.
  enum Step {
    /// From the socket that is `connection`.
    case receive(within: Duration)
    /// That socket was begun to connect.
    case finishConnecting(ConnectionAttempt)
    case connect(ConnectionAttempt)
    case other(EventSession.Action)
  }

  /// A cancelled task's reader finishes.
  @inline(never) func nextStep() throws(EventClientError) -> Step {
    publishPosition()
    guard !Task.isCancelled, let action = try session?.nextAction() else { return .other(.finish) }
    switch action {
    case .receive(let limit):
      // Another clock needs another task.
      if clock.isEventLoops, case .socket = connection { return .receive(within: limit) }
    case .connect(let request) where source.configuration.value.transport == nil:
      publishConnecting()
      do throws(EventClientError) {
        let attempt = try ConnectionAttempt(for: request, source.configuration, clock: clock)
        guard let begun = try attempt.begin(on: takeLoop()) else { return .connect(attempt) }
        connection = .socket(.plain(begun))
        return .finishConnecting(attempt)
      } catch {
        session?.attemptFailed(error)
        return try nextStep()
      }
    default: break
    }
    return .other(action)
  }

  @inline(never) func received(_ bytes: [UInt8]) {
    session?.received(IncomingConnection.input(bytes))
  }

  @inline(never) func receiveFailed(_ error: SocketError) async {
    guard case .socket(let stream) = connection else { return }
    session?.received(await IncomingConnection.input(error, from: stream))
  }

  @inline(never) func connected(_ attempt: ConnectionAttempt, failure: SocketError?) {
    guard case .socket(.plain(let begun)) = connection else { return }
    connection = nil
    do throws(EventClientError) {
      try begin(attempt, over: try attempt.finish(begun, failure: failure))
    } catch {
      session?.attemptFailed(error)
    }
  }

  /// The request leaves while the answer is awaited: a server may answer before it has read all of it, and a refusal is
  /// to be heard then (RFC 9112, 9.5).
  private func begin(_ attempt: ConnectionAttempt, over stream: ByteStream) throws(EventClientError) {
    connection = .socket(stream)
    stream.send(try attempt.message())
    session?.connected()
  }

  // MARK: - Other steps

  /// False at the end.
  @inline(never) func carryOut(_ action: EventSession.Action) async throws(EventClientError) -> Bool {
    switch action {
    case .prepare(let attempt): await prepare(attempt)
    case .connect(let request):
      if let transport = source.configuration.value.transport { await send(request, over: transport) }
    case .receive(let limit): await receive(within: limit)
    case .close: await closeConnection()
    case .wait(let time): try await wait(until: time)
    case .finish:
      await end(because: Task.isCancelled ? .left : .finished)
      return false
    }
    return true
  }

  @inline(never) private func prepare(_ given: Shared<EventAttempt>) async {
    publishConnecting()
    var attempt = given.value
    do {
      try await source.configuration.value.prepareAttempt?(&attempt)
      session?.prepared(attempt)
    } catch {
      session?.attemptFailed(.preparationFailed(error, url: attempt.url))
    }
  }

  @inline(never) func connect(_ attempt: ConnectionAttempt) async {
    do throws(EventClientError) {
      try begin(attempt, over: try await attempt.connectInSteps(on: takeLoop()))
    } catch {
      session?.attemptFailed(error)
    }
  }

  @inline(never)
  private func send(_ request: Shared<OutgoingRequest>, over transport: @escaping EventTransport.Send) async {
    publishConnecting()
    do throws(EventClientError) {
      let response = try await IncomingConnection.send(
        request.value, over: transport, configuration: source.configuration.value, clock: clock, loop: takeLoop())
      connection = .transport(response.makeBody())
      session?.connected(receiving: response.head)
    } catch {
      session?.attemptFailed(error)
    }
  }

  @inline(never) private func receive(within limit: Duration) async {
    guard let connection, let loop else { return session?.received(.failure) ?? () }
    session?.received(await connection.receive(within: limit, clock: clock, loop: loop))
  }

  /// One of the loops that clients share, the same for all connections of this reader.
  @inline(never) private func takeLoop() throws(EventClientError) -> EventLoop {
    if let loop { return loop }
    let taken = try EventLoop.shared(forURL: source.url)
    loop = taken
    return taken
  }

  @inline(never) func closeConnection() async {
    guard let connection else { return }
    self.connection = nil
    await connection.closeNow()
  }

  /// On the timers of a loop: a cancelled wait ends at once and keeps nothing.
  @inline(never) private func wait(until time: Moment) async throws(EventClientError) {
    // No attempt has needed a loop where each failed before it. Without one there would be no wait between attempts.
    let loop = try takeLoop()
    // Whether the wait was cancelled the caller sees next.
    do { try await clock.sleep(for: time - clock.now, on: loop) } catch {}
  }
}
