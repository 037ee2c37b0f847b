public import Foundation

/// A scripted server as its test sees it: where it is, and what has come to it. See `withScriptedServer`.
///
/// Connections are counted from 0, in the order in which they were accepted.
public final class ScriptedServer: Sendable {
  /// What a server does with connections that come when each script of its list has been used.
  public enum Afterwards: Sendable, Hashable {
    /// A request fails the test with `ScriptedServerError.unexpectedRequest`. A connection without a request does not.
    case fail
    /// The last script of the list is used again, each time.
    case repeatLast
    /// The port is closed with the last scripted connection: connecting is refused.
    case refuse
  }

  /// How a connection came to its end.
  public enum Ending: Sendable, Hashable {
    /// The client closed it while the server was not through with its script.
    case closedByClient
    /// The client reset it while the server was not through with its script.
    case resetByClient
    /// The script came to its end, and the client has closed its side too, or has had a second for it.
    case byScript
  }

  struct ConnectionFacts: Sendable {
    var remoteAddress: String
    var request: RecordedRequest?
    var step = ""
    var ending: Ending?
  }

  struct Facts: Sendable {
    var connections: [ConnectionFacts] = []
    var requests: [RecordedRequest] = []

    var summary: String {
      "\(connections.count) connections and \(requests.count) requests so far"
    }
  }
  let observed = Observed(Facts())

  /// The port on 127.0.0.1.
  public let port: Int
  /// The base URL: "http://127.0.0.1:50080". `server.url / "events"` is a path below it.
  public let url: URL

  init(port: Int, url: URL) {
    self.port = port
    self.url = url
  }

  // MARK: - What has come

  /// The requests so far, in the order in which they were complete.
  public var requests: [RecordedRequest] { observed.facts.requests }

  /// How many connections have been accepted so far.
  public var connectionCount: Int { observed.facts.connections.count }

  /// Waits until so many requests have come, and returns all that have.
  ///
  /// - Throws: `ConditionTimeout` after `limit` (default 10 s); `CancellationError` when the task is cancelled.
  @discardableResult
  public func requests(
    atLeast count: Int, within limit: Duration = .seconds(10), isolation: isolated (any Actor)? = #isolation
  ) async throws -> [RecordedRequest] {
    try await observed.first("at least \(count) requests", within: limit, butSaw: \.summary) { facts in
      facts.requests.count >= count ? facts.requests : nil
    }
  }

  /// Waits for the request of a connection.
  ///
  /// - Throws: `ConditionTimeout` after `limit` (default 10 s); `CancellationError` when the task is cancelled.
  public func request(
    onConnection index: Int, within limit: Duration = .seconds(10), isolation: isolated (any Actor)? = #isolation
  ) async throws -> RecordedRequest {
    try await observed.first("a request on connection \(index)", within: limit, butSaw: \.summary) { facts in
      facts.connections.indices.contains(index) ? facts.connections[index].request : nil
    }
  }

  /// Waits until so many connections have been accepted.
  ///
  /// - Throws: `ConditionTimeout` after `limit` (default 10 s); `CancellationError` when the task is cancelled.
  public func connections(
    atLeast count: Int, within limit: Duration = .seconds(10), isolation: isolated (any Actor)? = #isolation
  ) async throws {
    try await observed.first("at least \(count) connections", within: limit, butSaw: \.summary) { facts in
      facts.connections.count >= count ? true : nil
    }
  }

  /// Waits until a connection is over on both sides; returns who ended it.
  ///
  /// - Throws: `ConditionTimeout` after `limit` (default 10 s); `CancellationError` when the task is cancelled.
  @discardableResult
  public func ending(
    ofConnection index: Int, within limit: Duration = .seconds(10), isolation: isolated (any Actor)? = #isolation
  ) async throws -> Ending {
    try await observed.first("the end of connection \(index)", within: limit, butSaw: \.summary) { facts in
      facts.connections.indices.contains(index) ? facts.connections[index].ending : nil
    }
  }

  /// How many connections are open now.
  public var openConnectionCount: Int { observed.facts.connections.count { $0.ending == nil } }

  /// What is open and at which step, a line each.
  var openConnections: [String] {
    observed.facts.connections.enumerated().filter { $0.element.ending == nil }.map { index, connection in
      let request = connection.request.map(\.description) ?? "no request yet"
      let step = connection.step.isEmpty ? "" : ", at the step \(connection.step)"
      return "\(request) from \(connection.remoteAddress) on connection \(index)\(step)"
    }
  }
}
