import SSESockets
import SSETestSupport
import Testing

@testable import SSEClient

@Suite("One stream, opened once and read as it comes", .timeLimit(.minutes(1)))
struct EventStreamConnectionTests {
  /// Keeps what a stream tells. On the loop's thread, and afterwards.
  private final class Handler: EventStreamHandler {
    var told: [String] = []
    var byteCount = 0

    private var isReading = false

    func streamReceived(byteCount: Int) {
      self.byteCount += byteCount
      isReading = true
    }
    func streamOpened() { tell("opened") }
    func streamReceived(data: String) { tell(data) }
    func streamReadEnded() { isReading = false }

    private func tell(_ fact: String) { told.append(isReading ? fact : "\(fact), outside of a read") }
  }

  private struct Read: Sendable {
    var told: [String]
    var byteCount: Int
    /// Nil where the stream ended normally.
    var error: EventClientError?
  }

  private static func request(
    _ url: String, _ change: (inout EventClientConfiguration) -> Void = { _ in }
  ) throws -> EventStreamRequest {
    var configuration = EventClientConfiguration()
    configuration.proxy = .none
    change(&configuration)
    return try EventStreamRequest(EventRequest(url, headers: ["X": "1"]), configuration: configuration)
  }

  private static func read(_ request: EventStreamRequest) async throws -> Read {
    let loop = try EventLoopGroup.shared.next()
    return await withTaskGroup(of: Read.self) { group in
      group.addTask(executorPreference: loop) {
        let handler = Handler()
        var failure: EventClientError?
        do throws(EventClientError) {
          try await request.connect(on: loop).read(handler)
        } catch {
          failure = error
        }
        return Read(told: handler.told, byteCount: handler.byteCount, error: failure)
      }
      return await group.next() ?? Read(told: [], byteCount: 0)
    }
  }

  /// How it ends: "ended", "cut", a status.
  private static func ending(_ read: Read) -> String {
    switch read.error {
    case nil: "ended"
    case .unexpectedStatus(let response): "\(response.head.status.code)"
    case let error?: error.kind
    }
  }

  private static let chunk = Peer.chunk("data: one\n\n")
  static let rows: [(String, told: [String], ending: String)] = [
    (Peer.chunkedHead + chunk + chunk + Peer.lastChunk, ["opened", "one", "one"], "ended"),
    (Peer.chunkedHead + Peer.chunk("data: a\nda") + Peer.chunk("ta: b\n\n: x\n\n"), ["opened", "a\nb"], "cut"),
    (Peer.chunkedHead + chunk + "x\r\n", ["opened", "one"], "protocolViolation"),
    (Peer.head + "data: one\n\n", ["opened", "one"], "ended"),
    (Peer.head + "id: 1\nevent: e\nretry: 5\ndata: one\n: c\n\nid: 2\n\n", ["opened", "one"], "ended"),
    (Peer.head + "data: one\n\nid: 2\n", ["opened", "one"], "cut"),
    (Peer.head + "data: one\n\ndata: two\n", ["opened", "one"], "cut"),
    ("HTTP/1.1 100 Continue\r\n\r\n" + Peer.head + "data: one\n\n", ["opened", "one"], "ended"),
    (
      "HTTP/1.1 200 OK\nContent-Type: text/event-stream\nContent-Length: 11\n\ndata: one\n\nmore", ["opened", "one"],
      "ended"
    ),
    (Peer.noContent, [], "ended"),
    ("HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno", [], "503"),
    ("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", [], "302"),
    ("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nno", [], "unexpectedContentType"),
    ("HTTP/1.1 200 OK\r\nContent-Ty", [], "noResponse"),
    ("what?\r\n\r\n", [], "protocolViolation"),
    (
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: br\r\n\r\n", [],
      "unsupportedContentCoding"
    ),
  ]

  @Test("what it tells and how it ends, whole and byte by byte", arguments: rows, [false, true])
  func answers(row: (text: String, told: [String], ending: String), inPieces: Bool) async throws {
    let listener = try RawListener()
    let request = try Self.request(listener.url)
    async let reading = Self.read(request)
    let (peer, head) = try await listener.acceptRequest()
    #expect(head.contains("\r\nAccept: text/event-stream\r\n"))
    #expect(head.contains("\r\nX: 1\r\n"))
    if inPieces {
      // It closes as soon as it knows what to think.
      for byte in row.text.utf8 { try? await peer.write([byte]) }
    } else {
      try await peer.write(row.text)
    }
    peer.close()
    let read = try await reading
    #expect(read.told == row.told)
    #expect(Self.ending(read) == row.ending)
    if row.ending == "ended", !row.text.hasSuffix("more") { #expect(read.byteCount == row.text.utf8.count) }
  }

  @Test("a reset cuts it")
  func reset() async throws {
    let listener = try RawListener()
    let request = try Self.request(listener.url)
    async let reading = Self.read(request)
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(Peer.head + "data: one\n\n")
    peer.reset()
    let read = try await reading
    #expect(Self.ending(read) == "cut")
  }

  @Test("cancelling the task closes the connection at once")
  func cancelled() async throws {
    let listener = try RawListener()
    let request = try Self.request(listener.url)
    let peer = try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { _ = try await Self.read(request) }
      let (peer, _) = try await listener.acceptRequest()
      try await peer.write(Peer.chunkedHead)
      group.cancelAll()
      return peer
    }
    let ending = try await peer.ending()
    #expect(ending == .endOfFile)
  }

  @Test("over TLS, to its end; where the certificate is not trusted it says so")
  func secure() async throws {
    try await TestCertificates.prepare()
    try await withTLSPeer { _, port in
      let configuration = try TLSTests.client().configuration
      for (path, told, ending) in [
        ("event", ["opened", "one"], "ended"), ("event/cut", ["opened", "one"], "cut"),
      ] {
        let read = try await Self.read(
          try Self.request("https://localhost:\(port)/\(path)") { $0 = configuration })
        #expect(read.told == told)
        #expect(Self.ending(read) == ending)
      }
      let untrusted = try await Self.read(
        try Self.request("https://localhost:\(port)/event") {
          $0 = configuration
          $0.tls = .init()
        })
      #expect(Self.ending(untrusted) == "secureConnectionFailed(unknownAuthority)")
    }
  }
}
