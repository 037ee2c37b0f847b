import Foundation
import SSESockets
import SSETestSupport
import Testing

@testable import SSEClient

/// `https`, against Python's `ssl`.
@Suite(.timeLimit(.minutes(1))) struct TLSTests {
  /// A client that trusts the tests' authority.
  static func client(_ change: (inout EventClientConfiguration) -> Void = { _ in }) throws -> EventClient {
    var configuration = EventClientConfiguration()
    configuration.tls.trust = .certificateAuthorities(file: try TestCertificates.file("authority"))
    change(&configuration)
    return EventClient(configuration: configuration)
  }

  @Test("C86: a valid certificate is accepted, and the server is asked for HTTP/1.1 over TLS 1.3")
  func valid() async throws {
    try await withTLSPeer { peer, port in
      let events = try await collect(Self.client().source("https://localhost:\(port)/event"), atMost: 1)
      #expect(events.map(\.data) == ["one"])
      let request = try await peer.output(matching: /request (.*)/)
      #expect(request.hasPrefix("TLSv1.3 http/1.1 localhost GET /event HTTP/1.1|"))
      #expect(request.contains("|Host: localhost:\(port)|"))
    }
  }
}
