import Foundation
import SSEServer
import SSETestSupport
import Testing

@testable import SSEContractService

/// A harness that drives the service with raw sockets, so that nothing of this package stands on both sides.
struct Harness: Sendable {
  let port: Int
  /// Where the service's clients connect.
  let streams: RawListener
  let callbacks: CallbackListener

  struct Answer: Sendable {
    let status: Int
    let head: String
    let body: String

    func field(_ name: String) -> String? {
      head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("\(name.lowercased()): ") }
        .map { String($0.dropFirst(name.count + 2)) }
    }
  }

  /// The parameters of a client, as a harness sends them: null where nothing is set.
  struct Parameters: Encodable {
    var streamUrl = ""
    var callbackUrl = ""
    var tag: String?
    var initialDelayMs: Int? = 0
    var readTimeoutMs: Int?
    var lastEventId: String?
    var headers: [String: String]?
    var method: String?
    var body: String?
  }

  /// One request to the service, on a connection of its own.
  func request(_ method: String, _ path: String, _ json: String = "") async throws -> Answer {
    let connection = try await RawConnection.connect(port: port)
    try await connection.write(
      "\(method) \(path) HTTP/1.1\r\nHost: localhost:\(port)\r\nConnection: close\r\n"
        + "Content-Type: application/json\r\nContent-Length: \(json.utf8.count)\r\n\r\n\(json)")
    let head = try await connection.read(through: "\r\n\r\n")
    let status = try #require(head.split(separator: " ").dropFirst().first.flatMap { Int($0) })
    return Answer(status: status, head: head, body: try await connection.readToEnd())
  }

  /// Starts a client, whose requests go to `streams`; the path of its URL.
  func startClient(_ change: (inout Parameters) -> Void = { _ in }) async throws -> String {
    var parameters = Parameters(streamUrl: "\(streams.url)/stream", callbackUrl: callbacks.url)
    change(&parameters)
    let answer = try await request("POST", "/", String(decoding: try JSONEncoder().encode(parameters), as: UTF8.self))
    #expect(answer.status == 201)
    let location = try #require(answer.field("Location"))
    let base = "http://localhost:\(port)"
    #expect(location.hasPrefix("\(base)/"))
    return String(location.dropFirst(base.count))
  }

  /// Starts a client and accepts its stream.
  func startStream(_ change: (inout Parameters) -> Void = { _ in }) async throws -> (client: String, Stream) {
    let client = try await startClient(change)
    return (client, try await acceptStream())
  }

  /// The client's next request, answered with an event stream that is open.
  func acceptStream() async throws -> Stream {
    let (connection, head, body) = try await streams.acceptRequest()
    let stream = Stream(head: head, body: body, connection: connection)
    try await connection.write(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n")
    return stream
  }

  /// The next request of a client, answered with this and closed; its head.
  @discardableResult
  func answerNextRequest(_ answer: String) async throws -> String {
    let (connection, head, _) = try await streams.acceptRequest()
    try await connection.write(answer)
    connection.close()
    return head
  }

  /// That no client asks for a stream, for a tenth of a second.
  func expectNoRequest(sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let connection = try await streams.accept(within: 100)
    #expect(connection == nil, sourceLocation: sourceLocation)
  }
}

/// A client's request, and the stream that it is answered with.
struct Stream: Sendable {
  let head: String
  let body: String
  let connection: RawConnection

  func field(_ name: String) -> String? { Harness.Answer(status: 0, head: head, body: "").field(name) }

  func send(_ bytes: [UInt8]) async throws {
    try await connection.write(Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8))
  }

  func send(_ text: String) async throws { try await send(Array(text.utf8)) }

  /// Ends it as a server does whose handler returns.
  func end() async throws {
    try await connection.write("0\r\n\r\n")
    connection.close()
  }
}

extension RawListener {
  /// Accepts a connection and reads its request, body included.
  func acceptRequest() async throws -> (RawConnection, head: String, body: String) {
    let connection = try await accept()
    let head = try await connection.read(through: "\r\n\r\n")
    let length = Harness.Answer(status: 0, head: head, body: "").field("Content-Length").flatMap { Int($0) } ?? 0
    return (connection, head, String(decoding: try await connection.read(count: length), as: UTF8.self))
  }
}

/// Runs a service, and a harness that knows it.
func withHarness(_ body: (Harness) async throws -> Void) async throws {
  let (addresses, listening) = AsyncStream.makeStream(of: EventServer.Address.self)
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask {
      defer { listening.finish() }
      try await ContractService().run(ServiceOptions(port: 0)) { listening.yield($0) }
    }
    var iterator = addresses.makeAsyncIterator()
    if let address = await iterator.next(isolation: #isolation) {
      try await body(
        Harness(
          port: address.port, streams: try RawListener(), callbacks: CallbackListener(listener: try RawListener())))
    }
    group.cancelAll()
    try await group.waitForAll()
  }
}
