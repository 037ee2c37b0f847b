import SSEHTTP1
import SSETestSupport
import Testing

@Suite("Requests that are read")
struct RequestParserTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let what: String
    let bytes: String
    let expected: [ReadRequests.Request]
    var testDescription: String { what }

    init(_ what: String, _ bytes: String, _ expected: ReadRequests.Request...) {
      self.what = what
      self.bytes = bytes
      self.expected = expected
    }
  }

  static let host: HeaderFields = ["Host": "a"]

  static func request(_ head: RequestHead, body: String = "") -> ReadRequests.Request {
    ReadRequests.Request(head: head, body: Array(body.utf8), hasEnded: true)
  }

  static let rows: [Row] = [
    Row(
      "field names keep their case, values lose the space around them",
      "GET /p?q=1 HTTP/1.1\r\nhOST: \t a:80 \t\r\nX:\r\nLast-Event-ID: 1 \u{2713} \u{E9}\r\n\r\n",
      request(
        RequestHead(
          method: .get, target: "/p?q=1",
          headers: ["hOST": "a:80", "X": "", "Last-Event-ID": "1 \u{2713} \u{E9}"]))),
    Row(
      "an empty line before a request is skipped", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
      request(RequestHead(method: .get, target: "/", headers: host))),
    Row(
      "a method of its own", "M-SEARCH / HTTP/1.1\r\nHost: a\r\n\r\n",
      request(RequestHead(method: HTTPMethod(rawValue: "M-SEARCH") ?? .get, target: "/", headers: host))),
    Row(
      "a higher minor version is 1.1", "GET / HTTP/1.2\r\nHost: a\r\n\r\n",
      request(RequestHead(method: .get, target: "/", headers: host))),
    Row(
      "a value may hold control characters and bytes that are not ASCII",
      "GET / HTTP/1.1\r\nHost: a\r\nX: \u{1}ü\r\n\r\n",
      request(RequestHead(method: .get, target: "/", headers: ["Host": "a", "X": "\u{1}ü"]))),
    Row(
      "an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n",
      request(RequestHead(method: .get, target: "/", headers: ["Host": ""]))),
    Row(
      "S27: the absolute form gives path and Host", "GET http://b:81/p?q HTTP/1.1\r\nHost: a\r\n\r\n",
      request(RequestHead(method: .get, target: "/p?q", headers: ["Host": "b:81"]))),
    Row(
      "S27: the absolute form without a path", "GET HTTPS://b HTTP/1.1\r\nHost: a\r\n\r\n",
      request(RequestHead(method: .get, target: "/", headers: ["Host": "b"]))),
    Row(
      "S27: the absolute form with a query only", "GET http://b?q/r HTTP/1.1\r\nHost: a\r\n\r\n",
      request(RequestHead(method: .get, target: "/?q/r", headers: ["Host": "b"]))),
    Row(
      "S27: OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
      request(RequestHead(method: .options, target: "*", headers: host))),
    Row(
      "a path that begins with two slashes is a path", "GET //b/c HTTP/1.1\r\nHost: a\r\n\r\n",
      request(RequestHead(method: .get, target: "//b/c", headers: host))),
    Row(
      "S28: pipelined requests, one with a body after a GET that looks like a request",
      "GET /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 18\r\n\r\nGET /x HTTP/1.1\r\n\r"
        + "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        + "\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
      request(
        RequestHead(method: .get, target: "/1", headers: ["Host": "a", "Content-Length": "18"], hasBody: true),
        body: "GET /x HTTP/1.1\r\n\r"),
      request(
        RequestHead(
          method: .post, target: "/2", headers: ["Host": "a", "Transfer-Encoding": "chunked"], hasBody: true),
        body: "abc"),
      request(RequestHead(method: .get, target: "/3", headers: host))),
    Row(
      "chunks with extensions, upper-case digits, leading zeros and trailers",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
        + "000A;x=\"y;z\"\r\n0123456789\r\n1 ;x\r\n!\r\n0;last\r\nTrailer: 1\r\nAnother: 2\r\n\r\n",
      request(
        RequestHead(method: .post, target: "/", headers: ["Host": "a", "Transfer-Encoding": "Chunked"], hasBody: true),
        body: "0123456789!")),
    Row(
      "the same Content-Length twice",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab",
      request(
        RequestHead(
          method: .post, target: "/", headers: ["Host": "a", "Content-Length": "2", "Content-Length": "2"],
          hasBody: true), body: "ab")),
    Row(
      "a Content-Length of 0", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
      request(RequestHead(method: .post, target: "/", headers: ["Host": "a", "Content-Length": "0"]))),
    Row(
      "S29: Expect: 100-continue",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-Continue\r\n\r\nx",
      request(
        RequestHead(
          method: .post, target: "/", headers: ["Host": "a", "Content-Length": "1", "Expect": "100-Continue"],
          expectsContinue: true, hasBody: true), body: "x")),
    Row(
      "S29: an expectation without a body, which waits for nothing",
      "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
      request(RequestHead(method: .get, target: "/", headers: ["Host": "a", "Expect": "100-continue"]))),
    Row(
      "S29: HTTP/1.0 knows no expectations", "POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: x\r\n\r\nx",
      request(
        RequestHead(
          method: .post, target: "/", version: .http1_0, headers: ["Content-Length": "1", "Expect": "x"],
          keepAlive: false, hasBody: true), body: "x")),
    Row(
      "S35: HTTP/1.1 with Connection: close", "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n",
      request(
        RequestHead(method: .get, target: "/", headers: ["Host": "a", "Connection": "x, Close"], keepAlive: false))),
    Row(
      "S35: HTTP/1.0 is closed, and needs no Host", "GET / HTTP/1.0\r\n\r\n",
      request(RequestHead(method: .get, target: "/", version: .http1_0, keepAlive: false))),
    Row(
      "S35: HTTP/1.0 with keep-alive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
      request(
        RequestHead(method: .get, target: "/", version: .http1_0, headers: ["Connection": "Keep-Alive"]))),
    Row(
      "S35: close wins over keep-alive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n",
      request(
        RequestHead(
          method: .get, target: "/", version: .http1_0, headers: ["Connection": "keep-alive", "Connection": "close"],
          keepAlive: false))),
  ]

  @Test("are the same however they are cut", arguments: rows)
  func accepted(_ row: Row) {
    for pieces in cuts(of: Array(row.bytes.utf8)) {
      let read = ReadRequests(pieces)
      #expect(read.error == nil)
      #expect(read.requests == row.expected)
      #expect(read.isIdle)
    }
  }

  @Test("a value's bytes are kept, so that an ID beyond ASCII is looked up as it was sent")
  func valueBytes() throws {
    let id = "e\u{301} \u{E9} 🙂"
    let read = ReadRequests([Array("GET / HTTP/1.1\r\nHost: a\r\nLast-Event-ID: \(id)\r\n\r\n".utf8)])
    let value = try #require(read.requests.first?.head.headers["last-event-id"])
    #expect(Array(value.utf8) == Array(id.utf8))
  }

  @Test("path and query are cut at the first question mark")
  func pathAndQuery() {
    let head = RequestHead(method: .get, target: "/a%3F?b?c=d")
    #expect(head.path == "/a%3F")
    #expect(head.query == "b?c=d")
    #expect(RequestHead(method: .get, target: "/a").query == nil)
    #expect(RequestHead(method: .get, target: "/a?").query?.isEmpty == true)
  }

  @Test("nothing but a skipped empty line is idle, the beginning of a request is not")
  func idle() {
    #expect(ReadRequests([[]]).isIdle)
    #expect(ReadRequests([Array("\r\n".utf8)]).isIdle)
    #expect(!ReadRequests([Array("G".utf8)]).isIdle)
    #expect(!ReadRequests([Array("GET / HTTP/1.1\r\n".utf8)]).isIdle)
  }
}
