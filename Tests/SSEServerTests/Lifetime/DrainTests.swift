import SSEServer
import SSESockets
import SSETestSupport
import Testing

/// The reconnection time that a farewell gave: the block "retry: N" and what it stands in.
private func farewell(in chunk: String?) -> Int? {
  guard let chunk, chunk.hasPrefix("retry: "), chunk.hasSuffix("\n\n") else { return nil }
  return Int(chunk.dropFirst("retry: ".count).dropLast(2))
}

@Suite("S50: draining a server")
struct DrainTests {
  @Test(
    "S50: handlers go on until they return; no new connection, no further request; then run() returns",
    arguments: PollerKind.allCases)
  func handlersGoOn(_ poller: PollerKind) async throws {
    let (steps, step) = AsyncStream.makeStream(of: Void.self)
    var router = Router()
    router.events("/") { _, events in
      try await events.send("before")
      for await _ in steps { try await events.send("after") }
    }
    let configuration = EventServerConfiguration(poller: poller)
    try await withRunningServer(EventServer(router, port: 0, configuration: configuration)) { running in
      let reader = try await running.get("/")
      try await reader.read(through: "data: before\n\n")
      running.server.drain()
      try await eventually("new connections are refused") {
        do {
          _ = try await RawConnection.connect(port: running.address.port)
          return false
        } catch {
          return true
        }
      }
      step.yield()
      try await reader.read(through: "data: after\n\n")
      #expect(!running.hasEnded)
      step.finish()
      try await reader.read(through: "0\r\n\r\n")
      let ending = try await reader.ending()
      #expect(ending == .endOfFile)
      try await running.end()
    }
  }

  @Test(
    "S50: when the grace period is over handlers are cancelled: retry, and no last chunk",
    arguments: PollerKind.allCases)
  func gracePeriod(_ poller: PollerKind) async throws {
    var configuration = EventServerConfiguration(poller: poller)
    configuration.gracePeriod = .milliseconds(50)
    var router = Router()
    router.events("/") { _, events in
      try await events.send("hello")
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    try await withRunningServer(EventServer(router, port: 0, configuration: configuration)) { running in
      let reader = try await running.get("/")
      try await reader.read(through: "data: hello\n\n\r\n")
      running.server.drain()
      let chunks = RawStream(head: "", body: try await reader.readToEnd()).chunks
      let retry = try #require(farewell(in: chunks?.first))
      #expect((3_000...13_000).contains(retry))
      #expect(chunks?.count == 1)
      try await running.end()
    }
  }

  @Test("S50: a handler that returns normally after its cancellation is cut all the same")
  func returnsNormally() async throws {
    var configuration = EventServerConfiguration()
    configuration.gracePeriod = .zero
    var router = Router()
    router.events("/") { _, events in
      try await events.send("hello")
      do { try await Task.sleep(for: .seconds(3_600), clock: .eventLoop) } catch {}  // Returns as if all were said.
    }
    try await withRunningServer(EventServer(router, port: 0, configuration: configuration)) { running in
      let reader = try await running.get("/")
      try await reader.read(through: "data: hello\n\n\r\n")
      running.server.drain()
      let chunks = RawStream(head: "", body: try await reader.readToEnd()).chunks
      #expect(farewell(in: chunks?.first) != nil)
      #expect(chunks?.count == 1)
    }
  }

  @Test("S50: topic readers get a reconnection time of their own and the last chunk, at once")
  func topicReaders() async throws {
    var router = Router()
    let topic = Topic()
    router.events("/news", from: topic)
    try await withRunningServer(EventServer(router, port: 0)) { running in
      var readers: [RawConnection] = []
      for _ in 0..<20 {
        let reader = try await running.get("/news")
        _ = try await reader.readHead()
        readers.append(reader)
      }
      running.server.drain()
      var retries: Set<Int> = []
      for reader in readers {
        let chunks = RawStream(head: "", body: try await reader.readToEnd()).chunks
        let retry = try #require(farewell(in: chunks?.first))
        #expect((3_000...13_000).contains(retry))
        #expect(chunks?.last == "")
        retries.insert(retry)
      }
      #expect(retries.count > 10)
      try await running.end()
    }
  }

  @Test("S50: idle connections are closed, those that no request came on too")
  func idleConnections() async throws {
    var router = Router()
    router.get("/") { _ in .text("hello") }
    try await withRunningServer(EventServer(router, port: 0)) { running in
      let kept = try await running.get("/")
      try await kept.read(through: "hello")
      let silent = try await RawConnection.connect(port: running.address.port)
      try await eventually("both are open") { await running.server.connections().count == 2 }
      running.server.drain()
      let endings = try await (kept.ending(), silent.ending())
      #expect(endings == (.endOfFile, .endOfFile))
      try await running.end()
    }
  }

  @Test("S50: a reader that takes nothing does not hold up the end")
  func slowReader() async throws {
    let sent = Recorder<Int>()
    var router = Router()
    router.events("/") { _, events in
      var index = 0
      while !Task.isCancelled {
        try await events.send(String(repeating: "x", count: 10_000))
        sent.note(index)
        index += 1
      }
    }
    var configuration = EventServerConfiguration()
    configuration.gracePeriod = .zero
    try await withRunningServer(EventServer(router, port: 0, configuration: configuration)) { running in
      let reader = try await running.get("/")
      try await sent.first { $0 > 10 }
      running.server.drain()
      try await running.end()
      reader.close()
    }
  }

  @Test("S50: a server that is drained before it runs returns at once, and has not listened", .timeLimit(.minutes(1)))
  func drainedBefore() async throws {
    let server = EventServer(Router(), port: 0)
    server.drain()
    let addresses = Recorder<EventServer.Address>()
    try await server.run { addresses.note($0) }
    #expect(addresses.count == 0)
    await #expect(throws: EventServerError.alreadyRun) { try await server.run() }
  }

  @Test("S50: a drain is never missed, whenever it comes", .timeLimit(.minutes(1)))
  func drainedMeanwhile() async throws {
    for _ in 0..<50 {
      let server = EventServer(Router(), port: 0)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        group.addTask { server.drain() }
        try await group.waitForAll()
      }
    }
  }

