import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite("Middleware runs in a task of its own")
struct MiddlewareTaskTests {
  @Test("it is cancelled when the server ends, and its request answered with 503 and the fields of every answer")
  func cancelled() async throws {
    let waits = Recorder<String>()
    var router = Router()
    router.defaultHeaders = ["X-Default": "yes"]
    router.use { request, next in
      waits.note(request.path)
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
      return try await next(request)
    }
    let log = Recorder<EventServerLogEntry>()
    var configuration = EventServerConfiguration()
    configuration.log = { log.note($0) }
    let server = EventServer(router, port: 0, configuration: configuration)
    try await withRunningServer(server) { running in
      let connection = try await running.get("/")
      _ = try await waits.first { _ in true }
      running.cancel()
      let response = try await connection.nextResponse()
      #expect(response.status == 503)
      #expect(response["X-Default"] == "yes")
      try await running.end()
    }
    #expect(log.faults.map(\.description) == [])
  }

  @Test("requests of a connection, and of many, are answered in their order")
  func order() async throws {
    var router = Router()
    router.use { request, next in
      await Task.yield()
      return try await next(request)
    }
    router.get("/:number") { request in .text(try request.parameter("number")) }
    router.post("/") { request in .text(try await request.text()) }
    try await withEventServer(router) { baseURL in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<20 {
          group.addTask {
            let connection = try await RawConnection.connect(to: baseURL)
            let post = request("POST", "/", "Content-Length: 4\r\n", body: "body")
            try await connection.write((0..<10).map { request("GET", "/\($0)") + post }.joined())
            for number in 0..<10 {
              let answer = try await connection.nextResponse()
              #expect(answer.body == "\(number)")
              let posted = try await connection.nextResponse()
              #expect(posted.body == "body")
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test("a request that was read before the server drains is still answered")
  func draining() async throws {
    let mayGoOn = Gate()
    let waits = Recorder<String>()
    var router = Router()
    router.use { request, next in
      waits.note(request.path)
      try await mayGoOn.wait()
      return try await next(request)
    }
    router.get("/") { _ in .text("hello") }
    let server = EventServer(router, port: 0)
    try await withRunningServer(server) { running in
      let connection = try await running.get("/")
      _ = try await waits.first { _ in true }
      server.drain()
      mayGoOn.open()
      let response = try await connection.nextResponse()
      #expect(response.body == "hello")
      #expect(response["Connection"] == "close")
      try await running.end()
    }
  }

  @Test("S57: middleware that blocks its loop is named by its request")
  func blocking() async throws {
    let log = Recorder<EventServerLogEntry>()
    var configuration = EventServerConfiguration()
    configuration.log = { log.note($0) }
    var router = Router()
    router.use { request, next in
      blockThread()
      return try await next(request)
    }
    router.get("/slow") { _ in .text("hello") }
    try await withEventServer(router, configuration: configuration) { baseURL in
      let response = try await exchange(baseURL, request("GET", "/slow"))
      #expect(response.status == 200)
      try await eventually("it is reported") {
        log.values.contains { if case .loopBlocked("GET /slow", _) = $0 { true } else { false } }
      }
    }
  }
}

/// What is tested: work that holds its thread.
private func blockThread() { Thread.sleep(forTimeInterval: 0.2) }
