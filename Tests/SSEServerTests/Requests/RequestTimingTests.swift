import SSETestSupport
import SSETesting
import Testing

@testable import SSEServer

/// Requesters that take their time.
@Suite struct RequestTimingTests {
  /// Writes a byte at a time, 20 ms apart, until an answer comes or `count` bytes were sent.
  private func dribble(_ count: Int, to connection: RawConnection) async throws -> String {
    for _ in 0..<count {
      do { try await connection.write("a") } catch RawConnection.Failure.system {
        return try await connection.received(within: 1_000)
      }
      let answer = try await connection.received(within: 20)
      if !answer.isEmpty { return answer }
    }
    return ""
  }

  @Test("S33: a head that comes a byte at a time is answered with 408 when its time is over, and the connection closes")
  func slowHead() async throws {
    var configuration = EventServerConfiguration()
    configuration.log = { _ in }
    configuration.limits.requestTime = .seconds(1)
    try await withEventServer(Router(), timeLimit: .seconds(30), configuration: configuration) { baseURL in
      let start = ContinuousClock.now
      let connection = try await RawConnection.connect(to: baseURL)
      try await connection.write("GET /")
      let answer = try await dribble(400, to: connection)
      #expect(answer.hasPrefix("HTTP/1.1 408 "))
      #expect(answer.contains("Connection: close\r\n"))
      #expect(ContinuousClock.now - start >= .milliseconds(990))
      #expect(try await connection.readToEnd() == "")
    }
  }

  @Test("S33: the second head of a connection has the same time, from its first byte")
  func slowSecondHead() async throws {
    var configuration = EventServerConfiguration()
    configuration.log = { _ in }
    configuration.limits.requestTime = .seconds(1)
    try await withEventServer(Router(), timeLimit: .seconds(30), configuration: configuration) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      try await connection.write(request("GET", "/"))
      #expect(try await connection.nextResponse().status == 404)
      // Longer than a head may take: nothing of it has come.
      #expect(try await connection.received(within: 1_100) == "")
      try await connection.write("GET /")
      #expect(try await dribble(400, to: connection).hasPrefix("HTTP/1.1 408 "))
    }
  }

  @Test("S33: a new connection that says nothing is closed without an answer")
  func silentConnection() async throws {
    var configuration = EventServerConfiguration()
    configuration.limits.requestTime = .seconds(1)
    try await withEventServer(Router(), timeLimit: .seconds(30), configuration: configuration) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      #expect(try await connection.readToEnd() == "")
    }
  }

  @Test("a body that stops is answered with 408, and the connection closes")
  func stoppedBody() async throws {
    var configuration = EventServerConfiguration()
    configuration.limits.requestTime = .seconds(1)
    try await withEventServer(echo, timeLimit: .seconds(30), configuration: configuration) { baseURL in
      let (response, rest) = try await exchangeUntilClosed(
        baseURL, request("POST", "/echo", "Content-Length: 10\r\n", body: "hello"))
      #expect(response.status == 408)
      #expect(response["Connection"] == "close")
      #expect(rest == "")
    }
  }

  @Test("a body that comes a byte at a time is not waited for without end", arguments: ["/echo", "/ignore"])
  func slowBody(_ path: String) async throws {
    var configuration = EventServerConfiguration()
    configuration.limits.requestTime = .seconds(1)
    try await withEventServer(echo, timeLimit: .seconds(30), configuration: configuration) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      try await connection.write(request("POST", path, "Content-Length: 100000\r\n"))
      let answer = try await dribble(200, to: connection)
      #expect(answer.hasPrefix(path == "/echo" ? "HTTP/1.1 408 " : "HTTP/1.1 200 "))
      #expect(answer.contains("Connection: close\r\n"))
      #expect(try await connection.readToEnd() == "")
    }
  }

  @Test("a body has `requestTime` for each part, and beyond it as long as its bytes take at the lowest rate")
  func pace() {
    var limits = EventServerLimits()
    limits.requestTime = .seconds(10)
    limits.requestBodyRate = 500
    let second: UInt64 = 1_000_000_000
    let pace = BodyPace(start: 100 * second, limits: limits)
    #expect(pace.timeLeft(now: 100 * second, received: 0) == .seconds(10))
    #expect(pace.timeLeft(now: 109 * second, received: 0) == .seconds(1))
    #expect(pace.timeLeft(now: 109 * second, received: 1_000) == .seconds(3))
    #expect(pace.timeLeft(now: 109 * second, received: 500_000) == .seconds(10))
    #expect(pace.timeLeft(now: 1_100 * second, received: 499_999) == .milliseconds(9_998))
    #expect(pace.timeLeft(now: 110 * second, received: 0) == .zero)
    #expect(pace.timeLeft(now: 200 * second, received: 100) == .zero)
    limits.requestBodyRate = 0
    #expect(BodyPace(start: 0, limits: limits).timeLeft(now: 900 * second, received: 0) == .seconds(10))
  }

  @Test("S34: a kept connection that is idle over its limit is closed")
  func idleConnection() async throws {
    var configuration = EventServerConfiguration()
    configuration.limits.idleKeepAlive = .milliseconds(200)
    try await withEventServer(echo, timeLimit: .seconds(30), configuration: configuration) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      try await connection.write(request("GET", "/hello"))
      #expect(try await connection.nextResponse()["Connection"] == "keep-alive")
      let start = ContinuousClock.now
      #expect(try await connection.readToEnd() == "")
      #expect(ContinuousClock.now - start < .seconds(5))
    }
  }

  @Test("S34: the last request of a connection is answered with Connection: close")
  func lastRequest() async throws {
    var configuration = EventServerConfiguration()
    configuration.limits.requestsPerConnection = 3
    try await withEventServer(echo, timeLimit: .seconds(30), configuration: configuration) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      try await connection.write(String(repeating: request("GET", "/hello"), count: 5))
      for connectionField in ["keep-alive", "keep-alive", "close"] {
        let response = try await connection.nextResponse()
        #expect(response.status == 200)
        #expect(response["Connection"] == connectionField)
      }
      #expect(try await connection.readToEnd() == "")
    }
  }

  private var echo: Router {
    var router = Router()
    router.get("/hello") { _ in .text("hello") }
    router.post("/echo") { request in .text(try await request.text()) }
    router.post("/ignore") { _ in .text("ignored") }
    return router
  }
}
