import Foundation
import SSETestSupport
import Testing

@testable import SSEServer

@Suite("The connections of a server")
struct ConnectionListTests {
  private let news = Topic()
  private let prices = Topic()

  /// Handlers that are cancelled say so.
  private func server(_ cancelled: Recorder<String>, _ configuration: EventServerConfiguration = .init()) throws
    -> EventServer
  {
    var router = Router()
    router.events("/orders/:shop") { _, events in
      try await events.send("one")
      try await events.send("two")
      do { try await Task.sleep(for: .seconds(3_600), clock: .eventLoop) } catch { cancelled.note("stream") }
    }
    router.events("/busy") { _, events in
      // More than the kernel takes for a reader that takes nothing.
      let text = String(repeating: "x", count: 16_000_000)
      defer { cancelled.note("busy") }
      while true { try await events.send(text) }
    }
    router.get("/slow") { _ in
      do { try await Task.sleep(for: .seconds(3_600), clock: .eventLoop) } catch { cancelled.note("answer") }
      return .text("late")
    }
    router.get("/late") { [news] _ in
      do { try await Task.sleep(for: .seconds(3_600), clock: .eventLoop) } catch { cancelled.note("topic") }
      return .events(from: news)
    }
    router.get("/") { _ in .text("hello") }
    router.events("/news", from: news)
    try router.events("/both", from: ["news": news, "prices": prices])
    return EventServer(router, port: 0, configuration: configuration)
  }

