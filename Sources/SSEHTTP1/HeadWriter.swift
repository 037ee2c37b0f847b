/// Writes the heads of messages. Whatever would begin another line or another field is refused.
package enum HeadWriter {
  /// Appends a request's line and fields.
  package static func append(
    method: HTTPMethod, target: String, headers: HeaderFields, to buffer: inout [UInt8]
  ) throws(HTTP1Error) {
    guard !target.isEmpty, target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw .invalidRequestLine(target)
    }
    try headers.validate()
    buffer.append(contentsOf: method.rawValue.utf8)
    buffer.append(0x20)
    buffer.append(contentsOf: target.utf8)
    buffer.append(contentsOf: " HTTP/1.1\r\n".utf8)
    append(headers, to: &buffer)
  }

  /// Appends a response's line and fields. A server always writes its own version (RFC 9110, 6.2).
  package static func append(_ head: ResponseHead, to buffer: inout [UInt8]) throws(HTTP1Error) {
    try head.headers.validate()
    buffer.append(contentsOf: "HTTP/1.1 \(head.status.code) \(head.status.reasonPhrase)\r\n".utf8)
    append(head.headers, to: &buffer)
  }

  private static func append(_ headers: HeaderFields, to buffer: inout [UInt8]) {
    for field in headers {
      buffer.append(contentsOf: field.name.utf8)
      buffer.append(contentsOf: ": ".utf8)
      buffer.append(contentsOf: field.value.utf8)
      buffer.append(contentsOf: "\r\n".utf8)
    }
    buffer.append(contentsOf: "\r\n".utf8)
  }
}
