import Foundation
import SSETestSupport
import Testing

@testable import SSEClient
@testable import SSESockets

/// Event streams over TLS: how they go on, and how they end.
@Suite(.serialized, .timeLimit(.minutes(1))) struct TLSStreamTests {
  init() async throws { try await TestCertificates.prepare() }

  @Test("C30, C34: a stream over TLS is opened again, and resumed from its last event")
  func resumes() async throws {
    try await withTLSPeer { peer, port in
      let source = try TLSTests.client().source("https://localhost:\(port)/quick")
      let messages = try await collect(messagesOf: source, atMost: 5)
      guard messages.count == 5, case .interrupted(.ended, .milliseconds(1)) = messages[2], case .opened = messages[3]
      else {
        Issue.record("\(messages)")
        return
      }
      #expect(peer.output.matches(of: /\|Last-Event-ID: 1\|/).count == 1)
    }
  }

  @Test(
    "C46b: a close_notify at the end of a block ends a stream; one inside a block, or none at all, cuts it",
    arguments: [("event", false), ("event/cut", true), ("half", true), ("half/cut", true)])
  func ends(path: String, isCut: Bool) async throws {
    try await withTLSPeer { _, port in
      let source = try TLSTests.client().source(EventRequest("https://localhost:\(port)/\(path)", reconnect: .never))
      var events: [String] = []
      do throws(EventClientError) {
        for try await event in source { events.append(event.data) }
        #expect(!isCut)
      } catch {
        #expect(error.kind == "cut")
        #expect(isCut)
      }
      #expect(events == ["one"])
    }
  }

  @Test("C75: an event of 10 MB arrives, in records of any size", arguments: [16_384, 1_000])
  func large(record: Int) async throws {
    try await withTLSPeer { _, port in
      let url = "https://localhost:\(port)/large/10000000/\(record)"
      let events = try await collect(TLSTests.client().source(EventRequest(url, reconnect: .never)))
      #expect(events.map(\.data.utf8.count) == [10_000_000])
      #expect(events.first?.data.utf8.allSatisfy { $0 == UInt8(ascii: "x") } == true)
    }
  }

  @Test("C60: leaving the loop ends the TLS connection as TLS asks")
  func left() async throws {
    try await withTLSPeer { peer, port in
      for try await _ in try TLSTests.client().events("https://localhost:\(port)/open") { break }
      let end = try await peer.output(matching: /valid (closed|failed.*|left)/)
      #expect(end == "closed")
    }
  }

  @Test("C88: through a proxy's tunnel TLS is between the client and the server, which the proxy need not be")
  func tunnelled() async throws {
    let listener = try RawListener()
    try await withTLSPeer { peer, port in
      let client = try TLSTests.client { $0.proxy = .url("http://127.0.0.1:\(listener.port)") }
      async let events = collect(client.source("https://localhost:\(port)/event"), atMost: 1)
      let (near, head) = try await listener.acceptRequest()
      #expect(lines(head).first == "CONNECT localhost:\(port) HTTP/1.1")
      let far = try await RawConnection.connect(port: port)
      try await near.write("HTTP/1.1 200 OK\r\n\r\n")
      async let outbound: Void = Self.carry(from: near, to: far)
      async let inbound: Void = Self.carry(from: far, to: near)
      #expect(try await events.map(\.data) == ["one"])
      _ = try await (outbound, inbound)
      #expect(peer.output.contains("localhost GET /event HTTP/1.1|"))
    }
  }

  private static func carry(from source: RawConnection, to target: RawConnection) async throws {
    while let bytes = try await source.receive() {
      do { try await target.write(bytes) } catch { break }  // It has left.
    }
    target.shutDownWriting()
  }

  // MARK: - Peers that do not play along

  @Test("https to a port that speaks plain HTTP is told as that")
  func plainHTTP() async throws {
    let listener = try RawListener()
    let url = "https://127.0.0.1:\(listener.port)/"
    async let failure = TLSTests.failure(of: TLSTests.client().source(url))
    let peer = try await listener.accept()
    _ = try await peer.receive()
    try await peer.write("HTTP/1.1 400 Bad Request\r\n\r\n")
    #expect(try await failure?.kind == .notTLS)
    #expect(try await failure?.description.contains("plain HTTP") == true)
  }

  @Test("A peer that closes in the midst of the handshake is told as that")
  func closed() async throws {
    let listener = try RawListener()
    async let failure = TLSTests.failure(of: TLSTests.client().source("https://127.0.0.1:\(listener.port)/"))
    let peer = try await listener.accept()
    _ = try await peer.receive()
    peer.close()
    #expect(try await failure?.kind == .closed)
  }

  @Test("C71: a handshake that does not go on counts to the time of the connect")
  func stalled() async throws {
    let listener = try RawListener()
    let client = try TLSTests.client { $0.timeouts.connect = .milliseconds(50) }
    async let result = outcome(of: client.source("https://127.0.0.1:\(listener.port)/"))
    let peer = try await listener.accept()
    guard case .failure(.timedOut(.connect, after: .milliseconds(50), _)) = await result else {
      Issue.record("not timed out")
      return
    }
    _ = try await peer.ending()
  }

  @Test(
    "What is wrong with this machine is not tried again, what may be passing is where the server has been there before",
    arguments: [
      (TLSError.libraryMissing(tried: []), false), (.invalidSetting(""), false), (.closedInHandshake, true),
      (.untrustedCertificate(.expired, host: ""), true), (.refusedByPeer(TLSAlert(number: 80)), true),
    ])
  func recovery(error: TLSError, isTriedAgain: Bool) {
    switch EventClientError.secureConnectionFailed(TLSFailure(error), url: "").recovery {
    case .none: #expect(!isTriedAgain)
    case .onceAccepted: #expect(isTriedAgain)
    case .always, .refused: Issue.record("tried again before the first answer")
    }
  }
}
