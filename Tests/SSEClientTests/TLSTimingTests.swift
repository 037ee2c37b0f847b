import SSETestSupport
import Testing

@testable import SSEClient

@Suite(.serialized, .timeLimit(.minutes(1))) struct TLSTimingTests {
  init() async throws { try await TestCertificates.prepare() }

  @Test("C66: cancelled in the middle of the TLS handshake, a client ends at once and closes")
  func cancelled() async throws {
    let listener = try RawListener()
    let source = try TLSTests.client().source("https://127.0.0.1:\(listener.port)/")
    let clock = ContinuousClock()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        // Ends without an error, as a cancelled task does.
        let events = try await collect(source)
        #expect(events.isEmpty)
      }
      let peer = try await listener.accept()
      let hello = try await peer.receive()
      #expect(hello?.first == 22)
      let start = clock.now
      group.cancelAll()
      try await group.waitForAll()
      _ = try await peer.ending()
      #expect(clock.now - start < ClientTimingTests.atOnce)
    }
  }
}
