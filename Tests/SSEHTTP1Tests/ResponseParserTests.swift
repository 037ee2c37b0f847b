import SSEHTTP1
import SSETestSupport
import Testing

@Suite("Responses")
struct ResponseParserTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let what: String
    let bytes: String
    var method = HTTPMethod.get
    var status = HTTPStatus.ok
    var headers: HeaderFields = [:]
    var body = ""
    var end = BodyEnd.complete
    var testDescription: String { what }
  }

  static let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

  static let rows: [Row] = [
    Row(
      what: "C8: odd case, spaces around values, an empty reason phrase",
      bytes: "HTTP/1.1 200 \r\ncONTENT-tYPE: \t text/event-stream \t\r\ncontent-LENGTH:2\r\nX:\r\n\r\nhi",
      headers: ["Content-Type": "text/event-stream", "Content-Length": "2", "X": ""], body: "hi"),
    Row(
      what: "C8: no reason phrase and no space before it", bytes: "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
      headers: ["Content-Length": "0"]),
    Row(
      what: "C8: obs-fold becomes one space",
      bytes: "HTTP/1.1 200 OK\r\nX: a\r\n \t b \r\n\tc\r\nY:\r\n d\r\nContent-Length: 0\r\n\r\n",
      headers: ["X": "a b c", "Y": "d", "Content-Length": "0"]),
    Row(
      what: "C8: bare LF in the head", bytes: "HTTP/1.1 200 OK\nX: a\n b\r\nContent-Length: 2\n\nhi",
      headers: ["X": "a b", "Content-Length": "2"], body: "hi"),
    Row(
      what: "a reason phrase of many words, a status nobody knows",
      bytes: "HTTP/1.1 799 é, so to say\r\nContent-Length: 0\r\n\r\n",
      status: HTTPStatus(code: 799), headers: ["Content-Length": "0"]),
    Row(
      what: "C10: HTTP/1.0 without a length ends with the close", bytes: "HTTP/1.0 200 OK\r\n\r\ndata: 1\n\n",
      body: "data: 1\n\n", end: .delimitedByClose),
    Row(
      what: "C10: so does HTTP/1.1", bytes: "HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n", body: "data: 1\n\n",
      end: .delimitedByClose),
    Row(
      what: "HTTP/1.0 with a length and keep-alive",
      bytes: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi",
      headers: ["Connection": "keep-alive", "Content-Length": "2"], body: "hi"),
    Row(
      what: "HTTP/1.0 with a length", bytes: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
      headers: ["Content-Length": "2"], body: "hi"),
    Row(
      what: "C11: a body shorter than its length", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ndata: 1\n\n",
      headers: ["Content-Length": "100"], body: "data: 1\n\n", end: .truncated),
    Row(
      what: "C12: chunks that end within an event, extensions, trailers",
      bytes: chunked + "3;x=1\r\ndat\r\n00A\t;\"a;b\"\r\na: 1\n\ndata\r\n5\r\n: 2\n\n\r\n0\r\nX: 1\r\n\r\n",
      headers: ["Transfer-Encoding": "chunked"], body: "data: 1\n\ndata: 2\n\n"),
    Row(
      what: "a chunked body without its last chunk", bytes: chunked + "5\r\nhello\r\n",
      headers: ["Transfer-Encoding": "chunked"], body: "hello", end: .truncated),
    Row(
      what: "a chunked body cut in a chunk", bytes: chunked + "5\r\nhel", headers: ["Transfer-Encoding": "chunked"],
      body: "hel", end: .truncated),
    Row(
      what: "a chunked body cut before the end of its trailers", bytes: chunked + "0\r\nX: 1\r\n",
      headers: ["Transfer-Encoding": "chunked"], end: .truncated),
    Row(
      what: "C12: blanks behind a chunk's size, as browsers take them",
      bytes: chunked + "3  \r\nabc\r\n0\t\r\n\r\n", headers: ["Transfer-Encoding": "chunked"], body: "abc"),
    Row(
      what: "the same length twice, in two lines and in a list",
      bytes: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2 ,2\r\n\r\nhi",
      headers: HeaderFields([.init(name: "Content-Length", value: "2"), .init(name: "Content-Length", value: "2 ,2")]),
      body: "hi"),
    Row(
      what: "Connection: close", bytes: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
      headers: ["Connection": "close", "Content-Length": "0"]),
    Row(
      what: "HEAD has no body, whatever its fields say", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
      method: .head, headers: ["Content-Length": "5"]),
    Row(
      what: "HEAD has no chunks either", bytes: chunked, method: .head, headers: ["Transfer-Encoding": "chunked"]),
    Row(
      what: "C4: 204 has no body", bytes: "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", status: .noContent,
      headers: ["Content-Length": "5"]),
    Row(
      what: "304 has no body", bytes: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", status: .notModified,
      headers: ["Content-Length": "5"]),
    Row(
      what: "an accepted CONNECT has no body", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", method: .connect,
      headers: ["Content-Length": "5"]),
    Row(
      what: "a refused CONNECT has one", bytes: "HTTP/1.1 407 X\r\nContent-Length: 2\r\n\r\nno", method: .connect,
      status: .proxyAuthenticationRequired, headers: ["Content-Length": "2"], body: "no"),
    Row(
      what: "a higher minor version is 1.1", bytes: "HTTP/1.9 200 OK\r\nContent-Length: 0\r\n\r\n",
      headers: ["Content-Length": "0"]),
  ]

  @Test("C7: are the same however they are cut", arguments: rows)
  func accepted(_ row: Row) {
    for pieces in cuts(of: Array(row.bytes.utf8)) {
      let read = ReadResponse(pieces, method: row.method)
      #expect(read.error == nil)
      #expect(read.head == ResponseHead(status: row.status, headers: row.headers))
      #expect(read.body == Array(row.body.utf8))
      #expect(read.hasEnded == (row.end == .complete))
      #expect(read.end == row.end)
      #expect(read.informational.isEmpty)
    }
  }

  @Test("C9: 100 and 103 come first and have no body")
  func informational() {
    let early = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    let bytes = "HTTP/1.1 100 Continue\r\n\r\n\(early)HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    for pieces in cuts(of: Array(bytes.utf8)) {
      let read = ReadResponse(pieces)
      #expect(read.informational.map(\.status.code) == [100, 103])
      #expect(read.informational.last?.headers == ["Link": "</a>"])
      #expect(read.head?.headers == ["Content-Length": "2"], "fields of 103 are not the response's")
      #expect(read.body == Array("hi".utf8))
    }
  }

  @Test("what comes after the end is not read", arguments: [HTTPMethod.get, .connect])
  func unread(_ method: HTTPMethod) {
    for pieces in cuts(of: Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1".utf8)) {
      let read = ReadResponse(pieces, method: method)
      #expect(read.body.isEmpty)
      #expect(read.end == .complete)
    }
  }

  @Test(
    "the end before a whole head", arguments: ["", "HTTP", "HTTP/1.1 200 OK\r\nX: 1\r\n", "HTTP/1.1 100 X\r\n\r\n"])
  func endBeforeHead(_ bytes: String) {
    #expect(ReadResponse([Array(bytes.utf8)]).end == .beforeHead)
  }

  @Test("C12: a response may have chunk extensions for as long as it goes on")
  func extensions() throws {
    var parser = ResponseParser(requestMethod: .get)
    parser.append(Array(Self.chunked.utf8))
    _ = try parser.next()
    let chunk = Array("1;x=\(String(repeating: "y", count: 200))\r\na\r\n".utf8)
    for _ in 0..<1_000 {
      parser.append(chunk)
      #expect(try parser.next() == .body([0x61]))
    }
  }

  @Test("an event is given as soon as its bytes have come, before its chunk has ended")
  func atOnce() throws {
    var parser = ResponseParser(requestMethod: .get)
    parser.append(Array((Self.chunked + "9\r\ndata: 1\n").utf8))
    #expect(
      try parser.next() == .head(ResponseHead(status: .ok, headers: ["Transfer-Encoding": "chunked"])))
    #expect(try parser.next() == .body(Array("data: 1\n".utf8)[...]))
    #expect(try parser.next() == nil)
    parser.append(Array("\n".utf8))
    #expect(try parser.next() == .body([0x0A]))
  }
}
