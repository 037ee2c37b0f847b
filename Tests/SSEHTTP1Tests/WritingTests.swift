import SSEHTTP1
import SSETestSupport
import Testing

@Suite("Messages that are written")
struct WritingTests {
  @Test(
    "a chunk has its size in lower-case hexadecimal digits",
    arguments: [
      (1, "1"), (9, "9"), (10, "a"), (15, "f"), (16, "10"), (255, "ff"), (256, "100"), (4_095, "fff"), (4_096, "1000"),
      (65_535, "ffff"), (65_536, "10000"), (1_048_576, "100000"),
    ])
  func chunk(_ count: Int, _ size: String) {
    let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    var buffer = Array("before".utf8)
    ChunkedCoding.appendChunk(to: &buffer) { $0 += payload }
    #expect(buffer == Array("before\(size)\r\n".utf8) + payload + [0x0D, 0x0A])
  }

  @Test("S2: an empty chunk is not written: it would end the body")
  func emptyChunk() {
    var buffer: [UInt8] = [1]
    ChunkedCoding.appendChunk(to: &buffer) { _ in }
    #expect(buffer == [1])
    #expect(ChunkedCoding.lastChunk == Array("0\r\n\r\n".utf8))
  }

  @Test("nothing is written of a chunk whose payload throws")
  func throwingChunk() {
    struct Failure: Error {}
    var buffer: [UInt8] = [1]
    #expect(throws: Failure.self) {
      try ChunkedCoding.appendChunk(to: &buffer) { buffer throws(Failure) in
        buffer += [2, 3]
        throw Failure()
      }
    }
    #expect(buffer == [1])
  }

  @Test("chunks of random sizes are read back, however they are cut", arguments: UInt64(0)..<20)
  func chunksBothWays(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var bytes: [UInt8] = []
    try HeadWriter.append(ResponseHead(status: .ok, headers: ["Transfer-Encoding": "chunked"]), to: &bytes)
    var body: [UInt8] = []
    for _ in 0..<20 {
      let payload = (0..<Int.random(in: 0...600, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      body += payload
      ChunkedCoding.appendChunk(to: &bytes) { $0 += payload }
    }
    bytes += ChunkedCoding.lastChunk
    for pieces in cuts(of: bytes) {
      let read = ReadResponse(pieces)
      #expect(read.body == body)
      #expect(read.hasEnded)
    }
  }

  @Test("heads, with their fields in order")
  func heads() throws {
    var buffer: [UInt8] = []
    try HeadWriter.append(method: .post, target: "/a?b", headers: ["Host": "a:80", "X": ""], to: &buffer)
    #expect(buffer == Array("POST /a?b HTTP/1.1\r\nHost: a:80\r\nX: \r\n\r\n".utf8))
    buffer = []
    try HeadWriter.append(ResponseHead(status: .notFound, headers: ["B": "1", "A": "2", "B": "3"]), to: &buffer)
    #expect(buffer == Array("HTTP/1.1 404 Not Found\r\nB: 1\r\nA: 2\r\nB: 3\r\n\r\n".utf8))
    buffer = []
    try HeadWriter.append(ResponseHead(status: HTTPStatus(code: 299), headers: [:]), to: &buffer)
    #expect(buffer == Array("HTTP/1.1 299 \r\n\r\n".utf8))
  }

  @Test(
    "C90: a field that would begin another line is an error, and nothing is written",
    arguments: [
      ("X", "a\r\nY: b"), ("X", "a\n"), ("X", "\r"), ("X", "a\0"), ("X", "\u{301}\r\n\u{301}"), ("X: a\r\nY", "b"),
      ("", "b"), ("X ", "b"), ("X:", "b"), ("Ü", "b"), ("X\u{301}", "b"),
    ])
  func invalidFields(_ name: String, _ value: String) {
    let headers = HeaderFields(dictionaryLiteral: ("Host", "a"), (name, value))
    var buffer: [UInt8] = []
    #expect(throws: HTTP1Error.invalidField(name: name)) {
      try HeadWriter.append(method: .get, target: "/", headers: headers, to: &buffer)
    }
    #expect(throws: HTTP1Error.invalidField(name: name)) {
      try HeadWriter.append(ResponseHead(status: .ok, headers: headers), to: &buffer)
    }
    #expect(buffer.isEmpty)
  }

  @Test(
    "C90: a target that would end its line is an error", arguments: ["", "/a b", "/\r\nX: y", "/\0", "/ü", "/\u{7F}"])
  func invalidTargets(_ target: String) {
    var buffer: [UInt8] = []
    #expect(throws: HTTP1Error.invalidRequestLine(target)) {
      try HeadWriter.append(method: .get, target: target, headers: [:], to: &buffer)
    }
    #expect(buffer.isEmpty)
  }

  @Test("C33: a value beyond ASCII goes as its UTF-8")
  func valueBytes() throws {
    var buffer: [UInt8] = []
    try HeadWriter.append(method: .get, target: "/", headers: ["Last-Event-ID": "e\u{301}\u{E9}"], to: &buffer)
    #expect(
      buffer == Array("GET / HTTP/1.1\r\nLast-Event-ID: ".utf8) + [0x65, 0xCC, 0x81, 0xC3, 0xA9]
        + Array("\r\n\r\n".utf8))
  }

  @Test(
    "a method is a token, and its case counts",
    arguments: [
      ("GET", true), ("M-SEARCH", true), ("", false), ("A B", false), ("A\r", false), ("Ä", false), ("A:", false),
    ])
  func methods(_ text: String, _ isMethod: Bool) {
    #expect((HTTPMethod(rawValue: text) != nil) == isMethod)
    #expect(HTTPMethod(rawValue: "get") != .get)
  }

  @Test(
    "a code out of range is a server's fault", arguments: [(99, 500), (100, 100), (999, 999), (1_000, 500), (-1, 500)])
  func statusCodes(_ code: Int, _ expected: Int) {
    #expect(HTTPStatus(code: code).code == expected)
  }

  @Test("a status says its phrase")
  func statusDescription() {
    #expect(HTTPStatus.notFound.description == "404 Not Found")
    #expect(HTTPStatus(code: 299).description == "299")
  }
}