  @Test("each with what it does; topics by the names they were joined under, or those that the caller gives")
  func list() async throws {
    var configuration = EventServerConfiguration()
    configuration.trustedProxies = try TrustedProxies(["127.0.0.1"])
    try await withRunningServer(try server(Recorder(), configuration)) { running in
      let waiting = try await RawConnection.connect(port: running.address.port)
      try await waiting.write(request("GET", "/"))
      try await waiting.read(through: "hello")
      let handler = try await RawConnection.connect(port: running.address.port)
      try await handler.write(request("GET", "/orders/7?x=y", "X-Forwarded-For: 203.0.113.7\r\n"))
      let sent = try await handler.read(through: "data: two\n\n\r\n").utf8.count
      let slow = try await running.get("/slow")
      try await eventually("it is answered") { await running.server.connections().count == 3 }
      let reader = try await RawConnection.connect(port: running.address.port)
      try await reader.write(request("GET", "/news", "X-Forwarded-For: 203.0.113.8\r\n"))
      _ = try await reader.readHead()
      let both = try await running.get("/both")
      _ = try await both.readHead()
      try await news.publish("hello")
      try await reader.read(through: "data: hello\n\n")
      try await both.read(through: "data: hello\n\n")
      try await eventually("the first waits for another request") {
        await running.server.connections().first?.activity == .waiting
      }

      let connections = await running.server.connections(topics: ["the-news": news])
      #expect(connections.map(\.id) == [1, 2, 3, 4, 5])
      #expect(connections.map(\.activity) == [.waiting, .streaming, .answering, .reading, .reading])
      #expect(
        connections.map(\.remoteAddress) == ["127.0.0.1", "203.0.113.7", "127.0.0.1", "203.0.113.8", "127.0.0.1"])
      #expect(connections.map(\.method) == [nil, .get, .get, .get, .get])
      #expect(connections.map(\.path) == [nil, "/orders/7", "/slow", "/news", "/both"])
      // While an answer is computed its route is not known yet.
      #expect(connections.map(\.route) == [nil, "GET /orders/:shop", "GET /slow", "GET /news", "GET /both"])
      #expect(connections.map(\.topics) == [[], [], [], ["the-news"], ["prices", "the-news"]])
      #expect(connections.map(\.lag) == [nil, nil, nil, 0, 0])
      #expect(connections.map(\.events) == [0, 2, 0, 1, 1])
      #expect(connections[1].bytes == sent)
      #expect(connections.map { $0.age != nil } == [false, true, true, true, true])
      #expect(
        "\(connections[0]), \(connections[1])" == "no request yet from 127.0.0.1, GET /orders/:shop from 203.0.113.7")
      #expect(await running.server.connections().map(\.topics) == [[], [], [], [], ["news", "prices"]])
      #expect(await running.server.connections(limit: 3).count == 3)
      #expect(await running.server.connections(limit: 0).isEmpty)
      #expect(await running.server.connections(limit: -1).isEmpty)
      for connection in [waiting, handler, slow, reader, both] { connection.close() }
    }
  }

  @Test("a topic's reader that is closed gets the last chunk; the others go on")
  func closesReader() async throws {
    try await withRunningServer(try server(Recorder())) { running in
      let readers = [try await running.get("/news"), try await running.get("/news")]
      for reader in readers { _ = try await reader.readHead() }
      try await news.publish("before")
      for reader in readers { try await reader.read(through: "data: before\n\n\r\n") }
      let ids = await running.server.connections().map(\.id)
      #expect(await running.server.close(connection: ids[0]))
      #expect(await !running.server.close(connection: ids[0]))
      try await news.publish("after")
      #expect(try await readers[0].readToEnd() == "0\r\n\r\n")
      try await readers[1].read(through: "data: after\n\n\r\n")
      #expect(await running.server.connections().map(\.id) == [ids[1]])
      #expect(await running.server.metrics().responsesEnded == [.serverEnded: 1])
    }
  }

  @Test("a handler that is closed is cancelled, its stream cut with a time to come back after")
  func closesHandler() async throws {
    let cancelled = Recorder<String>()
    try await withRunningServer(try server(cancelled)) { running in
      let other = try await running.get("/orders/1")
      try await other.read(through: "data: two\n\n\r\n")
      let reader = try await running.get("/orders/2")
      try await reader.read(through: "data: two\n\n\r\n")
      let connection = try #require(await running.server.connections().last)
      #expect(await running.server.close(connection: connection.id))
      let rest = try await reader.readToEnd()
      #expect(rest.wholeMatch(of: /[0-9a-f]+\r\nretry: [0-9]+\n\n\r\n/) != nil, "\(rest)")
      try await cancelled.wait(for: "stream")
      try await eventually("it is gone") { await running.server.connections().map(\.path) == ["/orders/1"] }
      #expect(await running.server.metrics().responsesEnded == [.serverEnded: 1])
    }
  }

  @Test(
    "so are a handler whose reader takes nothing, one that computes an answer, and a connection that waits",
    .timeLimit(.minutes(1)), arguments: ["/busy", "/slow", "/late", nil])
  func closesOthers(path: String?) async throws {
    let cancelled = Recorder<String>()
    try await withRunningServer(try server(cancelled)) { running in
      let connection = try await RawConnection.connect(port: running.address.port, receiveBuffer: 4_096)
      if let path {
        try await connection.write(request("GET", path))
        try await eventually("it is answered") {
          let connection = await running.server.connections().first
          return connection?.path == path && (path != "/busy" || connection?.events ?? 0 > 0)
        }
      } else {
        try await eventually("it is there") { await running.server.connections().count == 1 }
      }
      #expect(await running.server.close(connection: 1))
      try await eventually("it is gone") { await running.server.connections().isEmpty }
      if path != nil { #expect(cancelled.count == 1) }
      connection.close()
    }
  }

  @Test("one whose handler has returned before its reader took everything was ended by the server, and did not leave")
  func closesReturned() async throws {
    var router = Router()
    router.events("/large") { _, events in try await events.send(String(repeating: "x", count: 16_000_000)) }
    var configuration = EventServerConfiguration()
    configuration.keepAlive = nil  // Its interval bounds how long the kernel lets a reader take nothing.
    try await withRunningServer(EventServer(router, port: 0, configuration: configuration)) { running in
      let reader = try await RawConnection.connect(port: running.address.port, receiveBuffer: 4_096)
      try await reader.write(request("GET", "/large"))
      try await eventually("the handler has returned") {
        let connection = await running.server.connections().first
        return connection?.activity == .answering && connection?.bytes ?? 0 > 0
      }
      #expect(await running.server.close(connection: 1))
      try await eventually("it is gone") { await running.server.connections().isEmpty }
      #expect(await running.server.metrics().responsesEnded == [.serverEnded: 1])
      reader.close()
    }
  }

  @Test("a route sees its own connection, and closes others")
  func fromRoute() async throws {
    var router = Router()
    router.events("/news", from: news)
    router.get("/paths") { request in
      try .json(await request.server.connections().compactMap(\.path))
    }
    router.post("/close/:id") { request in
      let isClosed = await request.server.close(connection: try request.parameter("id"))
      return Response(status: isClosed ? .noContent : .notFound)
    }
    try await withRunningServer(EventServer(router, port: 0)) { running in
      let reader = try await running.get("/news")
      _ = try await reader.readHead()
      let asking = try await running.get("/paths")
      #expect(try await asking.nextResponse().body == #"["/news","/paths"]"#)
      try await asking.write(request("POST", "/close/1"))
      #expect(try await asking.nextResponse().status == 204)
      #expect(try await reader.readToEnd() == "0\r\n\r\n")
      try await asking.write(request("POST", "/close/1"))
      #expect(try await asking.nextResponse().status == 404)
    }
  }

  @Test("a connection that becomes a topic's reader is there once at any moment, on a loop that is held up")
  func handedOverOnce() async throws {
    var router = Router()
    router.get("/late") { [news] _ in
      usleep(6_000)  // Longer than a turn of the loop, so that other work is due.
      return .events(from: news)
    }
    var configuration = EventServerConfiguration()
    configuration.loopCount = 1
    try await withRunningServer(EventServer(router, port: 0, configuration: configuration)) { running in
      var readers: [RawConnection] = []
      for _ in 0..<30 { readers.append(try await running.get("/late")) }
      try await eventually("all read") {
        let connections = await running.server.connections()
        #expect(Set(connections.map(\.id)).count == connections.count)
        return connections.filter { $0.activity == .reading }.count == 30
      }
      for reader in readers { reader.close() }
    }
  }
}
