import SSEClient
import SSETestSupport

/// What raw peers of these tests write.
enum Peer {
  /// The head of an event stream that ends with the connection.
  static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
  static let chunkedHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
  static let noContent = "HTTP/1.1 204 No Content\r\n\r\n"

  static func chunk(_ text: String) -> String { "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n" }
  static let lastChunk = "0\r\n\r\n"
}

extension RawListener {
  /// Accepts a connection and reads the head of its request.
  func acceptRequest() async throws -> (peer: RawConnection, head: String) {
    let peer = try await accept()
    return (peer, try await peer.read(through: "\r\n\r\n"))
  }

  /// Accepts a connection, reads the head of its request, answers, and closes. Returns the head.
  @discardableResult
  func answer(_ text: String) async throws -> String { try await answer(Array(text.utf8)[...]) }

  @discardableResult
  func answer(_ bytes: ArraySlice<UInt8>) async throws -> String {
    let (peer, head) = try await acceptRequest()
    try await peer.write(Array(bytes))
    // A close with unread bytes would be a reset; there are none.
    peer.close()
    return head
  }
}

/// The lines of a request's head.
func lines(_ head: String) -> [String] { head.split(separator: "\r\n").map(String.init) }

/// Reads until the end, or until as many events have come.
func collect(
  _ events: AsyncThrowingStream<ServerSentEvent, any Error>, atMost most: Int = .max
) async throws -> [ServerSentEvent] {
  var found: [ServerSentEvent] = []
  for try await event in events {
    found.append(event)
    if found.count == most { break }
  }
  return found
}

func collect(_ source: EventSource, atMost most: Int = .max) async throws(EventClientError) -> [ServerSentEvent] {
  var found: [ServerSentEvent] = []
  for try await event in source {
    found.append(event)
    if found.count == most { break }
  }
  return found
}

/// How a source ends: its events, or its error.
func outcome(of source: EventSource) async -> Result<[ServerSentEvent], EventClientError> {
  do throws(EventClientError) {
    return .success(try await collect(source))
  } catch {
    return .failure(error)
  }
}

/// The messages of a source until its end, or until as many have come.
func collect(
  messagesOf source: EventSource, atMost most: Int = .max
) async throws(EventClientError) -> [EventMessage] {
  var found: [EventMessage] = []
  for try await message in source.messages {
    found.append(message)
    if found.count == most { break }
  }
  return found
}
