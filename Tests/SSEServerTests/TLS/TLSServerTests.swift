import Foundation
import SSEClient
import SSEServer
import SSESockets
import SSETestSupport
import SSETesting
import Testing

@Suite("A server over TLS", .timeLimit(.minutes(1)))
struct TLSServerTests {
  init() async throws { try await TestCertificates.prepare() }

  private static func withServer(
    _ router: Router, _ configuration: EventServerConfiguration, _ body: (Int) async throws -> Void
  ) async throws {
    try await withEventServer(router, timeLimit: .seconds(30), configuration: configuration) { baseURL in
      #expect(baseURL.scheme == "https")
      try await body(baseURL.port ?? 0)
    }
  }

  private static var client: EventClient {
    get throws {
      var configuration = EventClientConfiguration()
      configuration.proxy = .none
      configuration.tls.trust = .certificateAuthorities(file: try TestCertificates.file("authority"))
      return EventClient(configuration: configuration)
    }
  }

  // MARK: - What is served

  @Test("Handlers, sequences and topics reach this package's client", arguments: PollerKind.allCases)
  func streams(_ poller: PollerKind) async throws {
    let topic = Topic()
    var router = Router()
    router.events("/handler") { _, events in for index in 0..<100 { try await events.send("\(index)") } }
    router.events("/sequence") { _ in
      AsyncStream<ServerSentEvent> { continuation in
        for index in 0..<100 { continuation.yield(ServerSentEvent(data: "\(index)")) }
        continuation.finish()
      }
    }
    router.events("/topic", from: topic)
    for index in 0..<100 { try await topic.publish(ServerSentEvent(data: "\(index)")) }
    var configuration = try EventServerConfiguration.secure()
    configuration.poller = poller
    try await withEventServer(router, configuration: configuration) { baseURL in
      for path in ["handler", "sequence", "topic"] {
        var request = EventRequest("\(baseURL)/\(path)")
        // A position that the topic does not know: all that it holds.
        request.lastEventID = "other-1"
        var data: [String] = []
        for try await event in try Self.client.events(request) where event.type == "message" {
          data.append(event.data)
          if data.count == 100 { break }
        }
        #expect(data == (0..<100).map(String.init), "\(path)")
      }
    }
  }

  @Test("An HTTP/1.0 stream that is cut ends without close_notify, one that ends with it", arguments: [true, false])
  func cutStream(isCut: Bool) async throws {
    struct Failure: Error {}
    var router = Router()
    router.events("/") { _, events in
      try await events.send("half")
      if isCut { throw Failure() }
    }
    try await Self.withServer(router, try .secure { $0.log = { _ in } }) { port in
      let reader = try await SecureConnection.get("/", port: port, version: "1.0")
      try await reader.read(through: "data: half\n\n")
      if isCut {
        let error = await #expect(throws: SecureConnection.Ended.self) { _ = try await reader.readToEnd() }
        #expect(error?.phase == .failed(.truncated))
      } else {
        #expect(try await reader.readToEnd() == "")
      }
    }
  }

