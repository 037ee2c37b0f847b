import Foundation
import SSESockets

/// The running side of a scripted server: a loop of its own, and a child task for each connection.
struct ScriptedListener: Sendable {
  /// What has come is kept to the end of the scope, so that it is bounded.
  static let mostConnections = 100_000

  let answers: ScriptedAnswers

  /// Serves until its task is cancelled. A script that fails ends it with that error.
  func run(onListening: @escaping @Sendable (ScriptedServer) -> Void) async throws {
    let loop = try listening { () throws(SocketError) in try EventLoop(name: "sse-scripted") }
    defer { loop.stop() }
    let (connections, accepted) = AsyncStream.makeStream(of: LoopBound<ScriptedConnection>.self)
    let began = await loop.run { [answers] in
      Result { () throws(SocketError) in
        LoopBound(try ScriptedAcceptor(loop: loop, answers: answers) { accepted.yield($0) }, loop: loop)
      }
    }
    let acceptor = try listening { () throws(SocketError) in try began.get() }
    let server = try await acceptor.run { acceptor in Result { try acceptor.begin() } }.get()
    onListening(server)
    let result: Result<Void, any Error>
    do {
      try await withThrowingDiscardingTaskGroup { group in
        for await connection in connections {
          guard server.connectionCount <= Self.mostConnections else {
            throw ScriptedServerError.tooManyConnections(limit: Self.mostConnections)
          }
          group.addTask(executorPreference: loop) {
            do {
              try await withUnsafeCurrentTask { task in
                try await connection.onLoop.answer(from: answers, in: task)
              }
            } catch {
              // The loop above ends then too, and the group throws.
              accepted.finish()
              throw error
            }
            acceptor.onLoop.forget(connection.onLoop)
          }
        }
        group.cancelAll()
      }
      result = .success(())
    } catch {
      result = .failure(error)
    }
    await acceptor.run { $0.close() }
    try result.get()
  }

  private func listening<R>(_ body: () throws(SocketError) -> R) throws(ScriptedServerError) -> R {
    do throws(SocketError) { return try body() } catch { throw .cannotListen(reason: error.description) }
  }
}

/// The listening socket of a scripted server, and all connections that it has accepted. On the loop's thread only.
private final class ScriptedAcceptor {
  private let loop: EventLoop
  private let answers: ScriptedAnswers
  private let accept: (LoopBound<ScriptedConnection>) -> Void
  private var listener: Listener?
  private var server: ScriptedServer?
  /// Those that are open: closed with the server, also where their task has never begun.
  private var connections: [Int: ScriptedConnection] = [:]

  init(
    loop: EventLoop, answers: ScriptedAnswers, accept: @escaping (LoopBound<ScriptedConnection>) -> Void
  ) throws(SocketError) {
    self.loop = loop
    self.answers = answers
    self.accept = accept
    listener = try Listener(address: SocketAddress(numericHost: "127.0.0.1", port: 0), loop: loop) {
      [unowned self] in place($0)
    }
  }

  /// Accepts from now on.
  func begin() throws -> ScriptedServer {
    let port = listener?.localAddress.port ?? 0
    let address = "http://127.0.0.1:\(port)"
    guard let url = URL(string: address) else { throw EventServerTestError.noURL(address) }
    let server = ScriptedServer(port: port, url: url)
    self.server = server
    if answers.refuses(after: 0) { listener?.close() } else { listener?.resume() }
    return server
  }

  private func place(_ accepted: Listener.Accepted) {
    guard let server else { return accepted.refuse() }
    let index = server.observed.update { facts in
      facts.connections.append(.init(remoteAddress: accepted.remoteAddress?.host ?? "unknown"))
      return facts.connections.count - 1
    }
    let socket = StreamSocket(descriptor: accepted.descriptor, loop: loop)
    let connection = ScriptedConnection(socket: socket, index: index, server: server)
    connections[index] = connection
    // The port closes with the last connection that has a script.
    if answers.refuses(after: index + 1) { listener?.close() }
    accept(LoopBound(connection, loop: loop))
  }

  /// A connection has ended.
  func forget(_ connection: ScriptedConnection) { connections[connection.index] = nil }

  func close() {
    listener?.close()
    listener = nil
    for connection in connections.values { connection.socket.close() }
    connections = [:]
  }
}
