import Foundation
import SSETestSupport
import SSETesting
import Testing

/// What the process holds before and after. To be run alone: other suites open descriptors and threads meanwhile.
@Suite("A scripted server's resources", .serialized, .timeLimit(.minutes(1)))
struct ScriptedServerResourceTests {
  @Test("when its scope has ended, no descriptor and no thread is left")
  func nothingLeft() async throws {
    // Before: what Dispatch opens once stays, and so do the loops that clients share, begun one by one.
    for _ in 0...ProcessInfo.processInfo.activeProcessorCount { try await useEverything() }
    let before = (ProcessFacts.descriptors, ProcessFacts.threads)
    for _ in 0..<20 { try await useEverything() }
    #expect(ProcessFacts.descriptors == before.0)
    // A thread that has been joined may be listed a moment longer; Dispatch's come and go.
    try await eventually("the threads have ended") { ProcessFacts.threads <= before.1 + 2 }
  }

  private func useEverything() async throws {
    var clients: [RawConnection] = []
    let scripts: [ConnectionScript] = [
      [.holdOpen], [.readRequest], [.wait(for: Gate())], [.reset], [.text("a"), .cut], [.delay(.seconds(3_600))],
    ]
    try await withScriptedServer(scripts, afterwards: .refuse) { server in
      for _ in scripts { clients.append(try await RawConnection.connect(port: server.port)) }
      try await server.connections(atLeast: scripts.count)
    }
    for client in clients { client.close() }
  }
}
