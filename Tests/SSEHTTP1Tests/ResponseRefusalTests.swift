import SSEHTTP1
import SSETestSupport
import Testing

@Suite("Responses that are errors")
struct ResponseRefusalTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let what: String
    let bytes: String
    let reason: String
    var testDescription: String { what }

    init(_ what: String, _ bytes: String, _ reason: String) {
      self.what = what
      self.bytes = bytes
      self.reason = reason
    }
  }

  static func head(_ fields: String, _ body: String = "") -> String { "HTTP/1.1 200 OK\r\n\(fields)\r\n\r\n\(body)" }
  static func chunked(_ body: String) -> String { head("Transfer-Encoding: chunked", body) }
  static func x(_ count: Int) -> String { String(repeating: "x", count: count) }

  static let rows: [Row] = [
    Row("C8b: bare CR in a value", head("X: 1\r2"), "bare CR"),
    Row("C8b: bare CR in the status line", "HTTP/1.1 200 O\rK\r\n\r\n", "bare CR"),
    Row("C8b: CR CR LF", head("X: 1\r"), "bare CR"),
    Row("C8b: NUL in a value", head("X: \0"), "NUL"),
    Row("C8b: NUL in the status line", "HTTP/1.1 200 \0\r\n\r\n", "NUL"),
    Row("C8b: a space before the colon", head("Content-Length : 0"), "no token"),
    Row("C8b: an empty name", head(": 0"), "no token"),
    Row("C8b: a field without a colon", head("X"), "without a colon"),
    Row("C8b: a folded line without a field", "HTTP/1.1 200 OK\r\n X: 1\r\n\r\n", "before the first header field"),
    Row("C8b: two different lengths", head("Content-Length: 1\r\nContent-Length: 2", "ab"), "two different"),
    Row("C8b: two different lengths in a list", head("Content-Length: 1, 2", "ab"), "two different"),
    Row("a list of lengths with an empty one", head("Content-Length: 1,", "a"), "''"),
    Row("a chunk size and a word", chunked("1 a\r\n"), "no extension"),
    Row("a length that is no number", head("Content-Length: x"), "'x'"),
    Row("C13: chunk size xyz", chunked("xyz\r\n"), "no hexadecimal number"),
    Row("C13: negative", chunked("-1\r\n"), "no hexadecimal number"),
    Row("C13: 2^63", chunked("8000000000000000\r\n"), "2^63"),
    Row("C13: over 2^64", chunked("10000000000000000\r\n"), "over 16 digits"),
    Row("chunk data without CRLF", chunked("1\r\nab\r\n"), "does not end with CRLF"),
    Row("bare LF in the chunked coding", chunked("1\na\r\n"), "does not end with CRLF"),
    Row("C14: both framings", head("Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n"), "both"),
    Row("another transfer coding", head("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"), "gzip, chunked"),
    Row("chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.0"),
    Row("C15: a line over the limit", head("X: \(x(16_384))"), "longer than 16384"),
    Row("C15: a line over the limit that never ends", "HTTP/1.1 200 OK\r\nX: \(x(16_384))", "longer than 16384"),
    Row(
      "C15: headers over the limit", head((0..<10).map { "X\($0): \(x(8_000))" }.joined(separator: "\r\n")),
      "larger than 65536"),
    Row(
      "C15: folded lines over the limit",
      head("X: 1\r\n" + (0..<10).map { _ in " \(x(8_000))" }.joined(separator: "\r\n")),
      "larger than 65536"),
    Row(
      "C15: informational responses without an end",
      String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 3_000), "larger than 65536"),
    Row("HTTP/2", "HTTP/2 200\r\n\r\n", "unsupported version 'HTTP/2'"),
    Row("no HTTP at all", "SSH-2.0-OpenSSH_9.2p1\r\n", "without an HTTP version"),
    Row("an empty line first", "\r\nHTTP/1.1 200 OK\r\n\r\n", "without an HTTP version"),
    Row("no status", "HTTP/1.1\r\n\r\n", "three digits"),
    Row("a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", "three digits"),
    Row("a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", "three digits"),
    Row("a status that is no number", "HTTP/1.1 +20 OK\r\n\r\n", "three digits"),
    Row("a status below 100", "HTTP/1.1 099 OK\r\n\r\n", "three digits"),
  ]

  @Test("are errors for the same reason however they are cut", arguments: rows)
  func refused(_ row: Row) throws {
    for pieces in cuts(of: Array(row.bytes.utf8)) {
      let error = try #require(ReadResponse(pieces).error)
      #expect(error.description.contains(row.reason), "\(error)")
    }
  }

  @Test("C15: whichever limit the bytes pass first is the error, and what is exactly at it is read")
  func limits() {
    var limits = HTTP1Limits()
    limits.responseLine = 30
    limits.responseHead = 50
    let line = "HTTP/1.1 200 OK\r\n"  // 17 bytes
    for (fields, error) in [
      ("X: \(Self.x(25))\r\n\r\n", nil), ("X: \(Self.x(26))\r\n\r\n", HTTP1Error.lineTooLong(limit: 30)),
      ("X: \(Self.x(26))\r\nY: 1\r\n\r\n", .lineTooLong(limit: 30)),
      ("X: \(Self.x(24))\r\n \r\n\r\n", .headTooLarge(limit: 50)),
      ("X: 12345\r\nX: \(Self.x(26))\r\n\r\n", .headTooLarge(limit: 50)),
    ] {
      for pieces in cuts(of: Array((line + fields).utf8)) {
        #expect(ReadResponse(pieces, limits: limits).error == error)
      }
    }
  }

  @Test("after an error nothing more is read, and nothing is kept")
  func afterAnError() {
    var parser = ResponseParser(requestMethod: .get)
    parser.append(Array("HTTP/1.1\r\n".utf8))
    for _ in 0..<2 {
      #expect(throws: HTTP1Error.self) { try parser.next() }
      parser.append(Array("HTTP/1.1 200 OK\r\n\r\n".utf8))
    }
    #expect(throws: HTTP1Error.self) { try parser.receivedEndOfStream() }
  }

  @Test("random bytes are read alike however they are cut, and never trap", arguments: UInt64(0)..<100)
  func randomBytes(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let words = [
      "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 OK\r\n", "\r\n", "\n", "\r", ":", " ", "X: a", "0", "ff", "\r\n\r\n",
      "Transfer-Encoding: chunked\r\n\r\n", "Content-Length: 3\r\n",
    ]
    let bytes =
      Array("HTTP/1.1 200 OK\r\n".utf8)
      + (0..<30).flatMap { _ in
        Int.random(in: 0..<4, using: &generator) > 0
          ? Array((words.randomElement(using: &generator) ?? "").utf8) : [UInt8.random(in: 0...255, using: &generator)]
      }
    let whole = ReadResponse([bytes])
    for pieces in cuts(of: bytes) { #expect(ReadResponse(pieces) == whole) }
  }
}
