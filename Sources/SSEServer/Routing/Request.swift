public import SSEHTTP1
import SSESockets

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A request to a server, as a handler sees it.
public struct Request: Sendable {
  /// The method.
  public var method: HTTPMethod { head.method }
  /// The path as it was sent, still percent-encoded: "/news/a%20b".
  public var path: String { head.path }
  /// The query as it was sent, without its "?"; nil where there was none.
  public var queryString: String? { head.query }
  /// The header fields.
  public var headers: HeaderFields { head.headers }
  /// Where the request came from: the peer's address in digits, without its port; where the peer is one of
  /// `EventServerConfiguration.trustedProxies`, the address that it names.
  public var remoteAddress: String { received.remoteAddress }
  /// The server that it came to, for routes that tell of its metrics and connections.
  public var server: EventServer { received.server }
  /// The values of the route's `:name` and `*name` segments, decoded.
  public internal(set) var parameters: [String: String] = [:]

  /// What came over the wire: one object, so that handing a request on costs a reference.
  private final class Received: Sendable {
    let head: RequestHead
    let remoteAddress: String
    let body: BodySource
    let server: EventServer

    init(_ head: RequestHead, _ remoteAddress: String, _ body: BodySource, _ server: EventServer) {
      self.head = head
      self.remoteAddress = remoteAddress
      self.body = body
      self.server = server
    }
  }

  enum BodySource: Sendable {
    case bytes([UInt8])
    case connection(LoopBound<RequestBody>)
  }

  private let received: Received
  private var head: RequestHead { received.head }

  init(head: RequestHead, remoteAddress: String, body: BodySource, server: EventServer) {
    received = Received(head, remoteAddress, body, server)
  }

  /// The query's names and values in their order, decoded; `+` is a space (URL Standard, 5.1).
  public var queryItems: [(name: String, value: String)] { queryString.map(PercentCoding.queryItems) ?? [] }

  /// The first value of that name in the query, decoded.
  public func query(_ name: String) -> String? { queryItems.first { $0.name == name }?.value }

  /// What the reader says it saw last (`Last-Event-ID`); nil where it says nothing.
  public var lastEventID: String? { headers["Last-Event-ID"] }

  // MARK: - Body

  /// The body's bytes. A requester that waits for `100 Continue` gets it now.
  ///
  /// Cancelling the task ends the wait with `CancellationError`: the request can still be answered, its body not be
  /// read any more.
  ///
  /// - Parameter limit: At most as many bytes; default and upper bound is `EventServerLimits.requestBody`.
  /// - Throws: `HTTPStatus.contentTooLarge`, `.requestTimeout`, what is wrong with the body's framing, or
  ///   `RequestBodyError`.
  public func body(upTo limit: Int = .max) async throws -> [UInt8] {
    switch received.body {
    case .bytes(let bytes):
      guard bytes.count <= limit else { throw HTTPStatus.contentTooLarge }
      return bytes
    case .connection(let body):
      if body.loop.isCurrent { return try await body.onLoop.collect(upTo: limit) }
      return try await withTaskExecutorPreference(body.loop) { try await Self.collect(body, upTo: limit) }
    }
  }

  /// On the loop: a `@concurrent` function runs where the task prefers.
  @concurrent private static func collect(_ body: LoopBound<RequestBody>, upTo limit: Int) async throws -> [UInt8] {
    try await body.onLoop.collect(upTo: limit)
  }

  /// The body as text. Throws `HTTPStatus.badRequest` where it is not UTF-8, else as `body(upTo:)`.
  public func text(upTo limit: Int = .max) async throws -> String {
    guard let text = String(validating: try await body(upTo: limit), as: UTF8.self) else { throw HTTPStatus.badRequest }
    return text
  }

  /// The body decoded from JSON. Throws `HTTPStatus.badRequest` where it is not such JSON, else as `body(upTo:)`.
  public func json<Value: Decodable>(_ type: Value.Type = Value.self, upTo limit: Int = .max) async throws -> Value {
    let bytes = try await body(upTo: limit)
    do { return try JSONDecoder().decode(type, from: Data(bytes)) } catch { throw HTTPStatus.badRequest }
  }
}

/// Why a request's body cannot be read, though nothing is wrong with the request.
public enum RequestBodyError: Error, Hashable, CustomStringConvertible {
  /// The request has been answered; its handler did not read the body.
  case alreadyAnswered
  /// Another task is reading it.
  case readTwiceAtOnce

  /// What happened and what to do, in a sentence.
  public var description: String {
    switch self {
    case .alreadyAnswered: "the request has been answered; read its body before the handler returns"
    case .readTwiceAtOnce: "the body is being read by another task; read it once and share the value"
    }
  }
}
