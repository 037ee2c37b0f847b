import Foundation
import SSETestSupport
import Testing

@testable import SSESockets

@Suite("A TLS session without a socket", .timeLimit(.minutes(1)))
struct TLSSessionTests {
  init() async throws { try await TestCertificates.prepare() }

  @Test("The handshake is done and text crosses, whether bytes come together or one by one", arguments: [true, false])
  func handshake(together: Bool) throws {
    let pieces: ([UInt8]) -> [[UInt8]] = together ? { [$0] } : { $0.singlePieces }
    var pair = try TLSPair()
    #expect(pair.client.phase == .handshaking)
    #expect(pair.client.encrypted("too early").isEmpty)
    pair.exchange(inPieces: pieces)
    #expect(pair.client.phase == .open)
    #expect(pair.server.phase == .open)
    for piece in pieces(pair.client.encrypted("question")) { pair.server.received(piece) }
    #expect(pair.server.text() == "question")
    for piece in pieces(pair.server.encrypted("answer")) { pair.client.received(piece) }
    #expect(pair.client.text() == "answer")
  }

  @Test(
    "A long text arrives whole: in records of every size, cut anywhere", arguments: [1, 100, 5_000, 16_384, 70_000])
  func long(write: Int) throws {
    var generator = SeededGenerator(seed: UInt64(write))
    var pair = try TLSPair()
    pair.exchange()
    let text = (0..<min(write * 500, 200_000)).map { UInt8(truncatingIfNeeded: $0 / 7) }
    var ciphertext: [UInt8] = []
    for start in stride(from: 0, to: text.count, by: write) {
      ciphertext += pair.server.encrypted(Array(text[start..<min(start + write, text.count)]))
    }
    var received: [UInt8] = []
    for piece in ciphertext.randomPieces(longest: 40_000, using: &generator) {
      pair.client.received(piece)
      received += pair.client.takePlaintext()
    }
    #expect(received == text)
    #expect(pair.client.phase == .open)
  }

  @Test("A close_notify is an end; a connection that is closed without one was truncated")
  func ends() throws {
    var ended = try TLSPair()
    ended.exchange()
    ended.client.received(ended.server.encrypted("last"))
    ended.server.close()
    ended.client.received(ended.server.ciphertext())
    #expect(ended.client.text() == "last")
    #expect(ended.client.phase == .endedByPeer)
    ended.client.receivedEndOfFile()
    #expect(ended.client.phase == .endedByPeer)

    var truncated = try TLSPair()
    truncated.exchange()
    let bytes = truncated.server.encrypted("whole") + truncated.server.encrypted("half").dropLast()
    truncated.client.received(bytes)
    truncated.client.receivedEndOfFile()
    #expect(truncated.client.text() == "whole")
    #expect(truncated.client.phase == .failed(.truncated))

    var early = try TLSPair()
    early.server.received(early.client.ciphertext())
    early.client.received(Array(early.server.ciphertext().prefix(100)))
    early.client.receivedEndOfFile()
    #expect(early.client.phase == .failed(.closedInHandshake))
  }

  @Test(
    "A peer that speaks no TLS is told as that",
    arguments: [
      ("HTTP/1.1 400 Bad Request\r\n", true), ("220 mail.example ESMTP\r\n", false), ("\0\0", false),
    ])
  func notTLS(text: String, isHTTP: Bool) throws {
    var session = try TLSSession(client: TLSPair.clientContext(), host: "localhost")
    session.received(Array(text.utf8))
    #expect(session.phase == .failed(.notTLS(isHTTP: isHTTP)))
    #expect(session.takePlaintext().isEmpty)
  }

  @Test("A changed byte ends the connection, and the peer is told")
  func changed() throws {
    var pair = try TLSPair()
    pair.exchange()
    var ciphertext = pair.server.encrypted("text")
    ciphertext[ciphertext.count - 1] ^= 1
    pair.client.received(ciphertext)
    guard case .failed(.protocolViolation(let words)) = pair.client.phase else {
      Issue.record("\(pair.client.phase)")
      return
    }
    #expect(words.contains("bad record mac"))
    #expect(pair.client.takePlaintext().isEmpty)
    pair.server.received(pair.client.ciphertext())
    #expect(pair.server.phase == .failed(.refusedByPeer(TLSAlert(number: 20))))
  }

