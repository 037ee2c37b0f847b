import Foundation
import SSEClient
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite("withEventServer")
struct WithEventServerTests {
  /// A stream that never ends.
  private static let router: Router = {
    var router = Router()
    router.events("/forever") { _, events in
      try await events.send("hello")
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    return router
  }()

  @Test("gives the value of its body, from a nonisolated test")
  func nonisolatedTest() async throws {
    let data = try await withEventServer(Self.router) { baseURL in
      var data = ""
      for try await event in EventClient().events(baseURL / "forever") {
        data = event.data
        break
      }
      return data
    }
    #expect(data == "hello")
  }

  @MainActor
  @Test("stays on the main actor")
  func mainActorTest() async throws {
    var seen: [String] = []
    try await withEventServer(Self.router) { baseURL in
      MainActor.assertIsolated()
      for try await event in EventClient().events(baseURL / "forever") {
        MainActor.assertIsolated()
        seen.append(event.data)
        break
      }
    }
    #expect(seen == ["hello"])
  }

  actor Tester {
    var seen: [String] = []

    func test() async throws -> [String] {
      try await withEventServer(WithEventServerTests.router) { baseURL in
        self.assertIsolated()
        for try await event in EventClient().events(baseURL / "forever") {
          seen.append(event.data)
          break
        }
      }
      return seen
    }
  }

  @Test("stays on an actor")
  func actorTest() async throws {
    let seen = try await Tester().test()
    #expect(seen == ["hello"])
  }

  @Test("throws what its body throws, and has closed the server then")
  func bodyThrows() async throws {
    struct Unlucky: Error {}
    let addresses = Recorder<Int>()
    await #expect(throws: Unlucky.self) {
      try await withEventServer(Self.router) { baseURL in
        addresses.note(baseURL.port ?? 0)
        throw Unlucky()
      }
    }
    let port = try #require(addresses.values.first)
    await #expect(throws: RawConnection.Failure.self) { _ = try await RawConnection.connect(port: port) }
  }

  /// What a body may do about its cancellation at the limit.
  enum Reaction: String, CaseIterable {
    case returnsNormally, throwsCancellation, throwsAnotherError

    struct Other: Error {}

    func run(_ baseURL: URL) async throws {
      switch self {
      case .returnsNormally:
        // A cancelled loop over events just ends.
        for try await _ in EventClient().events(baseURL / "forever") {}
      case .throwsCancellation:
        let reader = try await RawConnection.get("/forever", at: baseURL)
        defer { reader.close() }
        try await Task.sleep(for: .seconds(3_600), clock: .continuous)
      case .throwsAnotherError:
        do { try await Self.throwsCancellation.run(baseURL) } catch { throw Other() }
      }
    }
  }

  /// Runs in a task of its own, which is cancelled at the limit; this one is not.
  private func failure(of reaction: Reaction) async -> (any Error)? {
    await withTaskGroup(of: (any Error)?.self) { group in
      group.addTask {
        do {
          try await withEventServer(Self.router, timeLimit: .seconds(2)) { baseURL in
            try await reaction.run(baseURL)
          }
          return nil
        } catch {
          return error
        }
      }
      return await group.next() ?? nil
    }
  }

  @Test(
    "past the time limit it throws that and names what was open, whatever its body did", arguments: Reaction.allCases)
  func timeLimit(_ reaction: Reaction) async throws {
    let failure = try #require(await failure(of: reaction) as? EventServerTestError)
    guard case .timeLimit(.seconds(2), let connections) = failure else {
      Issue.record("\(failure)")
      return
    }
    #expect(connections == ["GET /forever from 127.0.0.1"])
    #expect("\(failure)".contains("GET /forever from 127.0.0.1"))
  }

  @Test("a test that is cancelled from outside throws an error that counts, never CancellationError")
  func cancelledFromOutside() async throws {
    let outcome = Recorder<String>()
    let started = Recorder<Bool>()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        do {
          try await withEventServer(Self.router) { baseURL in
            for try await _ in EventClient().events(baseURL / "forever") { started.note(true) }
          }
        } catch {
          outcome.note("\(type(of: error)) \(error)")
        }
      }
      try await started.wait(for: true)
      group.cancelAll()
      try await group.waitForAll()
    }
    #expect(outcome.values == ["EventServerTestError the test was cancelled, or threw CancellationError"])
  }

  @Test("a body that throws CancellationError by itself fails with an error that counts")
  func throwsCancellationError() async throws {
    await #expect(throws: EventServerTestError.cancelled) {
      try await withEventServer(Self.router) { _ in throw CancellationError() }
    }
  }

  @Test("a handler that blocks its event loop does not put off the time limit")
  func blockedLoop() async throws {
    let gate = Gate()
    let outcome = Recorder<DispatchTimeoutResult>()
    var router = Router()
    router.events("/") { _, events in
      try await events.flush()
      outcome.note(gate.waitOnThread())
    }
    let failure = await withTaskGroup(of: (any Error)?.self) { [router] group in
      group.addTask {
        do {
          try await withEventServer(router, timeLimit: .milliseconds(300)) { baseURL in
            let reader = try await RawConnection.get("/", at: baseURL)
            defer { reader.close() }
            // Opened when the limit cancels this.
            defer { gate.open() }
            try await Task.sleep(for: .seconds(3_600), clock: .continuous)
          }
          return nil
        } catch {
          return error
        }
      }
      return await group.next() ?? nil
    }
    guard case .timeLimit = failure as? EventServerTestError else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(outcome.values == [.success])
  }

  /// Blocks a thread until it is opened, at most for ten seconds.
  private struct Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    func open() { semaphore.signal() }
    func waitOnThread() -> DispatchTimeoutResult { semaphore.wait(timeout: .now() + 10) }
  }

  @Test("the server of a caller can be drained")
  func drained() async throws {
    let server = EventServer(Self.router, port: 0)
    try await withEventServer(server) { address in
      let reader = try await RawConnection.connect(port: address.port)
      // Answered, so accepted: what still waits in the kernel's queue is reset when the server stops listening.
      try await reader.write("GET /none HTTP/1.1\r\nHost: test\r\n\r\n")
      try await reader.read(through: "\r\n\r\n")
      server.drain()
      let ending = try await reader.ending()
      #expect(ending == .endOfFile)
    }
  }

  @Test("a server that cannot listen is an error at once")
  func cannotListen() async throws {
    let other = try RawListener()
    await #expect(throws: EventServerError.addressInUse(address: "127.0.0.1:\(other.port)")) {
      try await withEventServer(EventServer(Self.router, port: other.port)) { _ in }
    }
  }
}

extension RawConnection {
  fileprivate static func get(_ path: String, at baseURL: URL) async throws -> RawConnection {
    let connection = try await connect(port: baseURL.port ?? 0)
    try await connection.write("GET \(path) HTTP/1.1\r\nHost: test\r\n\r\n")
    return connection
  }
}
