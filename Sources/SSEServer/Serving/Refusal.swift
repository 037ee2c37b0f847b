import SSEHTTP1
import SSESockets

/// Answers one connection too many, in its task, with 503 (RFC 9110, 15.6.4) or 429 (RFC 6585, 4); its request is not
/// looked at. On the loop's thread.
struct Refusal {
  /// The seconds after which another attempt may do better.
  static let retryAfter = "5"

  let connection: ServedConnection
  let status: HTTPStatus

  /// Returns when the connection has been closed.
  func run(in task: UnsafeCurrentTask?) async {
    connection.beginTask(task)
    if connection.socket.isSecure { await awaitRequest() }
    answer()
    await connection.closeGently()
    connection.endTask()
    connection.server.refusalEnded(connection)
  }

  /// The first bytes of its request end the handshake, before which nothing can be said.
  private func awaitRequest() async {
    // Whatever came of it, the rest is the same.
    _ = try? await connection.socket.receiveUnlessCancelled(timeout: ServedConnection.longestFarewell)
  }

  private func answer() {
    let response = Response(status: status, headers: ["Retry-After": Self.retryAfter])
    connection.socket.append { response.appendHead(to: &$0, bodyLength: 0, keepAlive: false) }
  }
}
