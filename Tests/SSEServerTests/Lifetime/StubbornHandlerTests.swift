import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

/// Handlers that do not look for their cancellation, and peers that take their time.
@Suite("What a handler does must not hold the server", .timeLimit(.minutes(1)))
struct StubbornHandlerTests {
  /// Sends for ever, whatever happens, until `send` throws.
  private static func router(_ returned: Recorder<String>) -> Router {
    var router = Router()
    router.events("/forever") { _, events in
      defer { returned.note("handler") }
      while true { try await events.send(String(repeating: "x", count: 10_000)) }
    }
    router.get("/alive") { _ in .text("alive") }
    return router
  }

  private static var oneLoop: EventServerConfiguration {
    var configuration = EventServerConfiguration()
    configuration.loopCount = 1
    return configuration
  }

  @Test(
    "S50b: a handler that only sends ends with the server, whether its reader reads or not", arguments: [true, false])
  func endlessSender(readerReads: Bool) async throws {
    let returned = Recorder<String>()
    let server = EventServer(Self.router(returned), port: 0, configuration: Self.oneLoop)
    try await withRunningServer(server) { running in
      let reader = try await running.get("/forever")
      try await reader.read(through: "xxx")
      async let rest = readerReads ? reader.readToEnd() : ""
      running.cancel()
      try await returned.wait(for: "handler")
      try await running.end()
      _ = try await rest
      reader.close()
    }
  }

  @Test("A cancelled child that sends to a reader that does not read throws, and its loop goes on")
  func cancelledChild() async throws {
    let failures = Recorder<String>()
    var router = Self.router(Recorder())
    router.events("/child") { _, events in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          do {
            while true { try await events.send(String(repeating: "x", count: 10_000)) }
          } catch {
            failures.note("\(type(of: error))")
          }
        }
        try await Task.sleep(for: .milliseconds(50), clock: .eventLoop)
        group.cancelAll()
      }
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    try await withEventServer(router, configuration: Self.oneLoop) { baseURL in
      let reader = try await RawConnection.get("/child", at: baseURL, receiveBuffer: 4_096)
      _ = try await reader.readHead()
      try await failures.wait(for: "CancellationError")
      let other = try await RawConnection.get("/alive", at: baseURL)
      try await other.read(through: "alive")
      reader.close()
    }
  }

  @Test("However many tasks send, no more than the buffer and one event wait (S15)")
  func manySenders() async throws {
    let sent = Recorder<Int>()
    var router = Router()
    router.events("/") { _, events in
      try await withThrowingDiscardingTaskGroup { group in
        for index in 0..<500 {
          group.addTask {
            try await events.send(String(repeating: "x", count: 60_000))
            sent.note(index)
          }
        }
      }
    }
    try await withEventServer(router, timeLimit: .seconds(30)) { baseURL in
      let reader = try await RawConnection.get("/", at: baseURL, receiveBuffer: 65_536)
      _ = try await reader.readHead()
      try await standstill(of: sent)
      // Both kernels' buffers, not the 30 MB of all.
      #expect(sent.count * 60_000 < 8_000_000)
      let body = try await reader.readChunkedRest()
      #expect(RawStream(head: "", body: body).chunks?.count == 501)
    }
  }

  @Test("An event over the limit is a typed error, and nothing is written")
  func eventLimit() async throws {
    var configuration = EventServerConfiguration()
    configuration.limits.event = 10
    let errors = Recorder<EventStreamError>()
    var router = Router()
    router.events("/") { _, events in
      do { try await events.send("12345678901") } catch let error as EventStreamError { errors.note(error) }
      try await events.send("1234567890")
    }
    try await withEventServer(router, configuration: configuration) { baseURL in
      let response = try await RawConnection.get("/", at: baseURL).readThroughLastChunk()
      #expect(response.chunks == ["data: 1234567890\n\n", ""])
      #expect(errors.values == [.eventTooLarge(limit: 10)])
    }
  }

  @Test("S50: a reader that takes nothing of a plain answer does not hold the drain for the grace period")
  func slowPlainReader() async throws {
    var configuration = EventServerConfiguration()
    configuration.gracePeriod = .seconds(30)
    let bytes = [UInt8](repeating: 120, count: 20_000_000)
    let asked = Recorder<Bool>()
    var router = Router()
    router.get("/big") { _ in
      asked.note(true)
      return Response(bytes: bytes)
    }
    try await withRunningServer(EventServer(router, port: 0, configuration: configuration)) { running in
      let reader = try await running.get("/big")
      try await asked.wait(for: true)
      try await reader.read(through: "xxx")
      running.server.drain()
      try await running.end(within: .seconds(5))
      reader.close()
    }
  }

  @Test("S50: a request whose head ends after the drain has begun is not answered")
  func lateHead() async throws {
    let notes = Recorder<String>()
    var router = Router()
    router.events("/handler") { _, events in
      try await events.send("hello")
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    router.get("/late") { _ in
      notes.note("late")
      return .text("late")
    }
    let server = EventServer(router, port: 0, configuration: Self.oneLoop)
    try await withRunningServer(server) { running in
      let reader = try await running.get("/handler")
      try await reader.read(through: "hello")
      let late = try await RawConnection.connect(port: running.address.port)
      try await late.write("GET /late HTTP/1.1\r\n")
      try await eventually("both are open") { await running.server.connections().count == 2 }
      running.server.drain()
      // Where it has been closed already nothing more can be written to it.
      try? await late.write("Host: test\r\n\r\n")
      let answer = (try? await late.readToEnd()) ?? ""  // A reset is an end too.
      #expect(answer == "")
      #expect(notes.count == 0)
      reader.close()
    }
  }

  @Test("A plain handler that the server cancels answers 503, and is not blamed")
  func cancelledPlainHandler() async throws {
    let log = Recorder<String>()
    var configuration = EventServerConfiguration()
    configuration.gracePeriod = .zero
    configuration.log = { log.note("\($0)") }
    let asked = Recorder<Bool>()
    var router = Router()
    router.get("/slow") { _ in
      asked.note(true)
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
      return .text("never")
    }
    try await withRunningServer(EventServer(router, port: 0, configuration: configuration)) { running in
      let connection = try await running.get("/slow")
      try await asked.wait(for: true)
      running.server.drain()
      let head = try await connection.readHead()
      #expect(head.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
      #expect(head.contains("Connection: close\r\n"))
      try await running.end()
      #expect(log.values.filter { $0.contains("failed") } == [])
    }
  }

  @Test("S50b: what the server says last arrives, although the reader's body was not read")
  func unreadBody() async throws {
    var router = Router()
    router.events("/post", method: .post) { _, events in
      try await events.send("hello")
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    try await withRunningServer(EventServer(router, port: 0)) { running in
      let connection = try await RawConnection.connect(port: running.address.port)
      try await connection.write("POST /post HTTP/1.1\r\nHost: test\r\nContent-Length: 100000\r\n\r\n")
      try await connection.write([UInt8](repeating: 120, count: 100_000))
      try await connection.read(through: "data: hello\n\n")
      running.cancel()
      try await connection.read(through: "retry: ")
      let ending = try await connection.ending()
      #expect(ending == .endOfFile)
    }
  }
}
