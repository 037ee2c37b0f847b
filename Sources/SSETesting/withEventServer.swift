public import Foundation
public import SSEServer
import SSESockets
import Synchronization

/// Runs a server for the time of `body`, on a free port of 127.0.0.1, and gives `body` its base URL.
///
///     @Test func clockTicks() async throws {
///       try await withEventServer(router) { baseURL in
///         for try await event in EventClient().events(baseURL / "events/stream") { … }
///       }
///     }
///
/// When it returns or throws, every connection, thread and descriptor of the server is closed. `body` runs in the task
/// and the isolation of the caller: a test on the main actor or an actor stays there.
///
/// Past `timeLimit` the task is cancelled and `EventServerTestError.timeLimit` is thrown, whatever `body` did about
/// it: a loop over events returns normally when it is cancelled, and Swift Testing does not count a cancelled test
/// as failed. `CancellationError` is never thrown, not even by `body`.
///
/// - Parameters:
///   - router: The routes of the server.
///   - timeLimit: Default 10 s.
///   - configuration: How the server behaves.
///   - isolation: The caller's.
///   - body: The test.
/// - Throws: what `body` throws; `EventServerTestError`; `EventServerError` when no port is free.
public func withEventServer<R>(
  _ router: Router,
  timeLimit: Duration = .seconds(10),
  configuration: EventServerConfiguration = EventServerConfiguration(),
  isolation: isolated (any Actor)? = #isolation,
  _ body: (_ baseURL: URL) async throws -> R
) async throws -> R {
  let server = EventServer(router, port: 0, configuration: configuration)
  return try await withEventServer(server, timeLimit: timeLimit) { address in
    guard let url = URL(string: address.url) else { throw EventServerTestError.noURL(address.url) }
    return try await body(url)
  }
}

/// The same for a server of the caller's, whose address `body` gets: a test can drain it.
public func withEventServer<R>(
  _ server: EventServer,
  timeLimit: Duration = .seconds(10),
  isolation: isolated (any Actor)? = #isolation,
  _ body: (_ address: EventServer.Address) async throws -> R
) async throws -> R {
  let (addresses, listening) = AsyncStream.makeStream(of: EventServer.Address.self)
  let limit = TimeLimit()
  return try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask {
      // Whether the server listens or fails to, the caller's wait below ends.
      defer { listening.finish() }
      try await server.run { listening.yield($0) }
    }
    var iterator = addresses.makeAsyncIterator()
    guard let address = await iterator.next(isolation: isolation) else {
      try await group.next()
      throw EventServerTestError.cancelled
    }
    // Proof that the reference is used only while its task lives: the task is this one, and the child that uses it has
    // ended before the group, and so this function, returns.
    nonisolated(unsafe) let task = withUnsafeCurrentTask { $0 }
    group.addTask {
      guard await limit.isReached(after: timeLimit, connections: { await server.openConnections(within: $0) }) else {
        return
      }
      task?.cancel()
    }
    let result: Result<R, any Error>
    do { result = .success(try await body(address)) } catch { result = .failure(error) }
    let openConnections = limit.end()
    group.cancelAll()
    while await group.nextResult() != nil {}
    if let openConnections { throw EventServerTestError.timeLimit(timeLimit, openConnections: openConnections) }
    // A cancelled test that returns or throws `CancellationError` does not count as failed.
    if Task.isCancelled { throw EventServerTestError.cancelled }
    do { return try result.get() } catch is CancellationError { throw EventServerTestError.cancelled }
  }
}

/// Why `withEventServer` failed by itself.
public enum EventServerTestError: Error, Hashable, CustomStringConvertible {
  /// The body took longer than its time limit; these connections were open then. Those on an event loop that a handler
  /// blocks are missing.
  case timeLimit(Duration, openConnections: [String])
  /// The test's task was cancelled from outside, or its body threw `CancellationError` by itself.
  case cancelled
  /// The server's address does not make a URL.
  case noURL(String)

  /// What happened and what was open.
  public var description: String {
    switch self {
    case .timeLimit(let limit, let connections):
      "the test took longer than \(limit); open connections: "
        + (connections.isEmpty ? "none" : connections.joined(separator: ", "))
    case .cancelled: "the test was cancelled, or threw CancellationError"
    case .noURL(let address): "\(address) is not a URL"
    }
  }
}

/// The limit's state: ended by the body, or reached, whichever is first.
private final class TimeLimit: Sendable {
  private enum State {
    case running
    case reached([String])
    case ended
  }
  private let state = Mutex(State.running)

  /// How long the server's loops are given to say what is open. They are asked before the test is cancelled, which
  /// closes its connections; one that is blocked must not put that off.
  private static let longestQuestion: Duration = .milliseconds(100)

  /// True when the time is over and the body has not ended; then notes what is open.
  func isReached(
    after limit: Duration, connections: @Sendable (_ within: Duration) async -> [String]
  ) async -> Bool {
    do { try await EventLoopGroup.shared.next().sleep(for: limit) } catch { return false }
    let open = await connections(Self.longestQuestion)
    return state.withLock { state in
      guard case .running = state else { return false }
      state = .reached(open)
      return true
    }
  }

  /// The body has ended: what was open when the limit was reached, nil when it was not.
  func end() -> [String]? {
    state.withLock { state in
      if case .reached(let open) = state { return open }
      state = .ended
      return nil
    }
  }
}

/// The URL of a path below a base URL: `baseURL / "events/stream"`.
public func / (base: URL, path: String) -> URL { base.appending(path: path) }
