import SSEHTTP1
import SSESockets

/// Serves the requests of one connection, one after the other, in the connection's task. On the loop's thread.
///
/// While a handler runs, every byte of the frames below it is held for as long as its stream lasts. So what a request
/// needs is kept in its `Exchange`, not in local variables, and the steps of `run` are not inlined into it.
struct RequestLoop {
  let connection: ServedConnection

  /// What becomes of the connection after a response.
  enum Next {
    /// It carries another request.
    case keep
    case close
    /// A topic's readers have its socket now.
    case handedOver
  }

  private var server: ServerLoop { connection.server }

  /// Returns when the connection has been closed or handed over.
  func run(in task: UnsafeCurrentTask?) async {
    connection.beginTask(task)
    var next = Next.keep
    while next == .keep, let exchange = await nextExchange() {
      await exchange.askRouter()
      next = await exchange.respond()
      exchange.end()
      // No other work of the loop may come between: its socket is in the table of readers already.
      if next == .handedOver { break }
      await connection.letOthersRun()
    }
    if next != .handedOver { await connection.closeGently() }
    connection.endTask()
    server.taskEnded(connection, isHandedOver: next == .handedOver)
  }

  /// Reads the next request's head; nil when there is none, or when it was refused.
  @inline(never)
  private func nextExchange() async -> Exchange? {
    guard server.acceptsFurtherRequests else { return nil }
    do {
      // A head that came while the server began to end is not answered.
      guard try await connection.readHead(), server.acceptsFurtherRequests else { return nil }
      return try connection.takeExchange()
    } catch {
      await refuse(error)
      return nil
    }
  }

  /// Answers a request that could not be read; where the next one begins is unknown.
  @inline(never)
  private func refuse(_ error: any Error) async {
    let status = (error as? HTTP1Error)?.status ?? (error as? HTTPStatus) ?? .badRequest
    server.counters.count(refusal: status.code)
    server.configuration.log(.badRequest(from: connection.remoteAddress, reason: "\(error)"))
    var response = Response.failure(status, reason: "\(error)")
    // Of a method that no route can have, and so for no method (RFC 9110, 15.5.6).
    if status == .methodNotAllowed { response.headers["Allow"] = "" }
    response = server.router.completed(response, connection.parser.refusedHead.map(connection.refused))
    connection.socket.append { buffer in
      guard case .bytes(let bytes) = response.body else { return }
      response.appendHead(to: &buffer, bodyLength: bytes.count, keepAlive: false)
      buffer.append(contentsOf: bytes)
    }
    _ = await connection.allSent()
  }
}
