import SSETestSupport
import Testing

@testable import SSEHTTP1

@Suite("Requests that are refused")
struct RequestRefusalTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let what: String
    let bytes: [UInt8]
    let status: HTTPStatus
    /// Part of the error's description, so that it is refused for the right reason.
    let reason: String
    var testDescription: String { what }

    init(_ what: String, _ bytes: String, _ status: HTTPStatus, _ reason: String) {
      self.init(what, Array(bytes.utf8), status, reason)
    }

    init(_ what: String, _ bytes: [UInt8], _ status: HTTPStatus, _ reason: String) {
      self.what = what
      self.bytes = bytes
      self.status = status
      self.reason = reason
    }
  }

  /// A POST with these field lines and this body.
  static func post(_ fields: String, _ body: String = "", version: String = "1.1") -> String {
    "POST / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n\r\n\(body)"
  }

  static func chunked(_ body: String) -> String { post("Transfer-Encoding: chunked", body) }

  static func x(_ count: Int) -> String { String(repeating: "x", count: count) }

  static let sizes: [Row] = [
    Row("S20: a request line over 8 KB", "GET /\(x(8_192)) HTTP/1.1\r\n", .uriTooLong, "longer than 8192 bytes"),
    Row("S20: a request line without an end", "GET /\(x(8_192))", .uriTooLong, "longer than 8192 bytes"),
    Row("S20: headers over 16 KB in one", post("X: \(x(16_384))"), .requestHeaderFieldsTooLarge, "larger than 16384"),
    Row(
      "S20: headers over 16 KB in many", post((0..<90).map { "X\($0): \(x(200))" }.joined(separator: "\r\n")),
      .requestHeaderFieldsTooLarge, "larger than 16384"),
    Row(
      "S20: over 100 headers", post((0..<100).map { "X: \($0)" }.joined(separator: "\r\n")),
      .requestHeaderFieldsTooLarge, "more than 100 header fields"),
    Row("S21: a body over the limit, by length", post("Content-Length: 1048577"), .contentTooLarge, "1048576 bytes"),
    Row(
      "S21: a body far over the limit", post("Content-Length: 999999999999999999"), .contentTooLarge, "1048576 bytes"),
    Row(
      "S21: a body over the limit, by chunks", chunked("100000\r\n\(x(1_048_576))\r\n1\r\nx\r\n0\r\n\r\n"),
      .contentTooLarge, "1048576 bytes"),
  ]

  static let framing: [Row] =
    [
      Row(
        "S22: both framings", post("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), .badRequest,
        "both Content-Length and Transfer-Encoding"),
      Row("S22: two lengths", post("Content-Length: 5\r\nContent-Length: 6", "hello"), .badRequest, "two different"),
      Row("S22: +5", post("Content-Length: +5", "hello"), .badRequest, "'+5'"),
      Row("S22: -5", post("Content-Length: -5", "hello"), .badRequest, "'-5'"),
      Row("S22: a list of lengths", post("Content-Length: 5, 5", "hello"), .badRequest, "'5, 5'"),
      Row("S22: hexadecimal", post("Content-Length: 0x5", "hello"), .badRequest, "'0x5'"),
      Row("S22: two numbers", post("Content-Length:  5 5", "hello"), .badRequest, "'5 5'"),
      Row("S22: no number", post("Content-Length:", "hello"), .badRequest, "''"),
      Row("S22: digits that are not ASCII", post("Content-Length: ５", "hello"), .badRequest, "'５'"),
      Row("S22: more than 64 bits", post("Content-Length: 18446744073709551621", "hello"), .badRequest, "18 digits"),
      Row(
        "S23: chunks in HTTP/1.0", post("Transfer-Encoding: chunked", "0\r\n\r\n", version: "1.0"), .badRequest,
        "HTTP/1.0"),
      Row(
        "S23: identity in HTTP/1.0", post("Transfer-Encoding: identity", version: "1.0"), .badRequest, "HTTP/1.0"),
    ]
    + [
      "identity", "gzip, chunked", "chunked, chunked", "xchunked", "chunked\u{B}", "\u{B}chunked", "", "chunked,",
      ",chunked",
      "chunked;q=1", "\"chunked\"", "chunked\r\nTransfer-Encoding: chunked", "chunked\r\nTransfer-Encoding:",
    ].map {
      Row(
        "S23: Transfer-Encoding: \($0.debugDescription)", post("Transfer-Encoding: \($0)", "0\r\n\r\n"),
        .notImplemented,
        "unknown transfer coding")
    }

  static let lines: [Row] =
    [
      Row("S24: bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", .badRequest, "bare LF"),
      Row("S24: bare LF after a field", "GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n", .badRequest, "bare LF"),
      Row("S24: bare LF as the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\n", .badRequest, "bare LF"),
      Row("S24: bare CR in the request line", "GET /\rx HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest, "target"),
      Row("S24: bare CR in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\rY: 2\r\n\r\n", .badRequest, "bare CR"),
      Row("S24: CR CR LF", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", .badRequest, "bare CR"),
      Row("S24: bare CR in a name", "GET / HTTP/1.1\r\nHost: a\r\nX\rY: 2\r\n\r\n", .badRequest, "no token"),
      Row("S24: obs-fold", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", .badRequest, "folded"),
      Row("S24: obs-fold with a tab", "GET / HTTP/1.1\r\nHost: a\r\n\tX: 2\r\n\r\n", .badRequest, "folded"),
      Row("S24: space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", .badRequest, "folded"),
      Row("S24: a space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", .badRequest, "no token"),
      Row("S24: an empty name", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", .badRequest, "no token"),
      Row("S24: a name that is not ASCII", "GET / HTTP/1.1\r\nHost: a\r\nÜ: x\r\n\r\n", .badRequest, "no token"),
      Row("S24: NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\0\r\n\r\n", .badRequest, "NUL"),
      Row("S24: a field without a colon", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", .badRequest, "without a colon"),
      Row("S25: no Host in 1.1", "GET / HTTP/1.1\r\nX: a\r\n\r\n", .badRequest, "no Host"),
      Row("S25: no Host in 1.1 with the absolute form", "GET http://a/ HTTP/1.1\r\n\r\n", .badRequest, "no Host"),
      Row("S25: two", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", .badRequest, "more than one Host"),
      Row("S25: two in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", .badRequest, "more than one Host"),
    ]
    + ["a/b", "a?b", "a#b", "u@a", "a, b", "a b", "a\\b", "ä"].map {
      Row("S25: Host: \($0)", "GET / HTTP/1.1\r\nHost: \($0)\r\n\r\n", .badRequest, "no host")
    }

  static let chunks: [Row] = [
    Row("S26: -1", chunked("-1\r\nx\r\n0\r\n\r\n"), .badRequest, "no hexadecimal number"),
    Row("S26: +1", chunked("+1\r\nx\r\n0\r\n\r\n"), .badRequest, "no hexadecimal number"),
    Row("S26: 0x10", chunked("0x10\r\n\(x(16))\r\n0\r\n\r\n"), .badRequest, "no extension"),
    Row("S26: no size", chunked("\r\nx\r\n0\r\n\r\n"), .badRequest, "no hexadecimal number"),
    Row("S26: an extension without a size", chunked(";x\r\nx\r\n0\r\n\r\n"), .badRequest, "no hexadecimal number"),
    Row("S26: over 16 digits", chunked("00000000000000001\r\nx\r\n0\r\n\r\n"), .badRequest, "over 16 digits"),
    Row("S26: 2^63", chunked("8000000000000000\r\nx\r\n0\r\n\r\n"), .badRequest, "2^63"),
    Row("S26: a space behind the size", chunked("1 \r\nx\r\n0\r\n\r\n"), .badRequest, "no extension"),
    Row("S26: a space before the size", chunked(" 1\r\nx\r\n0\r\n\r\n"), .badRequest, "no hexadecimal number"),
    Row("S26: two sizes", chunked("1 1\r\nx\r\n0\r\n\r\n"), .badRequest, "no extension"),
    Row("S26: an extension of 20 KB", chunked("1;\(x(20_480))\r\nx\r\n0\r\n\r\n"), .badRequest, "longer than 4096"),
    Row("S26: a size line without an end", chunked("1;\(x(20_480))"), .badRequest, "longer than 4096"),
    Row("S26: data without CRLF", chunked("1\r\nxy0\r\n\r\n"), .badRequest, "does not end with CRLF"),
    Row("S26: data with CR only", chunked("1\r\nx\r0\r\n\r\n"), .badRequest, "does not end with CRLF"),
    Row("S26: data with LF only", chunked("1\r\nx\n0\r\n\r\n"), .badRequest, "does not end with CRLF"),
    Row("S26: a size line with LF only", chunked("1\nx\r\n0\r\n\r\n"), .badRequest, "does not end with CRLF"),
    Row("S26: a bare CR in an extension", chunked("1;\r;\r\nx\r\n0\r\n\r\n"), .badRequest, "bare CR"),
    Row("S26: trailers over 16 KB", chunked("0\r\n\(x(10_000))\r\n\(x(10_000))\r\n\r\n"), .badRequest, "longer than"),
  ]

  static let beginnings: [Row] = [
    Row("S27: CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", .methodNotAllowed, "CONNECT"),
    Row("S27: * with another method", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest, "no path"),
    Row("S27: a relative path", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest, "no path"),
    Row("S27: another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest, "no path"),
    Row("S27: no host", "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest, "without a host"),
    Row("S27: a user in the URL", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest, "without a host"),
    Row("S27: a fragment", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest, "fragment"),
    Row("a target that is not ASCII", "GET /ü HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest, "percent-encoded"),
    Row("a mark behind the question mark", "GET /?\u{301} HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest, "percent-encoded"),
    Row("NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest, "target"),
    Row("a space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest, "two spaces"),
    Row("two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest, "two spaces"),
    Row("a space at the end", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", .badRequest, "two spaces"),
    Row("HTTP/0.9", "GET /\r\n", .badRequest, "two spaces"),
    Row("HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", .httpVersionNotSupported, "HTTP/2.0"),
    Row("HTTP/1.10", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", .badRequest, "two digits"),
    Row("HTTP/1.x", "GET / HTTP/1.x\r\nHost: a\r\n\r\n", .badRequest, "two digits"),
    Row("http/1.1", "GET / http/1.1\r\nHost: a\r\n\r\n", .badRequest, "HTTP version"),
    Row("two empty lines", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest, "two spaces"),
    Row("S29: another expectation", post("Expect: 200-ok"), .expectationFailed, "'200-ok'"),
    Row("S29: two expectations", post("Expect: 100-continue\r\nExpect: x"), .expectationFailed, "x'"),
    Row("S32: an HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .badRequest, "HTTP/2"),
    Row("S32: a TLS hello", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00], .badRequest, "not HTTP/1.1"),
    Row("S32: an SSH banner", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", .badRequest, "two spaces"),
    Row("S32: NUL bytes", [0, 0, 0, 0], .badRequest, "not HTTP/1.1"),
    Row("S32: LF only", "\n\n", .badRequest, "not HTTP/1.1"),
    Row("S32: a word without an end", x(65), .badRequest, "over 64 bytes"),
    Row("S32: a method of 65 bytes", "\(x(65)) / HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest, "over 64 bytes"),
  ]

  @Test(
    "are refused with the same status and for the same reason however they are cut",
    arguments: sizes + framing + lines + chunks + beginnings)
  func refused(_ row: Row) throws {
    let bytes = row.bytes
    // Large bodies byte by byte, 20 times over, are left out.
    for pieces in bytes.count < 100_000 ? cuts(of: bytes) : [[bytes], bytes.pieces(cutAt: [1_000, 500_000])] {
      let read = ReadRequests(pieces)
      let error = try #require(read.error)
      #expect(error.status == row.status)
      #expect(error.description.contains(row.reason), "\(error)")
      #expect(error.isRequestFault)
      #expect(error.description.utf8.count <= 200, "S32: little is logged")
      #expect(!read.requests.contains { $0.hasEnded })
    }
  }

  @Test("S20: what is exactly at the limits is read, however it is cut")
  func atTheLimits() {
    let line = "GET /\(Self.x(8_178)) HTTP/1.1\r\n"
    let fields = "Host: a\r\n" + (1..<100).map { "X: \($0 + 100)\r\n" }.joined()
    let last = "Y: \(Self.x(16_384 - fields.utf8.count - 7))\r\n"
    for (bytes, isRead) in [
      (line + fields + "\r\n", true), (line + fields + last + "\r\n", false),
      (line + "Host: a\r\nY: \(Self.x(16_368))\r\n\r\n", true),
      (line + "Host: a\r\nY: \(Self.x(16_369))\r\n\r\n", false),
    ] {
      for pieces in cuts(of: Array(bytes.utf8)) {
        #expect((ReadRequests(pieces).error == nil) == isRead)
      }
    }
    #expect(line.utf8.count == 8_194)
  }

  @Test("S21: a body at the limit is read; the limit is settable")
  func bodyLimit() {
    var limits = HTTP1Limits()
    limits.requestBody = 5
    for (bytes, error) in [
      (Self.post("Content-Length: 5", "hello"), nil), (Self.chunked("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), nil),
      (Self.post("Content-Length: 6", "hello!"), HTTP1Error.bodyTooLarge(limit: 5)),
      (Self.chunked("2\r\nhe\r\n4\r\nllo!\r\n0\r\n\r\n"), .bodyTooLarge(limit: 5)),
    ] {
      for pieces in cuts(of: Array(bytes.utf8)) {
        let read = ReadRequests(pieces, limits: limits)
        #expect(read.error == error)
        if error == nil { #expect(read.requests.first?.body == Array("hello".utf8)) }
      }
    }
  }

  @Test("after an error nothing more is read, and nothing is kept")
  func afterAnError() {
    var parser = RequestParser(limits: HTTP1Limits())
    parser.append(Array("GET / HTTP/1.1\n".utf8))
    for _ in 0..<2 {
      #expect(throws: HTTP1Error.malformed("a bare LF in the head")) { try parser.next() }
      parser.append(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
      #expect(parser.input.unread.isEmpty)
    }
  }

  @Test("S32: random bytes are an error or no request, and never trap", arguments: UInt64(0)..<100)
  func randomBytes(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let words = [
      "GET ", "/", " HTTP/1.1", "\r\n", "\n", "\r", ":", " ", "Host: a", "0", "ff", "Transfer-Encoding: chunked",
    ]
    let bytes = (0..<30).flatMap { _ in
      Bool.random(using: &generator)
        ? Array((words.randomElement(using: &generator) ?? "").utf8) : [UInt8.random(in: 0...255, using: &generator)]
    }
    let whole = ReadRequests([bytes])
    for pieces in cuts(of: bytes) { #expect(ReadRequests(pieces) == whole) }
  }
}
