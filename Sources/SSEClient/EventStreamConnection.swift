import SSEHTTP1
import SSESockets
import ServerSentEvents

/// Who is told of a stream while it is read, on the loop's thread.
package protocol EventStreamHandler: AnyObject {
  /// The answer is accepted.
  func streamOpened()
  /// An event, as its data, there during the call only.
  func streamReceived(_ data: UnsafeRawBufferPointer)
  /// All events of these bytes have been told; they are the body with its framing, and at first the head.
  func streamReceived(byteCount: Int)
}

/// The one answer that a connection of an `EventStreamRequest` brings. For one task, which prefers the loop that it was
/// opened on. Letting go of it closes it.
///
/// A load generator reads thousands of these, and what an event costs is mostly memory that has left the processor's
/// caches since the connection's last one. So no task is woken for what comes, and where the answer is a plain stream
/// its events are found in the loop's own buffer.
package final class EventStreamConnection {
  private let connection: ByteStream
  private var handler: (any EventStreamHandler)?
  /// Where the answer is a stream in no content coding.
  private var body: BodyScanner?
  private var events: EventScanner
  /// Where it is not, or its head has not come.
  private var answer: GeneralAnswer?
  private var ending: Ending?
  private let url: String

  /// How it ended; seldom there, and an error takes more room than all else here.
  private final class Ending {
    let result: Result<Void, EventClientError>
    init(_ result: Result<Void, EventClientError>) { self.result = result }
  }

  init(_ connection: ByteStream, to request: OutgoingRequest, limits: EventClientLimits) {
    self.connection = connection
    url = request.target.url.description
    events = EventScanner(limits: limits.events)
    answer = GeneralAnswer(to: request, limits: limits)
  }

  deinit { connection.close() }

  /// Reads the stream to its end, and closes the connection: returns where it ended normally, or where the server has
  /// none to give (204). Cancelling the task closes it at once, and throws.
  ///
  /// - Throws: Why there is no stream, or no more of it: `.cut` where it broke off.
  package func read(_ handler: any EventStreamHandler) async throws(EventClientError) {
    self.handler = handler
    do throws(SocketError) {
      try await connection.deliver(to: self)
      endedByPeer(nil)
    } catch {
      endedByPeer(error)
    }
    self.handler = nil
    await connection.closeNow()
    try ending?.result.get()
  }

  private func endedByPeer(_ failure: SocketError?) {
    if ending != nil { return }
    do throws(EventClientError) {
      if let answer {
        try ended(answer, failure)
      } else if failure == nil, body?.endsWithConnection == true, events.isAtBlockBoundary {
        ending = Ending(.success(()))
      } else {
        throw .cut(url: url)
      }
    } catch {
      ending = Ending(.failure(error))
    }
  }

  private func ended(_ answer: GeneralAnswer, _ failure: SocketError?) throws(EventClientError) {
    if case .tls(let error) = failure?.kind, error != .truncated, answer.response.awaited == .head {
      throw .secureConnectionFailed(TLSFailure(error), url: url)
    }
    if failure == nil { answer.response.receivedEndOfFile() } else { answer.response.connectionFailed() }
    _ = try take(from: answer)
  }
}

// MARK: - Receiving

extension EventStreamConnection: StreamSocketReceiver {
  package func socketReceived(_ bytes: UnsafeRawBufferPointer) {
    do throws(EventClientError) {
      if let answer { try take(bytes, for: answer) } else { try takePlain(bytes) }
    } catch {
      ending = Ending(.failure(error))
    }
    handler?.streamReceived(byteCount: bytes.count)
    // The answer has ended, whatever the connection does.
    if ending != nil { connection.endDelivery() }
  }

  private func takePlain(_ bytes: UnsafeRawBufferPointer) throws(EventClientError) {
    guard let handler else { return }
    var position = 0
    while let piece = try nextPiece(of: bytes, from: &position) {
      do throws(EventStreamError) {
        try events.scan(UnsafeRawBufferPointer(rebasing: bytes[piece])) { handler.streamReceived($0) }
      } catch {
        switch error {
        case .lineTooLong(let limit): throw .limitExceeded(.line, bytes: limit, url: url)
        case .eventTooLarge(let limit): throw .limitExceeded(.event, bytes: limit, url: url)
        case .invalidType, .invalidID: throw .protocolViolation("\(error)", url: url)
        }
      }
    }
    if body?.hasEnded == true { ending = Ending(.success(())) }
  }

  private func nextPiece(
    of bytes: UnsafeRawBufferPointer, from position: inout Int
  ) throws(EventClientError) -> Range<Int>? {
    do throws(HTTP1Error) {
      return try body?.next(in: bytes, from: &position)
    } catch {
      throw .protocolViolation("\(error)", url: url)
    }
  }

  /// Takes heads up to their ends, so that what follows the head of a plain stream has not been given to the answer.
  private func take(_ bytes: UnsafeRawBufferPointer, for answer: GeneralAnswer) throws(EventClientError) {
    var rest = bytes
    while ending == nil, answer.response.awaited == .head, let end = answer.headEnd.find(in: rest) {
      answer.response.received([UInt8](rest[..<end]))
      rest = UnsafeRawBufferPointer(rebasing: rest[end...])
      guard let head = try take(from: answer), !head.headers.contains("Content-Encoding") else { continue }
      do throws(HTTP1Error) { body = try BodyScanner(head) } catch { throw .protocolViolation("\(error)", url: url) }
      self.answer = nil
      return try takePlain(rest)
    }
    guard ending == nil, !rest.isEmpty else { return }
    answer.response.received([UInt8](rest))
    _ = try take(from: answer)
  }

  /// Tells of all that has come; the head, where it is the one of a stream.
  private func take(from answer: GeneralAnswer) throws(EventClientError) -> ResponseHead? {
    var head: ResponseHead?
    while ending == nil {
      switch try answer.response.next() {
      case .needsInput: return head
      case .opened(let opened):
        head = opened
        handler?.streamOpened()
      case .element(.event(let event)):
        var data = event.data
        data.withUTF8 { handler?.streamReceived(UnsafeRawBufferPointer($0)) }
      case .element: break
      case .redirected(let refusal): throw .unexpectedStatus(refusal)
      case .noContent, .finished(.ended): ending = Ending(.success(()))
      case .finished(let error): throw error
      }
    }
    return head
  }
}

/// An answer that is not known to be a plain stream.
private final class GeneralAnswer {
  var response: EventResponse
  var headEnd = HeadEnd()

  init(to request: OutgoingRequest, limits: EventClientLimits) {
    response = EventResponse(
      to: request, limits: limits, deliversComments: false, deliversUnterminatedEvent: false)
  }
}

/// Finds where a head ends: with an empty line, whose end may be a bare LF (RFC 9112, 2.2).
private struct HeadEnd {
  /// Nothing but a CR has come since the last LF.
  private var isAtLineStart = false

  /// Behind the head; nil when its end has not come.
  mutating func find(in bytes: UnsafeRawBufferPointer) -> Int? {
    for (index, byte) in bytes.enumerated() {
      switch byte {
      case UInt8(ascii: "\n"):
        if isAtLineStart {
          isAtLineStart = false
          return index + 1
        }
        isAtLineStart = true
      case UInt8(ascii: "\r"): break
      default: isAtLineStart = false
      }
    }
    return nil
  }
}
