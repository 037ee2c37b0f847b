import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Synchronization
import Testing

/// Rows with a bound of time: one suite that runs alone.
@Suite("An event stream, by the clock", .serialized)
struct StreamTimingTests {
  static let atOnce: Duration = .milliseconds(250)

  /// How long `body` takes.
  private func time(_ body: () async throws -> Void) async rethrows -> Duration {
    try await ContinuousClock().measure(body)
  }

  @Test("S1: a handler's head leaves after one second at the latest")
  func headDelay() async throws {
    var router = Router()
    router.events("/") { _, _ in try await Task.sleep(for: .seconds(3_600), clock: .eventLoop) }
    try await withEventServer(router) { baseURL in
      let reader = try await RawConnection.get("/", at: baseURL)
      let duration = try await time { _ = try await reader.readHead() }
      #expect((.milliseconds(900)...(.milliseconds(1_250))).contains(duration))
    }
  }

  @Test("S1: the heads of a returned sequence and of a topic leave at once", arguments: ["/ticks", "/topic"])
  func headAtOnce(path: String) async throws {
    var router = Router()
    router.events("/ticks") { _ in AsyncStream<ServerSentEvent> { _ in } }
    router.events("/topic", from: Topic())
    try await withEventServer(router) { baseURL in
      let duration = try await time { _ = try await RawConnection.get(path, at: baseURL).readHead() }
      #expect(duration < Self.atOnce)
    }
  }

  @Test("S4: an event leaves at once")
  func eventAtOnce() async throws {
    let sent = Mutex(ContinuousClock.now)
    var router = Router()
    router.events("/") { _, events in
      try await events.flush()
      for index in 0..<5 {
        try await Task.sleep(for: .milliseconds(30), clock: .eventLoop)
        sent.withLock { $0 = .now }
        try await events.send("\(index)")
      }
    }
    try await withEventServer(router) { baseURL in
      let reader = try await RawConnection.get("/", at: baseURL)
      for index in 0..<5 {
        try await reader.read(through: "data: \(index)\n\n")
        let delay = sent.withLock { $0.duration(to: .now) }
        #expect(delay < .milliseconds(25), "event \(index)")
      }
    }
  }

  @Test("S4: an event leaves at once, also through a proxy without TCP_NODELAY")
  func eventThroughProxy() async throws {
    let sent = Mutex(ContinuousClock.now)
    var router = Router()
    router.events("/") { _, events in
      for index in 0..<5 {
        sent.withLock { $0 = .now }
        // Two small events in a row: the second is what Nagle's algorithm holds back.
        try await events.send("\(index)")
        try await events.send("\(index) again")
        try await Task.sleep(for: .milliseconds(100), clock: .eventLoop)
      }
    }
    try await withEventServer(router) { baseURL in
      let listener = try RawListener()
      let reader = try await RawConnection.get("/", at: try #require(URL(string: listener.url)))
      let front = try await listener.accept()
      front.setNoDelay(false)
      let back = try await RawConnection.get("/", at: baseURL, headers: "Connection: close\r\n")
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          while let bytes = try await back.receive() { try await front.write(bytes) }
        }
        for index in 0..<5 {
          try await reader.read(through: "data: \(index) again\n\n")
          let delay = sent.withLock { $0.duration(to: .now) }
          #expect(delay < Self.atOnce, "event \(index)")
        }
        try await group.waitForAll()
      }
    }
  }

  @Test("S4b: with 20 ms of work between ten sends, without another await, each arrives before the next is sent")
  func workBetweenSends() async throws {
    let sent = Recorder<ContinuousClock.Instant>()
    var router = Router()
    router.events("/") { _, events in
      for index in 0..<10 {
        try await events.send("\(index)")
        sent.note(.now)
        let end = ContinuousClock.now + .milliseconds(20)
        while ContinuousClock.now < end {}
      }
    }
    var configuration = EventServerConfiguration()
    configuration.log = { _ in }
    try await withEventServer(router, configuration: configuration) { baseURL in
      let reader = try await RawConnection.get("/", at: baseURL)
      var received: [ContinuousClock.Instant] = []
      for index in 0..<10 {
        try await reader.read(through: "data: \(index)\n\n")
        received.append(.now)
      }
      let next = sent.values.dropFirst()
      #expect(zip(received, next).allSatisfy { $0 < $1 })
    }
  }

  @Test("S6: an idle stream gets a comment each interval, without keep-alive none", arguments: ["/handler", "/topic"])
  func keepAlive(path: String) async throws {
    var router = Router()
    router.events("/handler") { _, events in
      try await events.flush()
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    router.events("/topic", from: Topic())
    var configuration = EventServerConfiguration()
    configuration.keepAlive = .milliseconds(200)
    try await withEventServer(router, configuration: configuration) { baseURL in
      let reader = try await RawConnection.get(path, at: baseURL)
      _ = try await reader.readHead()
      let duration = try await time {
        for _ in 0..<5 { try await reader.read(through: "3\r\n:\n\n\r\n") }
      }
      #expect((.milliseconds(900)...(.milliseconds(1_700))).contains(duration))
    }
    configuration.keepAlive = nil
    try await withEventServer(router, configuration: configuration) { baseURL in
      let reader = try await RawConnection.get(path, at: baseURL)
      _ = try await reader.readHead()
      let more = try await reader.received(within: 400)
      #expect(more == "")
    }
  }

  @Test("S9: the handler is cancelled at once", arguments: ReaderTests.Waiting.allCases, ReaderTests.Leaving.allCases)
  func leaves(_ waiting: ReaderTests.Waiting, _ leaving: ReaderTests.Leaving) async throws {
    let notes = Recorder<String>()
    try await withEventServer(ReaderTests.router(waiting, notes)) { baseURL in
      let reader = try await RawConnection.get("/", at: baseURL)
      try await reader.read(through: "data: hello\n\n")
      try await notes.wait(for: "waits")
      let duration = try await time {
        leaving.leave(reader)
        try await notes.wait(for: "returned")
      }
      #expect(duration < Self.atOnce)
    }
  }

  @Test("S50b: run() returns within a second of the last handler's return")
  func runReturns() async throws {
    var router = Router()
    let returned = Recorder<ContinuousClock.Instant>()
    router.events("/") { _, events in
      defer { returned.note(.now) }
      try await events.send(String(repeating: "x", count: 5_000_000))
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    for isDrained in [true, false] {
      var configuration = EventServerConfiguration()
      configuration.gracePeriod = .milliseconds(100)
      try await withRunningServer(EventServer(router, port: 0, configuration: configuration)) { running in
        // It reads nothing, so that bytes wait for it.
        let reader = try await running.get("/")
        try await eventually("the handler runs") { await !running.server.connections().isEmpty }
        if isDrained { running.server.drain() } else { running.cancel() }
        let end = try await running.end()
        let last = try #require(returned.values.last)
        #expect(last.duration(to: end) < .seconds(1))
        reader.close()
      }
    }
  }
}
