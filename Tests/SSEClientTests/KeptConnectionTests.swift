import SSEHTTP1
import SSETestSupport
import Testing

@testable import SSEClient

@Suite("Plain requests over a connection that is kept", .timeLimit(.minutes(1)))
struct KeptConnectionTests {
  private func connection(to listener: RawListener) throws -> KeptConnection { try connection(to: listener.url) }

  private func connection(to url: String) throws -> KeptConnection {
    var configuration = EventClientConfiguration()
    configuration.proxy = .none
    return try KeptConnection(to: url, headers: ["X": "1"], configuration: configuration)
  }

  /// Takes a connection and answers its first request.
  private func accept(
    _ listener: RawListener, answering text: String, closing closes: Bool = false
  ) async throws -> RawConnection {
    let peer = try await listener.accept()
    try await answer(peer, text)
    if closes { peer.close() }
    return peer
  }

  private func answer(_ peer: RawConnection, _ text: String) async throws {
    try await peer.read(through: "\r\n\r\na")
    try await peer.write(text)
  }

  @Test(
    "an answer whose end is known leaves the connection for the next request",
    arguments: [
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb", "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 204 No Content\r\n\r\n",
      "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ])
  func kept(text: String) async throws {
    let listener = try RawListener()
    let connection = try connection(to: listener)
    async let accepted = accept(listener, answering: text)
    let first = try await connection.post(.text("a"))
    let peer = try await accepted
    #expect(text.contains("HTTP/1.1 \(first.status.code) "))
    async let answered: Void = answer(peer, text)
    let second = try await connection.post(.text("a"))
    try await answered
    #expect(second.status == first.status)
    #expect(String(decoding: second.body, as: UTF8.self) == (text.contains("b") ? "b" : ""))
  }

  @Test(
    "an answer after which the server closes, or whose end is the close, is followed by another connection",
    arguments: [
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nb",
      "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nb", "HTTP/1.1 200 OK\r\n\r\nb",
      "HTTP/1.1 500 No\r\nContent-Length: 20000\r\n\r\n" + String(repeating: "b", count: 16_384),
    ])
  func closed(text: String) async throws {
    let listener = try RawListener()
    let connection = try connection(to: listener)
    let endsWithConnection = text.contains("OK\r\n\r\n")
    for _ in 1...2 {
      async let accepted = accept(listener, answering: text, closing: endsWithConnection)
      let answer = try await connection.post(.text("a"))
      let peer = try await accepted
      #expect(answer.body.first == UInt8(ascii: "b"))
      #expect(answer.body.count <= 16_384)
      if !endsWithConnection { #expect(try await peer.ending() == .endOfFile) }
    }
  }

  @Test("a body that is made late is asked for when there is a connection, and not without")
  func lateBody() async throws {
    let listener = try RawListener()
    let connection = try connection(to: listener)
    async let accepted = accept(listener, answering: "HTTP/1.1 204 No Content\r\n\r\n", closing: true)
    let answer = try await connection.post { .text("a") }
    _ = try await accepted
    #expect(answer.status == .noContent)
    let nowhere = try self.connection(to: "http://127.0.0.1:1/")
    var isAsked = false
    var error: EventClientError?
    do throws(EventClientError) {
      _ = try await nowhere.post {
        isAsked = true
        return .text("a")
      }
    } catch let thrown {
      error = thrown
    }
    #expect(error != nil)
    #expect(!isAsked)
  }

  @Test(
    "a request that gets no answer, or half of one, is an error and is not sent again",
    arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nb", "nonsense\r\n\r\n"])
  func cut(text: String) async throws {
    let listener = try RawListener()
    let connection = try connection(to: listener)
    async let accepted = accept(listener, answering: text, closing: true)
    var error: EventClientError?
    do throws(EventClientError) { _ = try await connection.post(.text("a")) } catch let thrown { error = thrown }
    _ = try await accepted
    #expect(error != nil)

    // The next connection is that of the next request.
    async let next = accept(listener, answering: "HTTP/1.1 204 No Content\r\n\r\n")
    let answer = try await connection.post(.text("a"))
    _ = try await next
    #expect(answer.status == .noContent)
  }

  @Test(
    "a connection that the server has closed since, or on which it has said more, is not that of the next request",
    arguments: ["", "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"])
  func stale(more: String) async throws {
    let listener = try RawListener()
    let connection = try connection(to: listener)
    async let accepted = accept(listener, answering: "HTTP/1.1 204 No Content\r\n\r\n")
    #expect(try await connection.post(.text("a")).status == .noContent)
    let peer = try await accepted
    if more.isEmpty { peer.close() } else { try await peer.write(more) }

    async let next = accept(listener, answering: "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
    let answer = try await connection.post(.text("a"))
    _ = try await next
    #expect(answer.status == .accepted)
  }

  @Test("the request has the caller's fields, and asks for any answer")
  func request() async throws {
    let listener = try RawListener()
    let connection = try connection(to: listener)
    async let head = head(listener)
    _ = try await connection.post(.text("a"))
    let fields = try await head
    #expect(fields.hasPrefix("POST / HTTP/1.1\r\n"))
    #expect(fields.contains("\r\nX: 1\r\n") && fields.contains("\r\nAccept: */*\r\n"))
  }

  private func head(_ listener: RawListener) async throws -> String {
    let peer = try await listener.accept()
    let head = try await peer.read(through: "\r\n\r\na")
    try await peer.write("HTTP/1.1 204 No Content\r\n\r\n")
    return head
  }
}
