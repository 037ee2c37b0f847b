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
    appendStatusLine(head.status, to: &buffer)
    append(head.headers, to: &buffer)
  }

  private static func append(_ headers: HeaderFields, to buffer: inout [UInt8]) {
    for field in headers { append(field.name, field.value, to: &buffer) }
    end(&buffer)
  }

  // MARK: - In parts

  /// Appends a response's line and fields, but for those whose names are `ownNames`: the caller appends such fields
  /// itself, and then the head's end.
  package static func begin(
    _ status: HTTPStatus, _ headers: HeaderFields, ownNames: [String], to buffer: inout [UInt8]
  ) throws(HTTP1Error) {
    try headers.validate()
    appendStatusLine(status, to: &buffer)
    for field in headers where !ownNames.contains(where: { Token.areEqual($0, field.name) }) {
      append(field.name, field.value, to: &buffer)
    }
  }

  /// Appends a field of the caller's own, which is not checked.
  package static func append(_ name: String, _ value: String, to buffer: inout [UInt8]) {
    buffer.append(contentsOf: name.utf8)
    buffer.append(contentsOf: ": ".utf8)
    buffer.append(contentsOf: value.utf8)
    buffer.append(contentsOf: "\r\n".utf8)
  }

  /// Appends the empty line that ends a head.
  package static func end(_ buffer: inout [UInt8]) { buffer.append(contentsOf: "\r\n".utf8) }

  private static func appendStatusLine(_ status: HTTPStatus, to buffer: inout [UInt8]) {
    buffer.append(contentsOf: "HTTP/1.1 ".utf8)
    for unit in [100, 10, 1] { buffer.append(UInt8(ascii: "0") + UInt8(status.code / unit % 10)) }
    buffer.append(0x20)
    buffer.append(contentsOf: status.reasonPhrase.utf8)
    buffer.append(contentsOf: "\r\n".utf8)
  }
}
