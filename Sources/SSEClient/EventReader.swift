import SSESockets

/// Carries out what an `EventSession` says: connects, moves bytes, waits. It belongs to one iterator and is used by one
/// task at a time; parsing happens in that task. Letting go of it closes the connection.
final class EventReader {
  private let source: EventSource
  private let deliversComments: Bool
  /// Nil until the first element is asked for, and after the end.
  private var session: EventSession?
  private var hasEnded = false
  /// A `next` waits. Copies of an iterator share this reader, and tasks on one actor take turns at it.
  private var isReading = false
  private var loop: EventLoop?
  private var connection: Connection?
  /// What the source was last told.
  private var publishedID = ""

  init(_ source: EventSource, deliversComments: Bool) {
    self.source = source
    self.deliversComments = deliversComments
  }

  deinit {
    connection?.close()
    if let position = session?.position { source.endIteration(at: position) }
  }

  /// The next message where it has been received already: the fast path, without an async call. Nil says nothing about
  /// the end: `next` follows.
  func nextBuffered() -> EventMessage? {
    guard !isReading, !Task.isCancelled else { return nil }
    session?.elementRequested()
    publishPosition()
    return session?.nextBuffered()
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
        if case .deliver(let message) = action { return message }
        publishPosition()
        guard await carryOut(action) else { break }
      }
    } catch {
      await end()
      throw error
    }
    await end()
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
      source.request, resumingFrom: position, configuration: source.configuration, deliversComments: deliversComments)
    return true
  }

  /// Closes before it returns, so that nothing is open when a cancelled task's scope is left.
  private func end() async {
    hasEnded = true
    await closeConnection()
    if let position = session?.position { source.endIteration(at: position) }
    session = nil
  }

  private func publishPosition() {
    guard let id = session?.lastEventID, id != publishedID else { return }
    publishedID = id
    source.resumes(from: id)
  }

  // MARK: - Actions

  /// False at the end.
  private func carryOut(_ action: EventSession.Action) async -> Bool {
    switch action {
    case .deliver: break
    case .connect(let lastEventID): await connect(lastEventID)
    case .receive(let limit): await receive(within: limit)
    case .close: await closeConnection()
    case .wait(let time): await wait(until: time)
    case .finish: return false
    }
    return true
  }

  private func receive(within limit: Duration) async {
    do throws(SocketError) {
      guard let connection else { throw SocketError(.closed, "read from", source.url) }
      let bytes = try await connection.receive(timeout: limit)
      session?.received(bytes.isEmpty ? .endOfFile : .bytes(bytes))
    } catch {
      session?.received(error.kind == .timedOut ? await timedOut() : .failure)
    }
  }

  private func timedOut() async -> EventSession.Input {
    let unsent = await connection?.socket.run { $0.unsentCount } ?? 0
    return unsent > 0 ? .timedOutSending : .timedOut
  }

  private func connect(_ lastEventID: String) async {
    do throws(EventClientError) {
      let url = try RequestURL(source.request.url)
      let message = try source.request.encoded(for: url, lastEventID: lastEventID)
      let attempt = ConnectionAttempt(url: url, configuration: source.configuration)
      let connection = try await attempt.connect(on: try takeLoop())
      self.connection = connection
      // It leaves while the answer is awaited: a server may answer before it has read all of it, and a refusal is to be
      // heard then (RFC 9112, 9.5).
      connection.socket.submit { socket in
        socket.append { $0 += message }
        socket.flush()
      }
      session?.connected(to: url)
    } catch {
      await closeConnection()
      session?.connectionFailed(error)
    }
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
    await connection.socket.run { $0.close() }
  }

  /// On the timers of a loop: a cancelled wait ends at once and keeps nothing.
  private func wait(until time: Moment) async {
    // Nobody waits before the first attempt, which took a loop. Whether the wait was cancelled the caller sees next.
    do { try await loop?.sleep(for: time - .now) } catch {}
  }
}
