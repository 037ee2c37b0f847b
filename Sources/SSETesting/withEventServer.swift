public import Foundation
public import SSEServer

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
@discardableResult
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
@discardableResult
public func withEventServer<R>(
  _ server: EventServer,
  timeLimit: Duration = .seconds(10),
  isolation: isolated (any Actor)? = #isolation,
  _ body: (_ address: EventServer.Address) async throws -> R
) async throws -> R {
  try await withServerScope(
    timeLimit: timeLimit, run: { try await server.run(onListening: $0) },
    openConnections: { await server.connections(within: $0).map(\.description) }, body)
}

/// Why `withEventServer` or `withScriptedServer` failed by itself.
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

/// The URL of a path below a base URL: `baseURL / "events/stream"`. What a path cannot hold is percent-encoded, a "?"
/// too: a query is added with `appending(queryItems:)`.
public func / (base: URL, path: String) -> URL { base.appending(path: path) }
