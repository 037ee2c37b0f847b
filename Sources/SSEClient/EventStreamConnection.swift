import SSEHTTP1
package import SSESockets
import ServerSentEvents

/// Who is told of a stream while it is read, on the loop's thread.
package protocol EventStreamHandler: AnyObject {
  /// So many bytes have come: of the body with its framing, and at first of the head. What is in them is told next.
  func streamReceived(byteCount: Int)
  /// The answer is accepted.
  func streamOpened()
  /// The data of the next event; nothing else of it is read.
  func streamReceived(data: String)
  /// All that was in the bytes has been told.
  func streamReadEnded()
}

/// The one answer that a connection of an `EventStreamRequest` brings. For one task, which prefers the loop that it was
/// opened on. Letting go of it closes it.
///
/// A load generator reads thousands of these, so no task is woken for what comes: it is parsed where the loop reads it.
package final class EventStreamConnection {
  // First what each read looks at: with thousands of them in turns it is not in the processor's caches.
  private let connection: ByteStream
  private var handler: (any EventStreamHandler)?
  private var ending: Ending?
  private var response: EventResponse
  private let url: String

  /// How it ended; seldom there, and an error takes more room than all else here.
  private final class Ending {
    let result: Result<Void, EventClientError>
    init(_ result: Result<Void, EventClientError>) { self.result = result }
  }

  init(_ connection: ByteStream, to request: OutgoingRequest, configuration: Shared<EventClientConfiguration>) {
    self.connection = connection
    url = request.target.url.description
    response = EventResponse(
      to: request, configuration: configuration, delivering: .data, deliversUnterminatedEvent: false)
  }

  deinit { connection.close() }

  /// Reads the stream to its end, and closes the connection: returns where it ended normally, or where the server has
  /// none to give (204). Cancelling the task closes it at once, which counts as a cut.
  ///
  /// - Throws: Why there is no stream, or no more of it: `.cut` where it broke off.
  package func read(_ handler: any EventStreamHandler) async throws(EventClientError) {
    self.handler = handler
    do throws(SocketError) {
      try await connection.deliver(to: self)
      endedByPeer(nil, telling: handler)
    } catch {
      endedByPeer(error, telling: handler)
    }
    self.handler = nil
    await connection.closeNow()
    try ending?.result.get()
  }

  private func endedByPeer(_ failure: SocketError?, telling handler: any EventStreamHandler) {
    if ending != nil { return }
    if let failure = failure.flatMap({ TLSFailure($0) }), response.awaited == .head {
      ending = Ending(.failure(.secureConnectionFailed(failure, url: url)))
      return
    }
    if failure == nil { response.receivedEndOfFile() } else { response.connectionFailed() }
    takeParts(telling: handler)
  }
}

extension EventStreamConnection: StreamSocketDelegate {
  package func socketReceived(_ bytes: UnsafeRawBufferPointer) {
    guard let handler else { return }
    handler.streamReceived(byteCount: bytes.count)
    response.received([UInt8](bytes))
    takeParts(telling: handler)
    handler.streamReadEnded()
    // The answer has ended, whatever the connection does.
    if ending != nil { connection.endDelivery() }
  }

  // A delivery ends then, and sends nothing.
  package func socketPeerLeft(_ reason: StreamSocket.LeaveReason) {}
  package func socketDrained() {}

  /// Tells of all that has come.
  private func takeParts(telling handler: any EventStreamHandler) {
    do throws(EventClientError) {
      while ending == nil {
        switch try response.next() {
        case .needsInput: return
        case .opened: handler.streamOpened()
        case .element(.event(let event)): handler.streamReceived(data: event.data)
        case .element: break
        case .redirected(let refusal): throw .unexpectedStatus(refusal)
        case .noContent, .finished(.ended): ending = Ending(.success(()))
        case .finished(let error): throw error
        }
      }
    } catch {
      ending = Ending(.failure(error))
    }
  }
}
