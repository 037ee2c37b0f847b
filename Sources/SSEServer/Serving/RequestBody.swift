import SSEHTTP1
import SSESockets

/// The body of the request under way, read when the handler wants it. On the loop's thread only.
final class RequestBody {
  private enum State {
    /// The requester waits for 100 before it sends the body.
    case awaitsContinue
    case unread
    case read([UInt8])
    case failed
  }

  private let connection: ServedConnection
  private var state: State

  /// The body of a request that has one.
  init(head: RequestHead, connection: ServedConnection) {
    self.connection = connection
    state = head.expectsContinue ? .awaitsContinue : .unread
  }

  /// Whether the next request can be told from what is left of this body. A requester that was not told to go on may
  /// send the body or not.
  var canBeSkipped: Bool {
    switch state {
    case .unread, .read: true
    case .awaitsContinue, .failed: false
    }
  }

  func collect(upTo limit: Int) async throws -> [UInt8] {
    switch state {
    case .failed: throw HTTPStatus.badRequest
    case .read(let bytes): return try checked(bytes, limit)
    case .awaitsContinue:
      connection.socket.append { $0.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8) }
      connection.socket.flush()
    case .unread: break
    }
    state = .failed
    var bytes: [UInt8] = []
    while let part = try await connection.nextBodyPart() {
      bytes += part
      if bytes.count > limit { throw HTTPStatus.contentTooLarge }
    }
    state = .read(bytes)
    // Reading has ended the watch for the reader's leave.
    connection.watchForLeave()
    return bytes
  }

  private func checked(_ bytes: [UInt8], _ limit: Int) throws -> [UInt8] {
    guard bytes.count <= limit else { throw HTTPStatus.contentTooLarge }
    return bytes
  }

  /// Reads and drops what the handler did not want; false where the next request cannot be told from the body.
  func discardRest() async -> Bool {
    switch state {
    case .read: return true
    case .awaitsContinue, .failed: return false
    case .unread:
      state = .failed
      do {
        while try await connection.nextBodyPart() != nil {}
      } catch {
        return false
      }
      state = .read([])
      return true
    }
  }
}
