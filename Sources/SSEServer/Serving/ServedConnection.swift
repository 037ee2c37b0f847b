import SSEHTTP1
import SSESockets

/// One connection to the server: its socket, its half-read input, and what it is doing. On its loop's thread only.
final class ServedConnection {
  enum Activity {
    /// Waits for a request of which nothing has come; draining closes it at once.
    case idle
    /// Reads a request, computes or sends a plain answer.
    case answering
    case streaming(OutgoingStream)
  }

  let socket: StreamSocket
  let remoteAddress: String
  var parser: RequestParser
  var activity = Activity.idle
  /// Its place in its loop's `ConnectionTable`.
  var place = 0
  var requestCount = 0
  /// What serves it now, for the log.
  var route = ""
  /// The task that serves it: kept inside `withUnsafeCurrentTask`, used on the loop's thread only.
  private var task: UnsafeCurrentTask?
  /// The address of that task, to name the route of a blocked loop.
  private(set) var taskAddress: UInt = 0
  private var progress: SendProgress
  private unowned let server: ServerLoop

  init(socket: StreamSocket, remoteAddress: String, server: ServerLoop) {
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
    taskAddress = socket.loop.runningTask
  }

  func endTask() {
    task = nil
    taskAddress = 0
  }

  func cancel() { task?.cancel() }

  // MARK: - The reader's leave

  /// From now on the end of file is a leave, while a stream goes out.
  func watchForLeave() {
    guard case .streaming = activity else { return }
    let configuration = server.configuration
    socket.watchForLeave(
      keepingAtMost: configuration.limits.inputDuringStream, halfCloseAllowed: configuration.halfClose == .allowed)
  }

  // MARK: - Reading

  /// The next request's head; nil when the connection ended, or kept silent for too long, without one.
  func nextHead(limits: EventServerLimits) async throws -> RequestHead? {
    activity = .idle
    // A new connection owes a head from the start, a kept one from the first byte of its next request.
    var headStart: UInt64? = requestCount == 0 ? EventLoop.now : nil
    while true {
      if let part = try parser.next() {
        guard case .head(let head) = part else { continue }
        activity = .answering
        requestCount += 1
        return head
      }
      if !parser.isIdle {
        activity = .answering
        headStart = headStart ?? EventLoop.now
      }
      let spent = headStart.map { Duration.nanoseconds(Int64(EventLoop.now - $0)) }
      let timeout = spent.map { max(limits.requestTime - $0, .zero) } ?? limits.idleKeepAlive
      do throws(SocketError) {
        let bytes = try await socket.receive(timeout: timeout)
        if bytes.isEmpty { return nil }
        parser.append(bytes)
      } catch {
        if error.kind == .timedOut, !parser.isIdle { throw HTTPStatus.requestTimeout }
        return nil
      }
    }
  }

  /// The next part of the request's body, nil at its end.
  func nextBodyPart(limits: EventServerLimits) async throws -> [UInt8]? {
    while true {
      if let part = try parser.next() {
        switch part {
        case .body(let bytes): return bytes
        case .end: return nil
        case .head: preconditionFailure("a request's head inside its body")  // The parser gives `.end` first.
        }
      }
      let bytes: [UInt8]
      do throws(SocketError) {
        bytes = try await socket.receive(timeout: limits.requestTime)
      } catch {
        if error.kind == .timedOut { throw HTTPStatus.requestTimeout }
        throw HTTPStatus.badRequest
      }
      // RFC 9112, 8: a body that ends early is a bad request.
      guard !bytes.isEmpty else { throw HTTPStatus.badRequest }
      parser.append(bytes)
    }
  }

  // MARK: - Time

  /// Looks whether bytes have moved: an idle stream gets its comment, a reader that takes nothing for too long is cut.
  func sweep(now: UInt64) {
    let isWaiting = socket.unsentCount > 0
    let idle = progress.idle(now: now, sent: socket.sentTotal, isWaiting: isWaiting)
    if isWaiting {
      if idle >= server.configuration.limits.stalledReader.clampedNanoseconds { socket.reset() }
    } else if case .streaming(let stream) = activity, let interval = server.configuration.keepAlive,
      idle >= interval.clampedNanoseconds
    {
      stream.writeKeepAlive()
    }
  }

  // MARK: - Ending

  /// How long the end of a connection may take: its peer is to get the last bytes, and to close too.
  private static let longestFarewell: Duration = .seconds(1)

  /// Waits until the kernel has taken what was written; whether it has. Once the server ends, only for a moment.
  func allSent() async -> Bool {
    let timer = server.acceptsFurtherRequests ? nil : resetAfterFarewell()
    defer { if let timer { socket.loop.cancel(timer) } }
    await socket.allDrained()
    return socket.unsentCount == 0 && socket.sendFailure == nil
  }

  private func resetAfterFarewell() -> LoopTimer {
    socket.loop.schedule(after: Self.longestFarewell) { [unowned socket] in socket.reset() }
  }

  /// Closes so that the last bytes arrive: a close with unread input would send a reset that destroys them. At most
  /// 256 KiB are read, and only for a moment.
  func closeGently() async {
    guard socket.isOpen, !Task.isCancelled, await allSent() else { return socket.close() }
    socket.shutDownWriting()
    let timer = resetAfterFarewell()
    defer { socket.loop.cancel(timer) }
    var budget = 262_144
    while budget > 0, let bytes = try? await socket.receive(), !bytes.isEmpty { budget -= bytes.count }  // Any end will do.
    socket.close()
  }
}