  @Test("A peer that asks for new keys gets them in the midst of the stream")
  func newKeys() throws {
    let library = try #require(DynamicLibrary(firstOf: DynamicLibrary.openSSLNames))
    let update: @convention(c) (OpaquePointer?, Int32) -> Int32 = try library.function("SSL_key_update")
    var pair = try TLSPair()
    pair.exchange()
    let requested: Int32 = 1
    #expect(update(pair.server.handle, requested) == 1)
    pair.client.received(pair.server.encrypted("under new keys"))
    #expect(pair.client.text() == "under new keys")
    // It must answer with new keys of its own before it writes again (RFC 8446, 4.6.3); OpenSSL does so then.
    pair.server.received(pair.client.ciphertext())
    pair.server.received(pair.client.encrypted("these too"))
    #expect(pair.server.text() == "these too")
  }

  @Test(
    "Of the protocols that a client offers a server takes HTTP/1.1, else HTTP/1.0, and refuses a client with neither",
    arguments: [
      ("\u{8}http/1.1", "http/1.1"), ("\u{2}h2\u{8}http/1.1", "http/1.1"), ("\u{8}http/1.1\u{2}h2", "http/1.1"),
      ("\u{8}http/1.0\u{8}http/1.1", "http/1.1"), ("\u{8}http/1.0\u{9}http/1.11", "http/1.0"), ("\u{2}h2", nil),
      ("\u{8}http/0.9\u{9}http/1.11", nil),
    ] as [(String, String?)])
  func protocols(offer: String, taken: String?) throws {
    let library = try #require(DynamicLibrary(firstOf: DynamicLibrary.openSSLNames))
    typealias ProtocolGetter =
      @convention(c) (
        OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>, UnsafeMutablePointer<UInt32>
      ) -> Void
    let chosen: ProtocolGetter = try library.function("SSL_get0_alpn_selected")
    let client = try TLSPair.clientContext()
    let names = Array(offer.utf8)
    #expect(client.openSSL.contextOfferProtocols(client.pointer, names, UInt32(names.count)) == 0)
    var pair = try TLSPair(client: client)
    pair.exchange()
    guard let taken else {
      #expect(pair.client.phase == .failed(.refusedByPeer(TLSAlert(number: 120))))
      return
    }
    #expect(pair.client.phase == .open)
    var name: UnsafePointer<UInt8>?
    var count: UInt32 = 0
    chosen(pair.client.handle, &name, &count)
    #expect(UnsafeBufferPointer(start: name, count: Int(count)).elementsEqual(taken.utf8))
  }

  @Test("Nothing is read or written after a failure")
  func afterFailure() throws {
    var pair = try TLSPair()
    pair.exchange()
    let late = pair.server.encrypted("late")
    pair.client.receivedEndOfFile()
    pair.client.received(late)
    #expect(pair.client.takePlaintext().isEmpty)
    #expect(pair.client.encrypted("text").isEmpty)
    pair.client.close()
    #expect(pair.client.ciphertext().isEmpty)
    #expect(pair.client.phase == .failed(.truncated))
  }

  @Test("A server that asks for a certificate gets it, and refuses a client that has none")
  func clientCertificate() throws {
    let server = try TLSPair.serverContext(clientAuthorities: "authority")
    var known = try TLSPair(
      client: TLSPair.clientContext { $0.certificate = try TLSPair.files("client") }, server: server)
    known.exchange()
    #expect(known.server.phase == .open)
    #expect(known.client.phase == .open)

    var unknown = try TLSPair(server: server)
    unknown.exchange()
    guard case .failed(.protocolViolation(let words)) = unknown.server.phase else {
      Issue.record("\(unknown.server.phase)")
      return
    }
    #expect(words.contains("peer did not return a certificate"))
    // The client's handshake was done before the server looked (RFC 8446, 4.4.2.4).
    #expect(unknown.client.phase == .failed(.refusedByPeer(TLSAlert(number: 116))))
  }
}
