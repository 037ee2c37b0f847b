import SSESockets

/// One connection of a scripted server, whose task runs its script. On the loop's thread only.
final class ScriptedConnection: StreamSocketDelegate {
  /// After its own end the server waits so long for the client to close too.
  static let longestFarewell: Duration = .seconds(1)
  /// What a client sends before the script reads it; the rest stays in the kernel.
  static let earlyInput = 65_536

  let socket: StreamSocket
  let index: Int
  private let server: ScriptedServer
  /// The task that runs the script: kept inside `withUnsafeCurrentTask`, used on the loop's thread only.
  private var task: UnsafeCurrentTask?
  private(set) var request: RecordedRequest?
  private var framing = ConnectionScript.Framing.untilClose
  private var pieceSize = Int.max
  private var pause = Duration.zero
  private(set) var hasLeft = false

  init(socket: StreamSocket, index: Int, server: ScriptedServer) {
    self.socket = socket
    self.index = index
    self.server = server
    socket.setDelegate(self)
  }

  /// Runs what serves this connection until its end, and closes it. When the client leaves, what waits in `body` is
  /// cancelled, and nothing that it throws then counts.
  func run(in task: UnsafeCurrentTask?, _ body: () async throws -> Void) async throws {
    defer { socket.close() }
    self.task = task
    // The loop has nothing to cancel then.
    defer { self.task = nil }
    socket.watchForLeave(keepingAtMost: Self.earlyInput)
    do {
      try await body()
      if !hasLeft {
        socket.close()
        note(.byScript)
      }
    } catch {
      if !hasLeft { throw error }
    }
  }

  // MARK: - The script

  /// Runs a script, and ends the connection as it says.
  func run(_ script: ConnectionScript) async throws {
    for step in script.steps {
      server.observed.update { [index] in $0.connections[index].step = step.description }
      guard try await goesOn(after: step.action) else { return }
    }
    if framing.longestChunk != nil { try await endBody() }
    try await close()
  }

  /// Carries a step out; false where it has ended the connection.
  private func goesOn(after action: ConnectionScript.Action) async throws -> Bool {
    switch action {
    case .readRequest: try await readRequest()
    case .response(let head, let body): try await respond(head, body)
    case .eventStream(let head, let framing): try await beginStream(head, framing)
    case .body(let bytes): try await send(framing.framed(bytes()))
    case .lastChunk: try await endBody()
    case .bytes(let bytes): try await send(bytes)
    case .sendInPieces(let most, let pause): (pieceSize, self.pause) = (most, pause)
    case .wait(let action): try await action(request)
    case .delay(let duration): try await socket.loop.sleep(for: duration)
    case .cut:
      try await close()
      return false
    case .reset:
      socket.reset()
      return false
    case .holdOpen:
      try await holdOpen()
      return false
    }
    return true
  }

  /// Reads the request where that was not done yet.
  func readRequest() async throws {
    guard request == nil else { return }
    socket.stopWatchingForLeave()
    var reading = RequestReading(connection: index)
    while true {
      let bytes = try await receive()
      guard let request = try reading.received(bytes) else { continue }
      self.request = request
      socket.watchForLeave(keepingAtMost: 0, dropsInput: true)
      server.observed.update { [index] facts in
        facts.connections[index].request = request
        facts.requests.append(request)
      }
      return
    }
  }

  /// The next bytes; ends the script where there are none.
  private func receive() async throws -> [UInt8] {
    do throws(SocketError) {
      let bytes = try await socket.receiveUnlessCancelled(timeout: nil)
      if !bytes.isEmpty { return bytes }
      socketPeerLeft(.closed)
    } catch {
      if error.kind != .cancelled { socketPeerLeft(.reset(0)) }
    }
    throw CancellationError()
  }

  private func respond(_ head: ResponseHead, _ body: [UInt8]) async throws {
    var fields: HeaderFields = [:]
    guard !head.status.isInformational else { return try await sendHead(head, and: body) }
    // RFC 9112, 6.1: never beside a Transfer-Encoding, which would be the test's own.
    if !head.headers.contains("Transfer-Encoding"), head.status != .noContent {
      fields.append("Content-Length", "\(body.count)")
    }
    fields.append("Connection", "close")
    try await sendHead(head.completed(fields), and: body)
  }

  private func beginStream(_ head: ResponseHead, _ framing: ConnectionScript.Framing) async throws {
    var fields: HeaderFields = ["Content-Type": "text/event-stream"]
    switch framing {
    case .chunked, .chunks: fields.append("Transfer-Encoding", "chunked")
    case .length(let count): fields.append("Content-Length", "\(count)")
    case .untilClose: break
    }
    fields.append("Connection", "close")
    try await sendHead(head.completed(fields))
    self.framing = framing
  }

  private func sendHead(_ head: ResponseHead, and body: [UInt8] = []) async throws {
    try await readRequest()
    var buffer: [UInt8] = []
    do throws(HTTP1Error) { try HeadWriter.append(head, to: &buffer) } catch {
      throw ScriptedServerError.invalidScript(connection: index, reason: "\(error); such a head can be sent as text")
    }
    try await send(buffer + body)
  }

  private func endBody() async throws {
    framing = .untilClose
    try await send(ChunkedCoding.lastChunk)
  }

  /// Returns when the kernel has taken all of it.
  private func send(_ bytes: [UInt8]) async throws {
    for piece in bytes.pieces(ofAtMost: pieceSize) {
      socket.append { $0.append(contentsOf: piece) }
      await socket.allDrained()
      try Task.checkCancellation()
      if socket.sendFailure != nil {
        socketPeerLeft(.reset(0))
        throw CancellationError()
      }
      if pause > .zero { try await socket.loop.sleep(for: pause) }
    }
  }

  // MARK: - Its end

  /// Closes so that what was sent arrives: with input unread, a close would be a reset. Waits a moment for the client
  /// to close too, which tells when it has let go.
  private func close() async throws {
    socket.stopWatchingForLeave()
    socket.shutDownWriting()
    let deadline = EventLoop.now + Self.longestFarewell.clampedNanoseconds
    while true {
      let now = EventLoop.now
      guard now < deadline else { return }
      guard
        // Any end will do.
        let bytes = try? await socket.receiveUnlessCancelled(timeout: .nanoseconds(Int64(deadline - now))),
        !bytes.isEmpty
      else { return }
    }
  }

  private func holdOpen() async throws {
    socket.watchForLeave(keepingAtMost: 0, dropsInput: true)
    _ = try await server.observed.first { [index] in $0.connections[index].ending }
  }

  func socketPeerLeft(_ reason: StreamSocket.LeaveReason) {
    guard !hasLeft else { return }
    hasLeft = true
    switch reason {
    case .closed, .halfClosed: note(.closedByClient)
    case .reset: note(.resetByClient)
    }
    task?.cancel()
  }

  func socketDrained() {}

  private func note(_ ending: ScriptedServer.Ending) {
    server.observed.update { [index] in $0.connections[index].ending = ending }
  }
}
