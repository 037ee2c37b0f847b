import SSETestSupport
import Testing

@testable import SSEClient
@testable import SSESockets

/// What connecting leaves behind: nothing.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ConnectResourceTests {
  @Test("C43: descriptors, timers and memory are flat over races that are won, lost and refused")
  func flat() async throws {
    let listener = try RawListener(backlog: 64)
    let silent = try RawListener(backlog: 0)
    let filler = try await RawConnection.connect(port: silent.port)
    defer { filler.close() }
    let refusing = try RawListener().port
    func address(_ port: Int, _ host: String = "127.0.0.1") throws -> SocketAddress {
      try SocketAddress(numericHost: host, port: port)
    }
    let won = [try address(refusing, "::1"), try address(refusing), try address(listener.port)]
    let refused = [try address(refusing, "::1"), try address(refusing)]
    let lost = [try address(silent.port), try address(silent.port)]

    func rounds(_ count: Int) async throws {
      for _ in 0..<count {
        let loop = try EventLoopGroup.shared.next()
        let connection = try await Connection.connect(toFirstOf: won, on: loop)
        try await listener.accept().close()
        await connection.socket.run { $0.close() }
        await #expect(throws: AddressRace.Failure.self) { try await Connection.connect(toFirstOf: refused, on: loop) }
        await withTaskGroup(of: Void.self) { group in
          group.addTask { _ = try? await Connection.connect(toFirstOf: lost, on: loop) }
          group.cancelAll()
        }
      }
    }
    try await rounds(50)
    ProcessFacts.trimMemory()
    let before = (ProcessFacts.descriptors, ProcessFacts.residentBytes)
    try await rounds(500)
    ProcessFacts.trimMemory()
    #expect(ProcessFacts.descriptors == before.0)
    #expect(ProcessFacts.residentBytes - before.1 < 1_048_576)
    for _ in 0..<EventLoopGroup.defaultCount {
      let loop = try EventLoopGroup.shared.next()
      #expect(await loop.run { loop.timerCount } == 0)
    }
  }
}
