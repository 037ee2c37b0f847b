import SSETestSupport
import Testing

@testable import SSEClient

/// Peers that send without end what brings nothing on. Each time limit holds although there is always something to
/// read.
@Suite(.serialized, .timeLimit(.minutes(1))) struct FloodTimingTests {
  private static let limit: Duration = .milliseconds(150)
  private let clock = ContinuousClock()

  init() async throws { try await TestCertificates.prepare() }

  /// Writes it again and again until the client closes; for five seconds at most.
  private func flood(_ peer: RawConnection, with bytes: [UInt8]) async throws {
    let block = [UInt8](repeatElement(bytes, count: 65_536 / bytes.count).joined())
    let end = clock.now + .seconds(5)
    do {
      while clock.now < end { try await peer.write(block) }
    } catch RawConnection.Failure.system {}
    peer.close()
  }

  @Test("C71: a peer that floods the TLS handshake does not hold it beyond the time for connecting")
  func handshake() async throws {
    let listener = try RawListener()
    let client = try TLSTests.client { $0.timeouts.connect = Self.limit }
    let start = clock.now
    async let outcome = outcome(of: client.source("https://127.0.0.1:\(listener.port)/"))
    let peer = try await listener.accept()
    _ = try await peer.receive()
    // HelloRequests in records of their own, which a client passes over during a handshake (RFC 5246, 7.4.1.1).
    try await flood(peer, with: [22, 3, 3, 0, 4, 0, 0, 0, 0])
    guard case .failure(.timedOut(.connect, _, _)) = await outcome else {
      Issue.record("no timeout: \(await outcome)")
      return
    }
    #expect(clock.now - start < .seconds(2))
  }

  @Test("C3, C5: the body of a refused answer is not read beyond its time, though it comes to nothing")
  func refusedBody() async throws {
    let listener = try RawListener()
    var configuration = EventClientConfiguration()
    configuration.timeouts.errorBody = Self.limit
    let start = clock.now
    async let outcome = outcome(of: EventClient(configuration: configuration).source(listener.url))
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write("HTTP/1.1 500 No\r\nContent-Encoding: gzip\r\n\r\n")
    // Members of gzip that hold nothing.
    let empty: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    try await flood(peer, with: empty)
    guard case .failure(.unexpectedStatus(let response)) = await outcome else {
      Issue.record("no refusal: \(await outcome)")
      return
    }
    #expect(response.body.isEmpty)
    #expect(clock.now - start < .seconds(2))
  }
}
