/// The version that a message names. A higher minor version counts as 1.1 (RFC 9110, 2.5).
package enum HTTPVersion: Sendable, Hashable {
  // The digits need something between them.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case http1_0, http1_1

  /// HTTP-version = "HTTP/" DIGIT "." DIGIT (RFC 9112, 2.3).
  init(_ bytes: ArraySlice<UInt8>) throws(HTTP1Error) {
    guard bytes.starts(with: "HTTP/".utf8) else { throw .malformed("a first line without an HTTP version") }
    let number = bytes.dropFirst(5)
    guard number.first == UInt8(ascii: "1") else {
      throw .unsupportedVersion(String(decoding: bytes.prefix(20), as: UTF8.self))
    }
    guard number.count == 3, number[number.startIndex + 1] == UInt8(ascii: "."), let minor = number.last,
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(minor)
    else { throw .malformed("an HTTP version that is not two digits and a point") }
    self = minor == UInt8(ascii: "0") ? .http1_0 : .http1_1
  }

  package var text: String {
    switch self {
    case .http1_0: "HTTP/1.0"
    case .http1_1: "HTTP/1.1"
    }
  }
}
