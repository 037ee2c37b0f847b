import SSEHTTP1
import SSESockets
import Synchronization

extension Response {
  /// Fields that are the server's alone to say.
  private static let ownNames = ["Date", "Content-Length", "Transfer-Encoding", "Connection"]

  /// Appends the head of a response whose body has a known length.
  func appendHead(to buffer: inout [UInt8], bodyLength: Int, keepAlive: Bool) {
    // RFC 9110, 8.6: none with 204; with 304 it would be that of the content that is not sent.
    let hasLength = status != .noContent && status != .notModified
    appendHead(headers, to: &buffer, keepAlive: keepAlive) { buffer in
      if hasLength { HeadWriter.append("Content-Length", "\(bodyLength)", to: &buffer) }
    }
  }

  /// Appends the head of a stream, with the keep-alive interval that it announces, in seconds.
  func appendStreamHead(
    to buffer: inout [UInt8], isChunked: Bool, coding: StreamCoding, keepAlive: Bool, announcing interval: String?
  ) {
    var headers = headers
    coding.addFields(to: &headers)
    appendHead(headers, to: &buffer, keepAlive: keepAlive) { buffer in
      if let interval { HeadWriter.append("Event-Stream-Keep-Alive", interval, to: &buffer) }
      if isChunked { HeadWriter.append("Transfer-Encoding", "chunked", to: &buffer) }
    }
  }

  private func appendHead(
    _ headers: HeaderFields, to buffer: inout [UInt8], keepAlive: Bool, _ addOwn: (inout [UInt8]) -> Void
  ) {
    do throws(HTTP1Error) {
      try HeadWriter.begin(status, headers, ownNames: Self.ownNames, to: &buffer)
    } catch {
      // The router has validated the fields.
      buffer.append(contentsOf: "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n\r\n".utf8)
      return
    }
    HeadWriter.append("Date", CurrentDate.text, to: &buffer)
    addOwn(&buffer)
    HeadWriter.append("Connection", keepAlive ? "keep-alive" : "close", to: &buffer)
    HeadWriter.end(&buffer)
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
