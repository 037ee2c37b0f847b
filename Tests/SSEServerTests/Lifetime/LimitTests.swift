import Foundation
import SSETestSupport
import SSETesting
import Testing

@testable import SSEServer

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Limits of a server, and what it reports")
struct LimitTests {
  @Test("S52: a connection over the limit gets 503 with Retry-After, until another has left")
  func connections() async throws {
    var configuration = EventServerConfiguration()
    configuration.limits.connections = 2
    var router = Router()
    router.events("/handler") { _, events in
      try await events.send("hello")
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    router.events("/topic", from: Topic())
    try await withEventServer(router, configuration: configuration) { baseURL in
      let handlerReader = try await RawConnection.get("/handler", at: baseURL)
      _ = try await handlerReader.readHead()
      let topicReader = try await RawConnection.get("/topic", at: baseURL)
      _ = try await topicReader.readHead()
      let refused = try await RawConnection.get("/topic", at: baseURL).readUntilClose()
      #expect(refused.head.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
      #expect(refused.field("Retry-After") == "5")
      topicReader.close()
      try await eventually("its place is free") {
        let next = try await RawConnection.get("/topic", at: baseURL)
        defer { next.close() }
        return try await next.readHead().hasPrefix("HTTP/1.1 200")
      }
      handlerReader.close()
    }
  }

  /// A server with a topic and room for so many connections.
  private static func withRoom(for count: Int, _ body: (URL) async throws -> Void) async throws {
    var configuration = EventServerConfiguration()
    configuration.limits.connections = count
    var router = Router()
    router.events("/topic", from: Topic())
    try await withEventServer(router, configuration: configuration, body)
  }

  @Test("S52: each of several connections over the limit that come at once gets its 503")
  func severalOverTheLimit() async throws {
    try await Self.withRoom(for: 10) { baseURL in
      var readers: [RawConnection] = []
      for _ in 0..<15 { readers.append(try await RawConnection.get("/topic", at: baseURL)) }
      var heads: [String] = []
      for reader in readers { heads.append(try await reader.readHead()) }
      #expect(heads.count { $0.hasPrefix("HTTP/1.1 200") } == 10)
      #expect(heads.count { $0.hasPrefix("HTTP/1.1 503") } == 5)
    }
  }

  @Test("S52: of two connections that come at once for the last place one gets it")
  func twoForOnePlace() async throws {
    for _ in 0..<20 {
      try await Self.withRoom(for: 1) { baseURL in
        async let first = RawConnection.get("/topic", at: baseURL)
        async let second = RawConnection.get("/topic", at: baseURL)
        let readers = try await [first, second]
        var statuses: [Substring] = []
        for reader in readers { statuses.append(try await reader.readHead().prefix(12)) }
        #expect(statuses.sorted() == ["HTTP/1.1 200", "HTTP/1.1 503"])
      }
    }
  }

  @Test("S52: a refused connection that does not close holds no place")
  func lingeringRefusal() async throws {
    try await Self.withRoom(for: 1) { baseURL in
      let reader = try await RawConnection.get("/topic", at: baseURL)
      _ = try await reader.readHead()
      let refused = try await RawConnection.get("/topic", at: baseURL)
      #expect(try await refused.readHead().hasPrefix("HTTP/1.1 503"))
      reader.reset()
      // As many looks as fit into the moment for which the refused one stays.
      try await eventually("the place is free", within: .milliseconds(700)) {
        let next = try await RawConnection.get("/topic", at: baseURL)
        return try await next.readHead().hasPrefix("HTTP/1.1 200")
      }
    }
  }

  @Test("S52: the default is nine tenths of the descriptors that the process may hold")
  func defaultConnections() {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    #expect(EventServerLimits().connections == nil)
    #expect(ServerLoad(loopCount: 1, limit: nil).limit == Int(limit.rlim_cur) / 10 * 9)
  }

  @Test("S52: only so many are refused with an answer at once")
  func mostRefused() {
    let load = ServerLoad(loopCount: 2, limit: 3)
    let places = (0..<(3 + ServerLoad.mostRefused)).compactMap { _ in load.placeConnection() }
    #expect(places.map(\.isWithinLimit) == places.indices.map { $0 < 3 })
    #expect(places.prefix(3).map(\.loop) == [0, 1, 0])
    #expect(load.placeConnection() == nil)
    load.released(places[3])
    #expect(load.placeConnection()?.isWithinLimit == false)
    load.released(places[0])
    #expect(load.placeConnection()?.isWithinLimit == true)
  }

  @Test("A reader that takes nothing for too long is cut", arguments: ["/handler", "/topic"])
  func stalledReader(path: String) async throws {
    var configuration = EventServerConfiguration()
    configuration.limits.stalledReader = .milliseconds(100)
    let topic = Topic(history: 100_000)
    let text = String(repeating: "x", count: 100_000)
    var router = Router()
    router.events("/handler") { _, events in
      while !Task.isCancelled { try await events.send(text) }
    }
    router.events("/topic", from: topic)
    let records = Recorder<EventServerAccessRecord>()
    configuration.accessLog = { records.note($0) }
    try await withEventServer(router, configuration: configuration) { baseURL in
      let reader = try await RawConnection.get(path, at: baseURL, receiveBuffer: 4_096)
      _ = try await reader.readHead()
      if path == "/topic" { for _ in 0..<100 { try await topic.publish(ServerSentEvent(data: text)) } }
      let record = try await records.first { _ in true }
      #expect(record.ending == .readerStalled)
      reader.close()
    }
  }

  @Test("S57: a handler that blocks its loop is named in a warning", arguments: ["blocking", "topic"])
  func blockedLoop(path: String) async throws {
    let log = Recorder<String>()
    var configuration = EventServerConfiguration()
    configuration.log = { log.note("\($0)") }
    var router = Router()
    router.events("/blocking/:name") { _, events in
      try await events.send("hello")
      usleep(150_000)  // What is warned of.
    }
    router.get("/topic/:name") { _ in
      usleep(150_000)
      return .events(from: Topic())
    }
    try await withEventServer(router, configuration: configuration) { baseURL in
      let reader = try await RawConnection.get("/\(path)/x", at: baseURL)
      try await log.first { $0.contains("GET /\(path)/:name") && $0.contains("blocked its event loop") }
      reader.close()
    }
  }

  @Test("S57: a termination handler that blocks the loop is warned of too, without a route")
  func blockedLoopWithoutRoute() async throws {
    let log = Recorder<String>()
    var configuration = EventServerConfiguration()
    configuration.log = { log.note("\($0)") }
    var router = Router()
    router.events("/") { _ in
      AsyncStream<ServerSentEvent> { continuation in
        continuation.onTermination = { _ in usleep(150_000) }  // What is warned of.
      }
    }
    try await withEventServer(router, configuration: configuration) { baseURL in
      let reader = try await RawConnection.get("/", at: baseURL)
      _ = try await reader.readHead()
      reader.close()
      try await log.first { $0.hasPrefix("a handler's child task or termination handler blocked its event loop") }
    }
  }

  @Test("A keep-alive of no time sends none", arguments: [Duration.zero, .seconds(-1)])
  func keepAliveOfNoTime(_ interval: Duration) async throws {
    var configuration = EventServerConfiguration()
    configuration.keepAlive = interval
    var router = Router()
    router.events("/topic", from: Topic())
    try await withEventServer(router, configuration: configuration) { baseURL in
      let reader = try await RawConnection.get("/topic", at: baseURL)
      let head = try await reader.readHead()
      #expect(!head.contains("Event-Stream-Keep-Alive"))
      #expect(try await reader.received(within: 100) == "")
      reader.close()
    }
  }

  @Test("The access log has one record a response, when its body has ended")
  func accessLog() async throws {
    let records = Recorder<EventServerAccessRecord>()
    var configuration = EventServerConfiguration()
    configuration.accessLog = { records.note($0) }
    let topic = Topic()
    var router = Router()
    router.get("/plain") { _ in .text("hello") }
    router.events("/events") { _, events in for _ in 0..<3 { try await events.send("x") } }
    router.events("/topic", from: topic)
    try await withEventServer(router, configuration: configuration) { baseURL in
      for path in ["/plain", "/events?a=b", "/none"] {
        let connection = try await RawConnection.get(path, at: baseURL, headers: "Connection: close\r\n")
        let length = try await connection.readToEnd().utf8.count
        let record = try await records.first { $0.path == path.prefix { $0 != "?" } }
        #expect(record.bytes == length)
        #expect(record.method == .get)
        #expect(record.remoteAddress == "127.0.0.1")
        #expect(record.ending == .complete)
        #expect(record.status == (path == "/none" ? .notFound : .ok))
        #expect(record.events == (path.hasPrefix("/events") ? 3 : 0))
      }
      let reader = try await RawConnection.get("/topic", at: baseURL)
      _ = try await reader.readHead()
      try await topic.publish(ServerSentEvent(data: "one"))
      try await reader.read(through: "data: one\n\n")
      #expect(records.count == 3)
      reader.close()
      let record = try await records.first { $0.path == "/topic" }
      #expect(record.events == 1)
      #expect(record.ending == .readerLeft)
    }
  }
}
