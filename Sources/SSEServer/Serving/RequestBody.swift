import SSEHTTP1
import SSESockets

/// The body of the request under way, read when the handler wants it. On the loop's thread only.
final class RequestBody {
  private enum State {
    /// The requester waits for 100 before it sends the body.
    case awaitsContinue
    case unread
    case reading
    case read([UInt8])
    case failed(any Error)
    /// The request has been answered: what the connection carries belongs to the next one.
    case answered
  }

  private let connection: ServedConnection
  /// Nil where the body is chunked.
  private let declaredLength: Int?
  private var state: State

  /// The body of a request that has one.
  init(head: RequestHead, connection: ServedConnection) {
    self.connection = connection
    declaredLength = head.headers["Content-Length"].flatMap { Int($0) }
    state = head.expectsContinue ? .awaitsContinue : .unread
  }

  /// Drops what has come of the body; whether that is all of it.
  func dropWhatHasCome() -> Bool {
    guard case .unread = state else { return canBeSkipped }
    do {
      while let part = try connection.parser.next() {
        guard case .end = part else { continue }
        state = .read([])
        return true
      }
    } catch {
      state = .failed(error)
    }
    return false
  }

  /// Whether the next request can be told from what is left of this body. A requester that was not told to go on may
  /// send the body or not.
  var canBeSkipped: Bool {
    switch state {
    case .unread, .read: true
    case .awaitsContinue, .reading, .failed, .answered: false
    }
  }

  func collect(upTo limit: Int) async throws -> [UInt8] {
    switch state {
    case .reading: throw RequestBodyError.readTwiceAtOnce
    case .answered: throw RequestBodyError.alreadyAnswered
    case .failed(let error): throw error
    case .read(let bytes):
      guard bytes.count <= limit else { throw HTTPStatus.contentTooLarge }
      return bytes
    case .awaitsContinue, .unread:
      // Refused before the requester is told to go on.
      if let declaredLength, declaredLength > limit { throw counted(HTTPStatus.contentTooLarge) }
      return try await read(upTo: limit)
    }
  }

  private func read(upTo limit: Int) async throws -> [UInt8] {
    // Inside a stream that has begun 100 would be taken for a part of it; a requester sends its body without, in time.
    if case .awaitsContinue = state, !connection.hasSentHead {
      connection.socket.append { $0.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8) }
      connection.socket.flush()
    }
    state = .reading
    // Whoever reads finds the reader's leave; afterwards it is watched for again, also where reading failed.
    connection.socket.stopWatchingForLeave()
    defer { connection.watchForLeave() }
    do {
      var bytes: [UInt8] = []
      let pace = BodyPace(start: EventLoop.now, limits: connection.server.configuration.limits)
      while let part = try await connection.nextBodyPart(pace, received: bytes.count) {
        bytes += part
        if bytes.count > limit { throw HTTPStatus.contentTooLarge }
      }
      state = .read(bytes)
      return bytes
    } catch {
      state = .failed(error)
      throw counted(error)
    }
  }

  /// The error, after it was counted where it is a limit's.
  private func counted(_ error: any Error) -> any Error {
    let status = (error as? HTTPStatus) ?? (error as? HTTP1Error)?.status
    if let status { connection.server.counters.count(refusal: status.code) }
    return error
  }

  /// Reads and drops what the handler did not want; false where the next request cannot be told from the body.
  func discardRest() async -> Bool {
    guard case .unread = state else { return canBeSkipped }
    state = .reading
    do {
      var count = 0
      let pace = BodyPace(start: EventLoop.now, limits: connection.server.configuration.limits)
      while let part = try await connection.nextBodyPart(pace, received: count) { count += part.count }
      state = .read([])
      return true
    } catch {
      state = .failed(error)
      return false
    }
  }

  /// From now on nothing is read: who kept the request would read the next one.
  func end() { state = .answered }
}
