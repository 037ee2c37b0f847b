import SSEServer
import SSETestSupport

/// A server that a test drains or cancels itself.
///
/// `body` gets the address; the server's task is cancelled when it returns, and has ended when this does.
func withRunningServer<R: Sendable>(
  _ server: EventServer, _ body: (RunningServer) async throws -> R
) async throws -> R {
  let addresses = Recorder<EventServer.Address>()
  let endings = Recorder<ContinuousClock.Instant>()
  let (cancellations, cancellation) = AsyncStream.makeStream(of: Void.self)
  return try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask {
      try await withThrowingTaskGroup(of: Void.self) { running in
        running.addTask {
          try await server.run { addresses.note($0) }
          endings.note(.now)
        }
        for await _ in cancellations { running.cancelAll() }
        try await running.waitForAll()
      }
    }
    // Beside tests that take both processors this can last.
    let address = try await addresses.first(within: .seconds(60)) { _ in true }
    let running = RunningServer(server: server, address: address, endings: endings) {
      cancellation.yield()
      cancellation.finish()
    }
    let result = try await body(running)
    group.cancelAll()
    try await group.waitForAll()
    return result
  }
}

/// What a test does with the server of `withRunningServer`.
struct RunningServer {
  let server: EventServer
  let address: EventServer.Address
  /// When `run()` returned.
  fileprivate let endings: Recorder<ContinuousClock.Instant>
  /// Cancels the task that called `run()`.
  let cancel: () -> Void

  fileprivate init(
    server: EventServer, address: EventServer.Address, endings: Recorder<ContinuousClock.Instant>,
    cancel: @escaping () -> Void
  ) {
    self.server = server
    self.address = address
    self.endings = endings
    self.cancel = cancel
  }

  var hasEnded: Bool { endings.count > 0 }

  /// Waits for `run()` to return, and tells when it did.
  @discardableResult
  func end(within limit: Duration = .seconds(10)) async throws -> ContinuousClock.Instant {
    try await endings.first(within: limit) { _ in true }
  }

  func get(_ path: String, version: String = "1.1") async throws -> RawConnection {
    let connection = try await RawConnection.connect(port: address.port)
    try await connection.write("GET \(path) HTTP/\(version)\r\nHost: test\r\n\r\n")
    return connection
  }
}
