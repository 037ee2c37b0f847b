import SSETestSupport
import SSETesting
import Testing

@Suite("Recorded requests", .timeLimit(.minutes(1)))
struct RecordedRequestTests {
  /// What is recorded of bytes that a client sends.
  private func recorded(_ pieces: String...) async throws -> RecordedRequest {
    try await withScriptedServer([[.readRequest, .text("done")]]) { server in
      let client = try await RawConnection.connect(port: server.port)
      for piece in pieces { try await client.write(piece) }
      try await client.readToEnd()
      #expect(server.requests.count == 1)
      return try await server.request(onConnection: 0)
    }
  }

  @Test("have method, target, fields and the head to the byte")
  func head() async throws {
    let text = "GET /a%20b?c=d HTTP/1.1\r\nHost: test\r\nLast-Event-ID:  …7 \r\nX: 1\r\nx: 2\r\n\r\n"
    let request = try await recorded(text)
    #expect(request.method == .get)
    #expect(request.target == "/a%20b?c=d")
    #expect(request.headers == ["Host": "test", "Last-Event-ID": "…7", "X": "1", "x": "2"])
    #expect(request.lastEventID == "…7")
    #expect(request.rawHead == Array(text.utf8))
    #expect(request.body == [])
    #expect(request.connection == 0)
    #expect("\(request)" == "GET /a%20b?c=d")
  }

  @Test("have the body without its framing, however it comes")
  func body() async throws {
    let head = "POST / HTTP/1.1\r\nHost: test\r\n"
    let length = try await recorded("\r\n" + head + "Content-Le", "ngth: 7\r\n\r\nab", "\r\n\r\nc")
    #expect(length.text == "ab\r\n\r\nc")
    #expect(length.rawHead == Array("\r\n\(head)Content-Length: 7\r\n\r\n".utf8))
    #expect(length.target == "/")
    let chunked = try await recorded(head + "Transfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n")
    #expect(chunked.text == "abc")
  }

  @Test("of a proxy have the whole URL as their target")
  func absoluteTarget() async throws {
    let request = try await recorded("GET http://example.com/a HTTP/1.1\r\nHost: example.com\r\n\r\n")
    #expect(request.target == "http://example.com/a")
  }

  @Test("come in the order in which they were complete")
  func order() async throws {
    try await withScriptedServer([[.readRequest, .holdOpen]], afterwards: .repeatLast) { server in
      let first = try await RawConnection.connect(port: server.port)
      try await first.write("GET /first HTTP/1.1\r\n")
      try await server.connections(atLeast: 1)
      let second = try await RawConnection.connect(port: server.port)
      try await second.write("GET /second HTTP/1.1\r\nHost: test\r\n\r\n")
      let request = try await server.request(onConnection: 1)
      #expect(request.target == "/second")
      try await first.write("Host: test\r\n\r\n")
      let requests = try await server.requests(atLeast: 2)
      #expect(requests.map(\.target) == ["/second", "/first"])
      #expect(requests.map(\.connection) == [1, 0])
    }
  }
}
