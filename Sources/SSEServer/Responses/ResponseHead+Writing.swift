import SSEHTTP1
import SSESockets
import Synchronization

extension Response {
  /// Appends the head of a response whose body has a known length.
  func appendHead(to buffer: inout [UInt8], bodyLength: Int, keepAlive: Bool) {
    appendHead(to: &buffer, keepAlive: keepAlive) { headers in
      // RFC 9110, 8.6: none with 204; with 304 it would be that of the content that is not sent.
      if status != .noContent, status != .notModified { headers.append("Content-Length", "\(bodyLength)") }
    }
  }

  /// Appends the head of a stream, with the keep-alive interval that it announces.
  func appendStreamHead(
    to buffer: inout [UInt8], isChunked: Bool, coding: StreamCoding, keepAlive: Bool, announcing interval: Duration?
  ) {
    appendHead(to: &buffer, keepAlive: keepAlive) { headers in
      coding.addFields(to: &headers)
      if let interval, interval >= .seconds(1) {
        headers.append("Event-Stream-Keep-Alive", "\(interval.components.seconds)")
      }
      if isChunked { headers.append("Transfer-Encoding", "chunked") }
    }
  }

  private func appendHead(to buffer: inout [UInt8], keepAlive: Bool, _ add: (inout HeaderFields) -> Void) {
    var head = ResponseHead(status: status, headers: headers)
    for name in ["Date", "Content-Length", "Transfer-Encoding", "Connection"] { head.headers.remove(name) }
    head.headers.append("Date", CurrentDate.text)
    add(&head.headers)
    head.headers.append("Connection", keepAlive ? "keep-alive" : "close")
    do { try HeadWriter.append(head, to: &buffer) } catch {
      // The router has validated the fields.
      buffer.append(contentsOf: "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n\r\n".utf8)
    }
  }
}

/// The `Date` field's value, made once a second (RFC 9110, 6.6.1).
enum CurrentDate {
  private static let cache = Mutex((second: Int64.min, text: ""))

  static var text: String {
    let second = EventLoop.secondsSince1970
    return cache.withLock { cache in
      if cache.second != second { cache = (second, HTTPDate.text(secondsSince1970: second)) }
      return cache.text
    }
  }
}
