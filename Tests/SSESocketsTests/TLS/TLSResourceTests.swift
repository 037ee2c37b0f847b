import Foundation
import SSETestSupport
import Testing

@testable import SSESockets

/// What TLS costs. To be run alone: other suites use memory meanwhile.
@Suite(.serialized, .timeLimit(.minutes(1))) struct TLSResourceTests {
  init() async throws { try await TestCertificates.prepare() }

  @Test("A session that is idle after a megabyte holds no more than 32 KiB")
  func memory() throws {
    let (client, server) = (try TLSPair.clientContext(), try TLSPair.serverContext())
    let count = 200
    func pairs() throws -> [Kept] {
      try (0..<count).map { _ in try Kept(client, server) }
    }
    var kept = try pairs()  // Once before: what OpenSSL and the heap keep stays.
    kept = []
    ProcessFacts.trimMemory()
    let before = ProcessFacts.residentBytes
    kept = try pairs()
    ProcessFacts.trimMemory()
    let bytes = (ProcessFacts.residentBytes - before) / (2 * count)
    #expect(kept.count == count)
    #expect(bytes < 32_768, "\(bytes) bytes a session")
  }

  private final class Kept {
    var pair: TLSPair

    init(_ client: TLSContext, _ server: TLSContext) throws {
      var pair = try TLSPair(client: client, server: server)
      pair.exchange()
      let piece = [UInt8](repeating: 1, count: 65_536)
      for _ in 0..<16 {
        pair.client.received(pair.server.encrypted(piece))
        _ = pair.client.takePlaintext()
        pair.server.received(pair.client.encrypted(piece))
        _ = pair.server.takePlaintext()
      }
      self.pair = pair
    }
  }
}
