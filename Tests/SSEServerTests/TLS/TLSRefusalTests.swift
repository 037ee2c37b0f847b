import Foundation
import SSEServer
import SSESockets
import SSETestSupport
import SSETesting
import Testing

@Suite("S59: what a server refuses on its TLS port", .timeLimit(.minutes(1)))
struct TLSRefusalTests {
  init() async throws { try await TestCertificates.prepare() }

  /// A server with a reader of its topic, who is served on while `body` does what it does.
  private static func withReader(
    requestTime: Duration = .seconds(10),
    _ body: (_ port: Int, _ log: Recorder<String>) async throws -> Void
  ) async throws {
    let log = Recorder<String>()
    let topic = Topic()
    var router = Router()
    router.events("/", from: topic)
    let configuration = try EventServerConfiguration.secure {
      $0.log = { log.note("\($0)") }
      $0.limits.requestTime = requestTime
    }
    try await withEventServer(router, timeLimit: .seconds(30), configuration: configuration) { baseURL in
      let port = baseURL.port ?? 0
      let reader = try await SecureConnection.get("/", port: port)
      _ = try await reader.readHead()
      try await body(port, log)
      try await topic.publish(ServerSentEvent(data: "still here"))
      try await reader.read(through: "data: still here\n\n")
    }
  }

  @Test("S59: a plain request is answered with 400 that says so, and closed")
  func plainRequest() async throws {
    try await Self.withReader { port, log in
      let connection = try await RawConnection.connect(port: port)
      try await connection.write(request("GET", "/"))
      let response = try await connection.nextResponse()
      #expect(response.status == 400)
      #expect(response.body == #"{"error":"this port speaks https, not http"}"#)
      #expect(try await connection.readToEnd() == "")
      #expect(log.values.contains { $0.contains("this port speaks https") })
    }
  }

  @Test(
    "S59: what is neither TLS nor HTTP is closed without an answer",
    arguments: ["\u{0}\u{1}\u{2}\u{3}\r\n", "ssh-2.0\r\n"])
  func otherProtocol(text: String) async throws {
    try await Self.withReader { port, log in
      let connection = try await RawConnection.connect(port: port)
      try await connection.write(text)
      #expect(try await connection.readToEnd() == "")
      #expect(log.values.contains { $0.contains("does not speak TLS") })
    }
  }

  @Test("S59: a handshake that stalls is closed when a request's time is over", arguments: [0, 1, 100])
  func stalledHandshake(length: Int) async throws {
    // Long enough for the handshake of the reader, also where all tests begin at once.
    try await Self.withReader(requestTime: .seconds(4)) { port, _ in
      let connection = try await SecureConnection.connect(port: port, shakesHands: false)
      try await connection.raw.write(Array(connection.hello().prefix(length)))
      #expect(try await connection.raw.readToEnd() == "")
    }
  }

  @Test("S52: a connection over the limit that never shakes hands is closed all the same, and its place is another's")
  func silentBeyondLimit() async throws {
    let configuration = try EventServerConfiguration.secure { $0.limits.connections = 0 }
    // Less than the time after which a reader that takes nothing is dropped.
    try await withEventServer(Router(), timeLimit: .seconds(30), configuration: configuration) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      #expect(try await connection.readToEnd() == "")
    }
  }

  @Test("S59: a broken record ends its connection with an alert, and is logged")
  func brokenRecord() async throws {
    try await Self.withReader { port, log in
      let connection = try await SecureConnection.connect(port: port)
      var record = connection.encrypted(request("GET", "/"))
      record[record.count - 1] ^= 1
      try await connection.raw.write(record)
      let error = await #expect(throws: SecureConnection.Ended.self) { _ = try await connection.readToEnd() }
      #expect(error?.phase == .failed(.refusedByPeer(TLSAlert(number: 20))), "bad_record_mac")
      try await log.first { $0.contains("no secure connection from 127.0.0.1") }
    }
  }
}
