import SSEHTTP1
import SSESockets

/// One connection to the server: its socket, its half-read input, and what it is doing. On its loop's thread only.
final class ServedConnection {
  enum Activity {
    /// Waits for a request, or for the rest of its head; draining closes it at once.
    case idle
    /// Computes or sends an answer.
    case answering
    case streaming(OutgoingStream)
    /// Nothing is left to do but for the peer: to take the last bytes, or to close.
    case ending
  }

  /// See `EventServerConnection.id`.
  let id: Int
  let socket: StreamSocket
  let remoteAddress: String
  var parser: RequestParser
  var activity = Activity.idle
  /// Its place in its loop's `ConnectionTable`.
  var place = 0
  var requestCount = 0
  /// The request that is answered, or was last. The two hold each other until the next one's head is waited for, or the
  /// connection's task ends.
  private(set) var exchange: Exchange?
  /// The task that serves it: kept inside `withUnsafeCurrentTask`, used on the loop's thread only.
  private var task: UnsafeCurrentTask?
  /// The address of that task, to name the route of a blocked loop.
  private(set) var taskAddress: UInt = 0
  private var servingTaskAddress: UInt = 0
  /// The task in which the router is asked, as `task`.
  private var answerTask: UnsafeCurrentTask?
  private(set) var progress: SendProgress
  /// The reader has taken nothing for too long.
  private(set) var isStalled = false
  /// Ends what is left of the connection while the server ends.
  var farewellTimer: LoopTimer?
  /// When the head under way began; nil between two requests.
  private var headStart: UInt64?
  /// The head that `readHead` has found, or why it cannot be one.
  private var parsed: Result<RequestHead, HTTP1Error>?
  unowned let server: ServerLoop

  init(id: Int, socket: StreamSocket, remoteAddress: String, server: ServerLoop) {
    self.id = id
    self.socket = socket
    self.remoteAddress = remoteAddress
    self.server = server
    parser = RequestParser(limits: server.configuration.limits.http)
    progress = SendProgress(now: EventLoop.tick)
  }

  /// From here to `endTask`, both in the task that serves this connection and on the loop's thread, the loop may
  /// cancel that task.
  func beginTask(_ current: UnsafeCurrentTask?) {
    task = current
    servingTaskAddress = socket.loop.runningTask
    taskAddress = servingTaskAddress
  }

  func endTask() {
    task = nil
    taskAddress = 0
    exchange = nil
  }

  func cancel() {
    task?.cancel()
    answerTask?.cancel()
  }

  /// From here to `endAnswer` the task that serves this connection waits for another, which is cancelled with it and
  /// may hold the loop in its place.
  func beginAnswer(_ current: UnsafeCurrentTask?) {
    answerTask = current
    taskAddress = socket.loop.runningTask
    // Cancelled before this task began.
    if task?.isCancelled == true { current?.cancel() }
  }

  func endAnswer() { answerTask = nil }

  /// The task that serves this connection goes on. Only now, since a loop is reported as blocked after the job that
  /// did.
  func resumeTask() { taskAddress = servingTaskAddress }

  /// The server ends, or this connection is to: a stream is cut now, whatever its handler makes of its cancellation.
  func end() {
    if case .streaming(let stream) = activity { stream.end(.cut(retry: server.configuration.randomFarewellRetry)) }
    cancel()
  }

  /// What serves it now, for the log.
  var route: String? { exchange?.record.route }

  // MARK: - The reader's leave

  /// From now on the end of file is a leave, while a stream goes out.
  func watchForLeave() {
    guard case .streaming = activity else { return }
    let configuration = server.configuration
    socket.watchForLeave(
      keepingAtMost: configuration.limits.inputDuringStream, halfCloseAllowed: configuration.halfClose == .allowed)
  }

  /// The reader has gone while its body was read, which is not watched for otherwise.
  private func readerLeft() {
    if case .streaming(let stream) = activity { stream.socketPeerLeft(.closed) }
  }

  /// Whether the head of the response under way is with the kernel.
  var hasSentHead: Bool {
    if case .streaming(let stream) = activity { !stream.isHeadHeld } else { false }
  }

  // MARK: - Reading

  /// After a turn's work: input that is always there must not keep others of the loop waiting.
  @inline(never)
  func letOthersRun() async {
    if socket.loop.isTurnOver { await Task.yield() }
  }

  /// Reads until the next request's head has come, which `takeExchange` gives then; false when the connection has ended
  /// or kept silent for too long before one began.
  @inline(never)
  func readHead() async throws -> Bool {
    beginHead()
    while !parseHead() {
      do throws(SocketError) {
        guard take(try await socket.receive(timeout: timeLeft())) else { return false }
      } catch {
        if case .tls(let failure) = error.kind { return try tlsFailed(failure) }
        countEnd(error)
        guard isLate(error) else { return false }
        throw HTTPStatus.requestTimeout
      }
    }
    return true
  }

