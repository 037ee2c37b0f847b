import Foundation
import SSEServer
import SSESockets
import SSETestSupport
import SSETesting
import Testing

@Suite("An event stream, as its reader sees it")
struct StreamTests {
  /// A route that sends one event.
  static let one: Router = {
    var router = Router()
    router.events("/") { _, events in try await events.send("hello") }
    return router
  }()

  @Test(
    "S1: the head says what every event stream says", arguments: PollerKind.allCases,
    ["/event", "/comment", "/flush", "/sequence", "/topic"])
  func head(_ poller: PollerKind, path: String) async throws {
    var router = Router()
    router.events("/event") { _, events in try await events.send("hello") }
    router.events("/comment") { _, events in
      try await events.comment("hello")
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    router.events("/flush") { _, events in
      try await events.flush()
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    router.events("/sequence") { _ in AsyncStream<ServerSentEvent> { _ in } }
    router.events("/topic", from: Topic())
    var configuration = EventServerConfiguration(poller: poller)
    configuration.headDelay = .seconds(3_600)
    try await withEventServer(router, configuration: configuration) { baseURL in
      let head = try await RawConnection.get(path, at: baseURL).readHead()
      #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
      let response = RawStream(head: head, body: "")
      #expect(response.field("Content-Type") == "text/event-stream")
      #expect(response.field("Cache-Control") == "no-cache, no-transform")
      #expect(response.field("X-Accel-Buffering") == "no")
      #expect(response.field("Event-Stream-Keep-Alive") == "15")
      #expect(response.field("Transfer-Encoding") == "chunked")
      #expect(response.field("Date")?.hasSuffix(" GMT") == true)
    }
  }

  @Test("S1: without keep-alive none is announced")
  func noKeepAlive() async throws {
    var configuration = EventServerConfiguration()
    configuration.keepAlive = nil
    try await withEventServer(Self.one, configuration: configuration) { baseURL in
      let response = try await RawConnection.get("/", at: baseURL).readThroughLastChunk()
      #expect(response.field("Event-Stream-Keep-Alive") == nil)
    }
  }

  @Test("S1: until its first event a handler can throw a status, also after awaits")
  func statusAfterAwaits() async throws {
    var router = Router()
    router.events("/") { _, _ in
      await Task.yield()
      try await Task.sleep(for: .milliseconds(1), clock: .eventLoop)
      throw HTTPStatus.noContent
    }
    try await withEventServer(router) { baseURL in
      let head = try await RawConnection.get("/", at: baseURL).readHead()
      #expect(head.hasPrefix("HTTP/1.1 204 No Content\r\n"))
      #expect(!head.contains("text/event-stream"))
    }
  }

  @Test("S1: the head of a silent handler leaves after the delay")
  func headDelay() async throws {
    var router = Router()
    router.events("/") { _, _ in try await Task.sleep(for: .seconds(3_600), clock: .eventLoop) }
    var configuration = EventServerConfiguration()
    configuration.headDelay = .milliseconds(20)
    try await withEventServer(router, configuration: configuration) { baseURL in
      let head = try await RawConnection.get("/", at: baseURL).readHead()
      #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
    }
  }

  @Test("S2: a chunk is never empty but for the last", arguments: PollerKind.allCases)
  func chunks(_ poller: PollerKind) async throws {
    var router = Router()
    router.events("/") { _, events in
      try await events.send("")
      try await events.comment("")
      try await events.send("two\nlines", type: "note", id: "7")
      try await events.retry(after: .seconds(2))
    }
    try await withEventServer(router, configuration: EventServerConfiguration(poller: poller)) { baseURL in
      let response = try await RawConnection.get("/", at: baseURL).readThroughLastChunk()
      #expect(
        response.chunks == [
          "data: \n\n", ":\n\n", "event: note\nid: 7\ndata: two\ndata: lines\n\n", "retry: 2000\n\n", "",
        ])
    }
  }

  @Test("S3: an HTTP/1.0 reader gets no chunks and a body until the close")
  func http10() async throws {
    try await withEventServer(Self.one) { baseURL in
      let response = try await RawConnection.get("/", at: baseURL, version: "1.0").readUntilClose()
      #expect(response.field("Connection") == "close")
      #expect(response.field("Transfer-Encoding") == nil)
      #expect(response.body == "data: hello\n\n")
    }
  }

  @Test(
    "S7: after the last chunk the connection carries another request, or is closed where that was asked",
    arguments: PollerKind.allCases)
  func afterTheEnd(_ poller: PollerKind) async throws {
    try await withEventServer(Self.one, configuration: EventServerConfiguration(poller: poller)) { baseURL in
      let connection = try await RawConnection.get("/", at: baseURL)
      _ = try await connection.readThroughLastChunk()
      try await connection.write("GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
      let second = try await connection.readUntilClose()
      #expect(second.chunks == ["data: hello\n\n", ""])
      #expect(second.field("Connection") == "close")
    }
  }

  struct Unlucky: Error {}

  @Test("S8: an error before the first event is a status with JSON")
  func failsBeforeTheFirstEvent() async throws {
    let log = Recorder<String>()
    var configuration = EventServerConfiguration()
    configuration.log = { log.note("\($0)") }
    var router = Router()
    router.events("/") { _, _ in throw Unlucky() }
    try await withEventServer(router, configuration: configuration) { baseURL in
      let connection = try await RawConnection.get("/", at: baseURL)
      let head = try await connection.readHead()
      #expect(head.hasPrefix("HTTP/1.1 500 Internal Server Error\r\n"))
      #expect(head.contains("Content-Type: application/json\r\n"))
      try await connection.read(through: #"{"error":"Internal Server Error"}"#)
      try await log.first { $0.contains("GET /") && $0.contains("Unlucky") }
    }
  }

  @Test("S8: an error after the first event cuts the stream, without a last chunk, and is logged")
  func failsLater() async throws {
    let log = Recorder<String>()
    var configuration = EventServerConfiguration()
    configuration.log = { log.note("\($0)") }
    var router = Router()
    router.events("/") { _, events in
      try await events.send("hello")
      throw Unlucky()
    }
    try await withEventServer(router, configuration: configuration) { baseURL in
      let response = try await RawConnection.get("/", at: baseURL).readUntilClose()
      #expect(response.chunks == ["data: hello\n\n"])
      try await log.first { $0.contains("GET /") && $0.contains("Unlucky") }
    }
  }

  @Test(
    "S10: a reader's data is the sender's, with CR and CRLF as LF",
    arguments: [
      "a\nb", "a\rb", "a\r\nb", "\n", "\r\n\r\n", "", " a", "a\u{0}b", "\u{FEFF}a", "é 漢 🎈",
      String(repeating: "0123456789abcdef", count: 65_536),
    ])
  func data(_ data: String) async throws {
    var router = Router()
    router.events("/") { _, events in try await events.send(data) }
    try await withEventServer(router) { baseURL in
      let response = try await RawConnection.get("/", at: baseURL, version: "1.0").readUntilClose()
      var parser = EventParser()
      parser.append(response.body.utf8)
      guard case .event(let event) = try parser.next() else {
        Issue.record("no event")
        return
      }
      let lines = data.replacingOccurrences(of: "\r\n", with: "\n").replacingOccurrences(of: "\r", with: "\n")
      #expect(event.data == lines)
    }
  }

  @Test(
    "S11: a type or id with a line end or NUL is a typed error, and nothing is written", arguments: ["\n", "\r", "\0"])
  func injection(_ end: String) async throws {
    let errors = Recorder<EventStreamError>()
    var router = Router()
    router.events("/") { _, events in
      do { try await events.send("x", type: "a\(end)b") } catch let error as EventStreamError { errors.note(error) }
      do { try await events.send("x", id: "a\(end)b") } catch let error as EventStreamError { errors.note(error) }
      throw HTTPStatus.conflict
    }
    try await withEventServer(router) { baseURL in
      let head = try await RawConnection.get("/", at: baseURL).readHead()
      #expect(head.hasPrefix("HTTP/1.1 409"))
      #expect(errors.values == [.invalidType("a\(end)b"), .invalidID("a\(end)b")])
    }
  }

  @Test("S14: an AsyncStream's termination handler runs when its reader leaves")
  func termination() async throws {
    let endings = Recorder<String>()
    var router = Router()
    router.events("/ticks") { _ in
      AsyncStream<ServerSentEvent> { continuation in
        continuation.yield(ServerSentEvent(data: "tick"))
        continuation.onTermination = { endings.note("\($0)") }
      }
    }
    try await withEventServer(router) { baseURL in
      let reader = try await RawConnection.get("/ticks", at: baseURL)
      try await reader.read(through: "data: tick\n\n")
      reader.close()
      try await endings.wait(for: "cancelled")
    }
  }

  @Test("A returned sequence that ends ends the stream, one that throws cuts it")
  func sequences() async throws {
    var router = Router()
    router.events("/ends") { _ in
      AsyncStream<ServerSentEvent> { continuation in
        continuation.yield(ServerSentEvent(data: "a"))
        continuation.finish()
      }
    }
    router.events("/throws") { _ in
      AsyncThrowingStream<ServerSentEvent, any Error> { continuation in
        continuation.yield(ServerSentEvent(data: "a"))
        continuation.finish(throwing: Unlucky())
      }
    }
    var configuration = EventServerConfiguration()
    configuration.log = { _ in }
    try await withEventServer(router, configuration: configuration) { baseURL in
      let ended = try await RawConnection.get("/ends", at: baseURL).readThroughLastChunk()
      #expect(ended.chunks == ["data: a\n\n", ""])
      let cut = try await RawConnection.get("/throws", at: baseURL).readUntilClose()
      #expect(cut.chunks == ["data: a\n\n"])
    }
  }

  @Test("A writer that is used after its handler has returned throws")
  func writerOutlivesHandler() async throws {
    let writers = Recorder<EventWriter>()
    var router = Router()
    router.events("/") { _, events in
      writers.note(events)
      try await events.send("last")
    }
    try await withEventServer(router) { baseURL in
      _ = try await RawConnection.get("/", at: baseURL).readThroughLastChunk()
      let writer = try await writers.first { _ in true }
      await #expect(throws: EventWriterError.streamEnded) { try await writer.send("later") }
    }
    let writer = try await writers.first { _ in true }
    await #expect(throws: EventWriterError.streamEnded) { try await writer.send("after the server has ended") }
  }
}
