import Foundation
import SSETestSupport
import SSETesting
import Testing

/// What stands on the wire, read by a raw client.
@Suite("A scripted server", .timeLimit(.minutes(1)))
struct ScriptedServerTests {
  static let request = "GET /events HTTP/1.1\r\nHost: test\r\n\r\n"

  /// All that one connection with a script brings, and how it ends.
  private func answer(
    to request: String = Self.request, _ script: ConnectionScript
  ) async throws -> (text: String, ending: RawConnection.Ending) {
    try await withScriptedServer([script]) { server in
      let client = try await RawConnection.connect(port: server.port)
      defer { client.close() }
      try await client.write(request)
      let ending = try await client.ending()
      return (try await client.received(within: 0), ending)
    }
  }

  private static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
  private static let chunkedHead = head + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"

  @Test("an event stream has a head, a chunk for each step, and the last chunk where the script ends")
  func eventStream() async throws {
    let (text, ending) = try await answer([
      .eventStream(), .event("one", id: "1"), .comment("hi"), .retry(.zero),
      .events(ServerSentEvent(data: "two", type: "x"), ServerSentEvent(data: "three")), .body("data: ha"),
    ])
    #expect(
      text == Self.chunkedHead + "11\r\nid: 1\ndata: one\n\n\r\n5\r\n:hi\n\n\r\na\r\nretry: 0\n\n\r\n"
        + "21\r\nevent: x\ndata: two\n\ndata: three\n\n\r\n8\r\ndata: ha\r\n0\r\n\r\n")
    #expect(ending == .endOfFile)
  }

  @Test(
    "a body is delimited as its framing says",
    arguments: [
      (.chunks(ofAtMost: 2), chunkedHead + "2\r\n:a\r\n2\r\nb\n\r\n1\r\n\n\r\n0\r\n\r\n"),
      (.untilClose, head + "Connection: close\r\n\r\n:ab\n\n"),
      (.length(1_000), head + "Content-Length: 1000\r\nConnection: close\r\n\r\n:ab\n\n"),
    ] as [(ConnectionScript.Framing, String)])
  func framing(framing: ConnectionScript.Framing, expected: String) async throws {
    let text = try await answer([.eventStream(framing: framing), .comment("ab")]).text
    #expect(text == expected)
  }

  @Test("fields of the test's own replace those that a stream has else")
  func ownFields() async throws {
    let text = try await answer([
      .eventStream(status: .accepted, headers: ["content-type": "text/plain", "X-A": "b", "Connection": "x"]), .cut,
    ]).text
    let fields = "content-type: text/plain\r\nX-A: b\r\nConnection: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    #expect(text == "HTTP/1.1 202 Accepted\r\n" + fields)
  }

  @Test(
    "a response has the length of its body, unless the test gives another, and 204 has none",
    arguments: [
      (
        .response(status: .serviceUnavailable, headers: ["Retry-After": "1"], body: "later"),
        "503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlater"
      ),
      (
        .response(headers: ["Content-Length": "9"], body: [0x61]),
        "200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\na"
      ),
      (
        .response(headers: ["Transfer-Encoding": "chunked"], body: "1\r\na"),
        "200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\na"
      ),
      (.response(status: .noContent), "204 No Content\r\nConnection: close\r\n\r\n"),
    ] as [(ConnectionScript.Step, String)])
  func response(step: ConnectionScript.Step, expected: String) async throws {
    let (text, ending) = try await answer([step])
    #expect(text == "HTTP/1.1 " + expected)
    #expect(ending == .endOfFile)
  }

  @Test("an informational response is sent as it is, before another")
  func informational() async throws {
    let text = try await answer([.response(status: HTTPStatus(code: 103)), .response(body: "a")]).text
    let final = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\na"
    #expect(text == "HTTP/1.1 103 Early Hints\r\n\r\n" + final)
  }

  @Test("a cut closes without the last chunk; a last chunk of the script's own is not followed by another")
  func cut() async throws {
    let (text, ending) = try await answer([.eventStream(), .event("one"), .cut])
    #expect(text == Self.chunkedHead + "b\r\ndata: one\n\n\r\n")
    #expect(ending == .endOfFile)
    let ended = try await answer([.eventStream(), .lastChunk]).text
    #expect(ended == Self.chunkedHead + "0\r\n\r\n")
  }

  @Test("a reset is one, before and after the request was read")
  func reset() async throws {
    for script in [[.reset], [.readRequest, .text("x"), .reset]] as [ConnectionScript] {
      try await withScriptedServer([script]) { server in
        let client = try await RawConnection.connect(port: server.port)
        // Whether it could be written does not matter: the reset may have come before.
        try? await client.write(Self.request)
        let ending = try? await client.ending()
        // A reset that came to the write is not told again to a reader.
        #expect(ending == .reset || script.steps.count == 1)
        let serverEnding = try await server.ending(ofConnection: 0)
        #expect(serverEnding == .byScript)
      }
    }
  }

  @Test("bytes may be said before the request has come")
  func bytesFirst() async throws {
    try await withScriptedServer([[.text("he"), .bytes([0x79, 0]), .readRequest, .text("you")]]) { server in
      let client = try await RawConnection.connect(port: server.port)
      let first = try await client.read(count: 4)
      #expect(first == Array("hey\0".utf8))
      try await client.write(Self.request)
      let rest = try await client.readToEnd()
      #expect(rest == "you")
    }
  }

  @Test("a script without steps closes the connection")
  func emptyScript() async throws {
    let (text, ending) = try await answer([])
    #expect(text == "")
    #expect(ending == .endOfFile)
  }

  @Test("sent in pieces, all of it arrives; a piece comes alone when a pause follows it")
  func pieces() async throws {
    let text = String(repeating: "0123456789", count: 3)
    try await withScriptedServer([
      [.sendInPieces(ofAtMost: 7), .text(text), .sendInPieces(ofAtMost: 1), .text(text)],
      [.sendInPieces(ofAtMost: 7, pausing: .seconds(3_600)), .text(text)],
    ]) { server in
      let client = try await RawConnection.connect(port: server.port)
      let all = try await client.readToEnd()
      #expect(all == text + text)
      let patient = try await RawConnection.connect(port: server.port)
      let piece = try await patient.receive()
      #expect(piece == Array("0123456".utf8))
      patient.close()
    }
  }

  @Test("the scripts are taken in the order of the connections")
  func order() async throws {
    try await withScriptedServer([[.text("a")], [.text("b")], [.text("c")]]) { server in
      for expected in ["a", "b", "c"] {
        let text = try await RawConnection.connect(port: server.port).readToEnd()
        #expect(text == expected)
      }
      #expect(server.connectionCount == 3)
    }
  }

  @Test("the last script is used again where the test says so")
  func repeatLast() async throws {
    try await withScriptedServer([[.text("a")], [.text("b")]], afterwards: .repeatLast) { server in
      for expected in ["a", "b", "b", "b"] {
        let text = try await RawConnection.connect(port: server.port).readToEnd()
        #expect(text == expected)
      }
    }
  }

  @Test("afterwards connections are refused where the test says so", arguments: [0, 2])
  func refuse(scripted: Int) async throws {
    let scripts = Array(repeating: ConnectionScript(.text("a")), count: scripted)
    try await withScriptedServer(scripts, afterwards: .refuse) { server in
      for _ in 0..<scripted { try await RawConnection.connect(port: server.port).readToEnd() }
      await #expect(throws: RawConnection.Failure.system("connect", errno: 111)) {
        _ = try await RawConnection.connect(port: server.port)
      }
    }
  }

  @Test("a closure answers by request and by number")
  func closure() async throws {
    try await withScriptedServer { request, index in
      request.target == "/a" ? [.text("\(index)")] : [.response(status: .notFound, body: request.target)]
    } test: { server in
      for (target, expected) in [("/a", "0"), ("/b", "/b"), ("/a", "2")] {
        let client = try await RawConnection.connect(port: server.port)
        try await client.write("GET \(target) HTTP/1.1\r\nHost: test\r\n\r\n")
        let text = try await client.readToEnd()
        #expect(text.hasSuffix(expected))
      }
    }
  }

  @MainActor
  @Test("the body stays on the main actor, and gives its value")
  func mainActor() async throws {
    var seen = 0
    let value = try await withScriptedServer([]) { server in
      MainActor.assertIsolated()
      seen = server.port
      return server.url.absoluteString
    }
    #expect(value == "http://127.0.0.1:\(seen)")
  }
}
