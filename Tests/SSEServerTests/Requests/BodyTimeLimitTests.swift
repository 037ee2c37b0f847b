import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite("A handler that waits for a body only so long", .timeLimit(.minutes(1)))
struct BodyTimeLimitTests {
  /// Waits for the body in a child task that is cancelled.
  private static func giveUp(on request: Request) async throws {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { _ = try? await request.body() }  // Cancelled below.
      group.cancelAll()
    }
  }

  @Test("can still answer, and the connection is closed then")
  func answers() async throws {
    var router = Router()
    router.post("/") { request in
      try await Self.giveUp(on: request)
      throw HTTPStatus.requestTimeout
    }
    try await withEventServer(router) { baseURL in
      let connection = try await RawConnection.connect(port: baseURL.port ?? 0)
      try await connection.write("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n")
      let head = try await connection.readHead()
      #expect(head.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
      #expect(head.contains("Connection: close\r\n"))
    }
  }

  @Test("can still stream, and hears of the leave")
  func streams() async throws {
    let notes = Recorder<String>()
    var router = Router()
    router.events("/", method: .post) { request, events in
      try await Self.giveUp(on: request)
      try await events.send("without it")
      await withTaskCancellationHandler {
        do { try await Task.sleep(for: .seconds(3_600), clock: .eventLoop) } catch {}  // The reader's leave.
      } onCancel: {
        notes.note("cancelled")
      }
    }
    try await withEventServer(router) { baseURL in
      let connection = try await RawConnection.connect(port: baseURL.port ?? 0)
      try await connection.write("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n")
      try await connection.read(through: "data: without it\n\n")
      connection.close()
      try await notes.wait(for: "cancelled")
    }
  }

  @Test("A refusal does not wait for the body that it refuses")
  func refusal() async throws {
    var router = Router()
    router.use { _, _ in throw HTTPStatus.unauthorized }
    router.post("/") { _ in .text("never") }
    try await withEventServer(router) { baseURL in
      let connection = try await RawConnection.connect(port: baseURL.port ?? 0)
      try await connection.write("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\n")
      let head = try await connection.readHead()
      #expect(head.hasPrefix("HTTP/1.1 401 Unauthorized\r\n"))
      #expect(head.contains("Connection: close\r\n"))
    }
  }
}
