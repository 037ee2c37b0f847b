import SSEHTTP1
import SSESockets

/// Answers one connection too many, in its task, with 503 (RFC 9110, 15.6.4) or 429 (RFC 6585, 4), whatever it asks
/// for. On the loop's thread.
struct Refusal {
  /// The seconds after which another attempt may do better.
  static let retryAfter = "5"
  /// How long it takes at most, whatever the peer does or leaves undone: under TLS the answer would wait for a
  /// handshake that never ends. Then the place is another's.
  static let longest = ServedConnection.longestFarewell * 2

  let connection: ServedConnection
  let status: HTTPStatus

  /// Returns when the connection has been closed.
  func run(in task: UnsafeCurrentTask?) async {
    connection.beginTask(task)
    let socket = connection.socket
    let timer = socket.loop.schedule(after: Self.longest) { [unowned socket] in socket.close() }
    defer { socket.loop.cancel(timer) }
    answer(await request())
    await connection.closeGently()
    connection.endTask()
    connection.server.refusalEnded(connection)
  }

  /// The request, where its head comes in a moment: whether a page of another origin may read the refusal hangs on it.
  /// Under TLS its first bytes end the handshake, before which nothing can be said.
  private func request() async -> Request? {
    let deadline = EventLoop.now + ServedConnection.longestFarewell.clampedNanoseconds
    do throws(any Error) {
      while true {
        if case .head(let head) = try connection.parser.next() {
          return connection.refused(head)
        }
        let now = EventLoop.now
        guard now < deadline else { return nil }
        let bytes = try await connection.socket.receiveUnlessCancelled(timeout: .nanoseconds(Int64(deadline - now)))
        guard !bytes.isEmpty else { return nil }
        connection.parser.append(bytes)
      }
    } catch {
      return nil  // What is no request is refused like one.
    }
  }

  private func answer(_ request: Request?) {
    let refusal = Response(status: status, headers: ["Retry-After": Self.retryAfter])
    let response = connection.server.router.completed(refusal, request)
    connection.socket.append { response.appendHead(to: &$0, bodyLength: 0, keepAlive: false) }
  }
}