  /// Always false, or throws what the peer is answered: it can be only where it speaks plain HTTP.
  @inline(never)
  private func tlsFailed(_ failure: TLSError) throws -> Bool {
    switch failure {
    // As if it had ended its stream before it closed: requests say themselves where they end.
    case .truncated: return false
    case .notTLS(isHTTP: true):
      socket.speakPlainly()
      throw PlainRequest()
    default:
      server.counters.handshakesFailed += 1
      // Who goes before it is done need not be told of: port scanners do.
      if failure == .closedInHandshake { return false }
      server.configuration.log(.tlsFailed(from: remoteAddress, reason: failure.explanation))
      return false
    }
  }

  private struct PlainRequest: Error, CustomStringConvertible {
    var description: String { "this port speaks https, not http" }
  }

  /// Which limit it was that no request came in time.
  private func countEnd(_ error: SocketError) {
    guard error.kind == .timedOut, parser.isIdle else { return }
    server.counters.count(requestCount == 0 ? .requestTime : .idleKeepAlive)
  }

  @inline(never)
  private func beginHead() {
    activity = .idle
    exchange = nil
    // A new connection owes a head from the start, a kept one from the first byte of its next request.
    headStart = requestCount == 0 ? EventLoop.now : nil
  }

  /// False at the end of file.
  @inline(never)
  private func take(_ bytes: [UInt8]) -> Bool {
    parser.append(bytes)
    return !bytes.isEmpty
  }

  /// Whether a head had begun and has taken too long; else the connection has ended.
  @inline(never)
  private func isLate(_ error: SocketError) -> Bool { error.kind == .timedOut && !parser.isIdle }

  /// Whether the next head, or an error, has been found in what has come; what is left of the last request's body is
  /// skipped.
  @inline(never)
  private func parseHead() -> Bool {
    do throws(HTTP1Error) {
      while let part = try parser.next() {
        guard case .head(let head) = part else { continue }
        parsed = .success(head)
        requestCount += 1
        server.counters.requests += 1
        activity = .answering
        // The end of a request without a body lets its bytes go, before its response begins.
        if !head.hasBody { _ = try parser.next() }
        return true
      }
    } catch {
      parsed = .failure(error)
      return true
    }
    if !parser.isIdle { headStart = headStart ?? EventLoop.now }
    return false
  }

  /// A request that is answered without being asked what it wants.
  func refused(_ head: RequestHead) -> Request {
    Request(head: head, remoteAddress: remoteAddress, body: .bytes([]), server: server.server)
  }

  /// The exchange that the head just read begins.
  @inline(never)
  func takeExchange() throws(HTTP1Error) -> Exchange? {
    defer { parsed = nil }
    exchange = try parsed.map { parsed throws(HTTP1Error) in Exchange(try parsed.get(), self) }
    return exchange
  }

  @inline(never)
  private func timeLeft() -> Duration {
    let limits = server.configuration.limits
    guard let headStart else { return limits.idleKeepAlive }
    return max(limits.requestTime - .nanoseconds(Int64(EventLoop.now - headStart)), .zero)
  }

  /// The next part of the request's body after `received` bytes of it, nil at its end.
  func nextBodyPart(_ pace: BodyPace, received: Int) async throws -> [UInt8]? {
    while true {
      if let part = try parser.next() {
        switch part {
        case .body(let bytes): return bytes
        case .end: return nil
        case .head: preconditionFailure("a request's head inside its body")  // The parser gives `.end` first.
        }
      }
      await letOthersRun()
      let bytes: [UInt8]
      do throws(SocketError) {
        bytes = try await socket.receiveUnlessCancelled(
          timeout: pace.timeLeft(now: EventLoop.now, received: received))
      } catch {
        switch error.kind {
        case .timedOut: throw HTTPStatus.requestTimeout
        // Whoever stops waiting for the body can still be answered.
        case .cancelled: throw CancellationError()
        default:
          readerLeft()
          throw HTTPStatus.badRequest
        }
      }
      guard !bytes.isEmpty else {
        readerLeft()
        // RFC 9112, 8: a body that ends early is a bad request.
        throw HTTPStatus.badRequest
      }
      parser.append(bytes)
    }
  }

  // MARK: - Time

  /// Looks whether bytes have moved: an idle stream gets its comment, a reader that takes nothing for too long is cut.
  func sweep(now: UInt64) {
    let limits = server.configuration.limits
    if case .streaming(let stream) = activity, limits.hasExpired(streamFrom: stream.start, now: now) {
      // Streams expire each at a time of its own: their readers need not be spread any more.
      return stream.expire(retry: server.configuration.farewellRetry.lowerBound)
    }
    let isWaiting = socket.unsentCount > 0
    let idle = progress.idle(now: now, sent: socket.sentTotal, isWaiting: isWaiting)
    progress.adjustUserTimeout(of: socket, isWaiting: isWaiting, server.configuration)
    if isWaiting {
      guard idle >= limits.stalledReader.clampedNanoseconds else { return }
      isStalled = true
      socket.reset()
      if case .streaming(let stream) = activity { stream.readerLeft(.readerStalled) }
    } else if case .streaming(let stream) = activity, let interval = server.configuration.keepAlive,
      idle >= interval.clampedNanoseconds
    {
      stream.writeKeepAlive()
    }
  }
}
