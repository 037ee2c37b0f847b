import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite("A handler that closes its stream")
struct ClosingTests {
  @Test("ends it properly at once, though it goes on, and the connection carries another request then")
  func endsAtOnce() async throws {
    let mayReturn = Gate()
    let later = Recorder<EventWriterError>()
    let records = Recorder<EventServerAccessRecord>()
    var configuration = EventServerConfiguration()
    configuration.accessLog = { records.note($0) }
    var router = Router()
    router.events("/") { _, events in
      try await events.send("last")
      try await events.close(retry: .seconds(60))
      try await events.close(retry: .seconds(1))
      do { try await events.send("late") } catch let error as EventWriterError { later.note(error) }
      do { try await events.flush() } catch let error as EventWriterError { later.note(error) }
      try await mayReturn.wait()
    }
    router.get("/next") { _ in .text("next") }
    try await withEventServer(router, configuration: configuration) { baseURL in
      let connection = try await RawConnection.get("/", at: baseURL)
      let stream = try await connection.readThroughLastChunk()
      #expect(stream.chunks == ["data: last\n\n", "retry: 60000\n\n", ""])
      #expect(records.count == 0)
      // Sent while the handler runs, answered when it has returned.
      try await connection.write(request("GET", "/next"))
      mayReturn.open()
      #expect(try await connection.nextResponse().body == "next")
    }
    #expect(later.values == [.streamEnded, .streamEnded])
    #expect(records.values.map(\.ending) == [.complete, .complete])
    let line = try #require(records.values.first).description
    #expect(line.contains(/^127.0.0.1 GET \/ 200, 1 events, \d+ bytes in \d+\.\d+ s: complete$/), "\(line)")
  }

  @Test("without an event before, sends its head: a status that is thrown then is too late")
  func sendsHead() async throws {
    let log = Recorder<EventServerLogEntry>()
    var configuration = EventServerConfiguration()
    configuration.log = { log.note($0) }
    var router = Router()
    router.events("/") { _, events in
      try await events.close()
      throw HTTPStatus.forbidden
    }
    try await withEventServer(router, configuration: configuration) { baseURL in
      let stream = try await RawConnection.get("/", at: baseURL).readUntilClose()
      #expect(stream.head.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(stream.chunks == [""])
    }
    #expect(log.faults.count == 1)
  }

  @Test("is not cancelled when its reader leaves afterwards")
  func readerLeaves() async throws {
    let mayReturn = Gate()
    let wasCancelled = Recorder<Bool>()
    var router = Router()
    router.events("/") { _, events in
      try await events.close()
      try await mayReturn.wait()
      wasCancelled.note(Task.isCancelled)
    }
    try await withEventServer(router) { baseURL in
      let connection = try await RawConnection.get("/", at: baseURL)
      _ = try await connection.readThroughLastChunk()
      connection.close()
      mayReturn.open()
      try await eventually("the handler has returned") { wasCancelled.count == 1 }
    }
    #expect(wasCancelled.values == [false])
  }
}