  @Test("Draining after a run does nothing; a server runs once")
  func outsideOfARun() async throws {
    let server = EventServer(Router(), port: 0)
    try await withRunningServer(server) { running in
      await #expect(throws: EventServerError.alreadyRun) { try await server.run() }
      server.drain()
      try await running.end()
    }
    server.drain()
    await #expect(throws: EventServerError.alreadyRun) { try await server.run() }
  }
}

@Suite("S50b: cancelling the task that runs a server")
struct CancelTests {
  @Test(
    "S50b: topic readers get retry and the last chunk, handlers' streams retry and none",
    arguments: PollerKind.allCases)
  func readers(_ poller: PollerKind) async throws {
    let notes = Recorder<String>()
    var router = Router()
    router.events("/news", from: Topic())
    router.events("/handler") { _, events in
      try await events.send("hello")
      await withTaskCancellationHandler {
        do { try await Task.sleep(for: .seconds(3_600), clock: .eventLoop) } catch { notes.note("woken") }
      } onCancel: {
        notes.note("cancelled")
      }
    }
    let configuration = EventServerConfiguration(poller: poller)
    try await withRunningServer(EventServer(router, port: 0, configuration: configuration)) { running in
      let topicReader = try await running.get("/news")
      _ = try await topicReader.readHead()
      let handlerReader = try await running.get("/handler")
      try await handlerReader.read(through: "data: hello\n\n\r\n")
      running.cancel()
      let topicChunks = RawStream(head: "", body: try await topicReader.readToEnd()).chunks
      #expect(farewell(in: topicChunks?.first) != nil)
      #expect(topicChunks?.last == "")
      let handlerChunks = RawStream(head: "", body: try await handlerReader.readToEnd()).chunks
      #expect(farewell(in: handlerChunks?.first) != nil)
      #expect(handlerChunks?.count == 1)
      #expect(notes.values.sorted() == ["cancelled", "woken"])
      try await running.end()
    }
  }

  @Test("S50b: a handler that does not return is named in the log, and run() waits for it")
  func stubbornHandler() async throws {
    let log = Recorder<String>()
    let (release, releaser) = AsyncStream.makeStream(of: Void.self)
    var configuration = EventServerConfiguration()
    configuration.log = { log.note("\($0)") }
    var router = Router()
    router.events("/stubborn") { _, events in
      try await events.send("hello")
      // A task of its own, so that this handler's cancellation does not reach the wait.
      await Task { for await _ in release {} }.value
    }
    try await withRunningServer(EventServer(router, port: 0, configuration: configuration)) { running in
      let reader = try await running.get("/stubborn")
      try await reader.read(through: "data: hello\n\n")
      running.cancel()
      try await log.first { $0.contains("GET /stubborn") && $0.contains("has not returned") }
      #expect(!running.hasEnded)
      releaser.finish()
      try await running.end()
    }
  }

  @Test("A server whose task is cancelled before it runs returns")
  func cancelledBefore() async throws {
    let server = EventServer(Router(), port: 0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      group.cancelAll()
      try await group.waitForAll()
    }
  }
}
