import SSEHTTP1
import SSESockets

extension EventServerAccessRecord.Ending {
  /// Of a response whose reader has gone.
  static func left(_ reason: StreamSocket.LeaveReason) -> Self { reason.isTimeout ? .readerVanished : .readerLeft }
}

/// What the access log will say of a response that has not ended; a topic's reader keeps it instead of its request.
struct OpenAccessRecord {
  let method: HTTPMethod
  let path: String
  let remoteAddress: String
  /// Nil where no route has answered it yet.
  var routeName: String?
  var status = HTTPStatus.ok
  /// On the monotonic clock, in nanoseconds.
  let start: UInt64

  init(_ head: RequestHead, remoteAddress: String) {
    method = head.method
    path = head.path
    self.remoteAddress = remoteAddress
    start = EventLoop.now
  }

  /// What answers it, for the other log.
  var route: String { routeName ?? "\(method) \(path)" }

  func ended(_ ending: EventServerAccessRecord.Ending, bytes: Int, events: Int) -> EventServerAccessRecord {
    EventServerAccessRecord(
      method: method, path: path, remoteAddress: remoteAddress, status: status, bytes: bytes, events: events,
      duration: .nanoseconds(Int64(EventLoop.now - start)), ending: ending)
  }
}
