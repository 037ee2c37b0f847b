/// How a message's body is delimited, from its header fields (RFC 9112, 6).
enum Framing {
  /// The length that the values of `Content-Length` agree on; nil where there is none. Differing values are refused,
  /// and so is anything but digits.
  static func contentLength(_ values: [Substring]) throws(HTTP1Error) -> UInt64? {
    var found: UInt64?
    for value in values {
      guard !value.isEmpty, value.utf8.count <= 18,
        value.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let length = UInt64(value)
      else { throw .malformed("Content-Length '\(value.prefix(40))' is not a number of at most 18 digits") }
      if let found, found != length { throw .malformed("two different Content-Length values") }
      found = length
    }
    return found
  }

  /// Whether the body is chunked. Anything but that one word in one field line is refused, also lists that come to the
  /// same: another reader of the message may take the last line only, or stop at a comma.
  static func isChunked(_ headers: HeaderFields) throws(HTTP1Error) -> Bool {
    let codings = headers.values(of: "Transfer-Encoding")
    guard let coding = codings.first else { return false }
    guard codings.count == 1, Token.areEqual(coding, "chunked") else {
      throw .unknownTransferCoding(String(codings.joined(separator: ", ").prefix(40)))
    }
    return true
  }

  /// Whether the connection is kept after the message (RFC 9112, 9.3).
  static func keepsAlive(_ headers: HeaderFields, _ version: HTTPVersion) -> Bool {
    let options = headers.list("Connection")
    if options.contains(where: { Token.areEqual($0, "close") }) { return false }
    return version == .http1_1 || options.contains { Token.areEqual($0, "keep-alive") }
  }
}
