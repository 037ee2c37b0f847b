import Foundation
import SSETestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// A server process, ten thousand readers, and what that costs it; a suite that runs alone.
@Suite("Ten thousand readers of a topic, some of which never read", .serialized)
struct TopicCrowdResourceTests {
  static let reading = 9_900
  static let silent = 100
  /// What the server's topic holds: 100 events.
  static let history = 100
  static let dataSize = 1_000
  static let batches = 9
  static let batchSize = 20
  static let descriptors = rlim_t(11_000)

  /// Whether this process and its child may have one descriptor a reader.
  static var canHoldAll: Bool {
    var limit = rlimit()
    return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 && limit.rlim_max >= descriptors
  }

  @Test(
    "S42: 9,900 get every event in order beside 100 that never read, and memory grows by no more than the ring",
    .enabled(if: canHoldAll, "the hard limit of descriptors (ulimit -Hn) must be 11,000 or more"),
    .timeLimit(.minutes(2)))
  func crowd() async throws {
    try raiseDescriptorLimit()
    try await withRunningProgram(Product.path("sse-bench-server"), ["0"]) { server in
      let port = try await server.port()
      try await onThread {
        var crowd = try ReaderCrowd(count: Self.reading, of: "/events", port: port)
        var silent = try ReaderCrowd(count: Self.silent, of: "/events", port: port, isNarrow: true)
        crowd.dropWhatHasCome()
        silent.dropWhatHasCome()
        let publisher = try BlockingPublisher(port: port)
        // The first event tells the topic's epoch.
        try publisher.publish("1 ")
        let epoch = try #require(crowd.peekAtFirst().firstMatch(of: /id: (\w+)-1\n/)).1
        func expect(_ sequence: Int, _ data: String) {
          let chunk = ReaderCrowd.chunk("\(epoch)-\(sequence)", data)
          crowd.expect(chunk)
          silent.expect(chunk)
        }
        expect(1, "1 ")
        try crowd.readAll(within: .seconds(60))

        try server.resetPeakMemory()
        let before = server.residentBytes
        for batch in 0..<Self.batches {
          for number in 0..<Self.batchSize {
            let sequence = 2 + batch * Self.batchSize + number
            let data = "\(sequence) " + String(repeating: "x", count: Self.dataSize)
            expect(sequence, data)
            try publisher.publish(data)
          }
          try crowd.readAll(within: .seconds(60))
        }
        let growth = server.peakResidentBytes - before
        let ring = Self.history * (Self.dataSize + 100)
        // Beside the ring: what the allocator keeps for the next event, and the events that wait to be taken out of it.
        #expect(growth <= ring + 1_000_000, "\(growth) bytes more, with a ring of \(ring)")

        // Each of them got what its kernel took; its stream ends there, since the ring has passed it.
        let published = silent.expectedCount
        let taken = try silent.readToEnds()
        #expect(taken.allSatisfy { $0 > 0 && $0 < published - ring }, "\(taken) of \(published)")
      }
    }
  }

  /// The child inherits it.
  private func raiseDescriptorLimit() throws {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    getrlimit(resource, &limit)
    limit.rlim_cur = max(limit.rlim_cur, Self.descriptors)
    try #require(setrlimit(resource, &limit) == 0)
  }
}
