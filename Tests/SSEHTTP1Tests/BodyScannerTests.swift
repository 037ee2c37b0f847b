import SSEHTTP1
import SSETestSupport
import Testing

@Suite("Bodies that are looked at where they stand")
struct BodyScannerTests {
  struct Found: Hashable {
    var content: [UInt8] = []
    var hasEnded = false
    var endsWithConnection = false
    var hasFailed = false
  }

  private static func scan(_ pieces: [[UInt8]], _ headers: HeaderFields) -> Found {
    var found = Found()
    do throws(HTTP1Error) {
      var scanner = try BodyScanner(ResponseHead(status: .ok, headers: headers))
      for piece in pieces {
        let result = piece.withUnsafeBytes { bytes in
          Result { () throws(HTTP1Error) in
            var position = 0
            while let range = try scanner.next(in: bytes, from: &position) { found.content += bytes[range] }
          }
        }
        try result.get()
      }
      found.hasEnded = scanner.hasEnded
      found.endsWithConnection = scanner.endsWithConnection
    } catch {
      found = Found(hasFailed: true)
    }
    return found
  }

  /// What the parser of whole messages makes of the same.
  private static func parse(_ bytes: [UInt8], _ headers: HeaderFields) -> Found {
    var head = Array("HTTP/1.1 200 OK\r\n".utf8)
    for field in headers { head += Array("\(field.name): \(field.value)\r\n".utf8) }
    let read = ReadResponse([head + Array("\r\n".utf8), bytes])
    if read.error != nil { return Found(hasFailed: true) }
    return Found(
      content: read.body, hasEnded: read.hasEnded, endsWithConnection: read.end == .delimitedByClose)
  }

  static let chunked: HeaderFields = ["Transfer-Encoding": "chunked"]

  @Test(
    "their content is what the message's parser finds, however they are cut",
    arguments: [
      ("5\r\nhello\r\n0\r\n\r\n", chunked),
      ("3;x=1\r\ndat\r\n00A\t;\"a;b\"\r\na: 1\n\ndata\r\n0\r\nX: 1\r\n\r\n", chunked),
      ("3  \r\nabc\r\n0\t\r\n\r\n", chunked), ("5\r\nhel", chunked), ("5\r\nhello\r\n", chunked),
      ("0\r\nX: 1\r\n", chunked),
      ("0\r\n\r\nmore", chunked), ("hello, you", ["Content-Length": "5"]), ("hel", ["Content-Length": "5"]),
      ("", ["Content-Length": "0"]), ("hello", [:]), ("", [:]),
      ("5\nhello\r\n", chunked), ("x\r\n", chunked), (" 5\r\nhello", chunked), ("5 x\r\nhello", chunked),
      ("5\r\nhello!\r\n", chunked), ("5\r\nhello\n", chunked), ("5\r\rhello\n", chunked), ("0\r\nX: 1\n\r\n", chunked),
      ("-1\r\n", chunked), ("", ["Content-Length": "1, 2"]), ("", ["Transfer-Encoding": "gzip"]),
    ] as [(String, HeaderFields)])
  func likeTheParser(text: String, headers: HeaderFields) {
    let bytes = Array(text.utf8)
    let expected = Self.parse(bytes, headers)
    for pieces in cuts(of: bytes) { #expect(Self.scan(pieces, headers) == expected) }
  }

  @Test(
    "what goes on for ever is refused",
    arguments: [
      String(repeating: "0", count: 20) + "1\r\n", "1;" + String(repeating: "x", count: 5_000),
      "1" + String(repeating: " ", count: 5_000), "0\r\n" + String(repeating: "X: 1\r\n", count: 5_000),
    ])
  func endless(text: String) {
    #expect(Self.scan([Array(text.utf8)], Self.chunked).hasFailed)
  }

  @Test("random framing is read as the message's parser reads it, and never traps", arguments: UInt64(0)..<200)
  func random(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let words = ["5\r\n", "hello", "\r\n", "0\r\n", "\n", "\r", ";a", " ", "a\r\n0123456789\r\n", "X: 1\r\n", "ff"]
    // With the end of a line, as the parser looks at whole lines only.
    let text = (0..<12).map { _ in words.randomElement(using: &generator) ?? "" }.joined() + "\r\n"
    let bytes = Array(text.utf8)
    let expected = Self.parse(bytes, Self.chunked)
    for pieces in cuts(of: bytes) { #expect(Self.scan(pieces, Self.chunked) == expected) }
  }
}