  @Test("Plain answers, pipelined requests and large files are whole")
  func plainAnswers() async throws {
    let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) % 26 + 97 }
    let folder = FileManager.default.temporaryDirectory.appending(path: "sse-tls-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(bytes).write(to: folder.appending(path: "large"))
    var router = Router()
    router.get("/plain") { request in .text("hello \(request.query("n") ?? "")") }
    router.post("/echo") { request in Response(bytes: try await request.body()) }
    router.files("/files", from: folder.path(percentEncoded: false))
    try await Self.withServer(router, try .secure()) { port in
      let connection = try await SecureConnection.connect(port: port)
      try await connection.write(request("GET", "/plain?n=1") + request("GET", "/plain?n=2"))
      try await connection.read(through: "hello 1")
      try await connection.read(through: "hello 2")
      let body = String(repeating: "x", count: 100_000)
      try await connection.write(request("POST", "/echo", "Content-Length: 100000\r\n", body: body))
      _ = try await connection.readHead()
      try await connection.read(through: body)
      try await connection.write(request("GET", "/files/large", "Connection: close\r\n"))
      _ = try await connection.readHead()
      #expect(try await connection.readToEnd() == String(decoding: bytes, as: UTF8.self))
    }
  }

  @Test(
    "Every body's end is told: the last chunk in HTTP/1.1, and the end of the TLS stream", arguments: ["1.0", "1.1"])
  func ending(version: String) async throws {
    var router = Router()
    router.events("/") { _, events in try await events.send("hello") }
    try await Self.withServer(router, try .secure()) { port in
      let reader = try await SecureConnection.get("/", port: port, version: version, headers: "Connection: close\r\n")
      _ = try await reader.readHead()
      let body = try await reader.readToEnd()
      #expect(body == (version == "1.0" ? "data: hello\n\n" : "d\r\ndata: hello\n\n\r\n0\r\n\r\n"))
    }
  }

  @Test("A slow reader of a topic gets every byte, however its socket takes them", arguments: [1_000, 100_000])
  func slowReader(size: Int) async throws {
    let topic = Topic(history: 2_000)
    var router = Router()
    router.events("/", from: topic)
    try await Self.withServer(router, try .secure()) { port in
      let reader = try await SecureConnection.get("/", port: port, receiveBuffer: 4_096)
      _ = try await reader.readHead()
      let texts = (0..<2_000_000 / size).map { String(repeating: "\($0 % 10)", count: size) }
      for text in texts { try await topic.publish(ServerSentEvent(data: text)) }
      for text in texts { #expect(try await reader.read(through: "\n\n").hasSuffix("data: \(text)\n\n")) }
    }
  }

  // MARK: - Leaving

  enum Leave: CaseIterable { case endOfStream, endOfFile, reset }

  @Test("A reader's leave cancels its handler, also by the end of its TLS stream alone", arguments: Leave.allCases)
  func leaves(_ leave: Leave) async throws {
    let notes = Recorder<String>()
    var router = Router()
    router.events("/") { _, events in
      try await events.flush()
      do { try await Task.sleep(for: .seconds(3_600), clock: .eventLoop) } catch { notes.note("cancelled") }
    }
    try await Self.withServer(router, try .secure()) { port in
      let reader = try await SecureConnection.get("/", port: port)
      _ = try await reader.readHead()
      switch leave {
      case .endOfStream: try await reader.raw.write(reader.endOfStream())
      case .endOfFile: reader.raw.close()
      case .reset: reader.raw.reset()
      }
      try await notes.wait(for: "cancelled")
    }
  }

  @Test("A request and the end of its TLS stream in one packet: the reader has left")
  func leavesWithRequest() async throws {
    let records = Recorder<EventServerAccessRecord>()
    var router = Router()
    router.events("/handler") { _, events in
      try await events.flush()
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    router.events("/topic", from: Topic())
    try await Self.withServer(router, try .secure { $0.accessLog = { records.note($0) } }) { port in
      for path in ["/handler", "/topic"] {
        let reader = try await SecureConnection.connect(port: port)
        let asked = reader.encrypted(request("GET", path))
        // Its last record follows in the same packet.
        try await reader.raw.write(asked + reader.endOfStream())
        let record = try await records.first { $0.path == path }
        #expect(record.ending == .readerLeft)
      }
    }
  }

  @Test("A reader that takes nothing for too long is cut", arguments: ["/handler", "/topic"])
  func stalledReader(path: String) async throws {
    let topic = Topic(history: 1_000)
    let text = String(repeating: "x", count: 100_000)
    let records = Recorder<EventServerAccessRecord>()
    var router = Router()
    router.events("/handler") { _, events in while !Task.isCancelled { try await events.send(text) } }
    router.events("/topic", from: topic)
    let configuration = try EventServerConfiguration.secure {
      $0.limits.stalledReader = .milliseconds(100)
      $0.accessLog = { records.note($0) }
    }
    try await Self.withServer(router, configuration) { port in
      let reader = try await SecureConnection.get(path, port: port, receiveBuffer: 4_096)
      _ = try await reader.readHead()
      if path == "/topic" { for _ in 0..<100 { try await topic.publish(ServerSentEvent(data: text)) } }
      let record = try await records.first { _ in true }
      #expect(record.ending == .readerStalled)
      // What the reader did not take was not encrypted for it either: both kernels' buffers, and little more.
      #expect(record.bytes < 8_000_000)
      reader.raw.close()
    }
  }

  // MARK: - The server's end

  @Test("S50, S52: over the limit 503; draining ends topic readers with retry, the last chunk and their TLS stream")
  func limitAndDrain() async throws {
    var router = Router()
    router.events("/", from: Topic())
    let configuration = try EventServerConfiguration.secure { $0.limits.connections = 1 }
    let server = EventServer(router, port: 0, configuration: configuration)
    try await withRunningServer(server) { running in
      let reader = try await SecureConnection.get("/", port: running.address.port)
      _ = try await reader.readHead()
      let refused = try await SecureConnection.get("/", port: running.address.port)
      let answer = try await refused.readToEnd()
      #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
      #expect(answer.contains("Retry-After: 5\r\n"))
      running.server.drain()
      let rest = try await reader.readToEnd()
      #expect(rest.contains("retry: "))
      #expect(rest.hasSuffix("0\r\n\r\n"))
      try await running.end()
    }
  }
}
