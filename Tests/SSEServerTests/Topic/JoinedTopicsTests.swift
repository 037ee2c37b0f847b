import Foundation
import SSETestSupport
import SSETesting
import Testing

@testable import SSEServer

@Suite("Several topics on one connection")
struct JoinedTopicsTests {
  private let a = Topic(history: 100)
  private let b = Topic(history: 2)

  private func router() throws -> Router {
    var router = Router()
    try router.events("/news", from: ["b": b, "a": a])
    return router
  }

  @Test("each ID names the position in both, so that a reader is resumed in both (S47)", arguments: ["1.1", "1.0"])
  func resumes(version: String) async throws {
    let a1 = try await a.publish("a1")
    let b1 = try await b.publish("b1")
    try await withEventServer(try router()) { baseURL in
      let reader = try await TopicReading.reader(at: baseURL, version: version)
      let a2 = try await a.publish("a2", type: "note")
      let first = try await reader.read(through: "id: a=\(a2),b=\(b1)\ndata: a2\n\n")
      #expect(first.hasSuffix("event: note\nid: a=\(a2),b=\(b1)\ndata: a2\n\n"))
      let b2 = try await b.publish("b2")
      try await reader.read(through: "id: a=\(a2),b=\(b2)\ndata: b2\n\n")
      reader.close()
      let a3 = try await a.publish("a3")
      let b3 = try await b.publish("b3")
      let back = try await TopicReading.reader(at: baseURL, after: "a=\(a2),b=\(b2)", version: version)
      let missed = try await back.read(through: "id: a=\(a3),b=\(b3)\n")
      #expect(!missed.contains("gap"))
      #expect(!missed.contains("data: a2"))
      // A topic that the ID does not name begins live, a name that is not joined is ignored.
      let half = try await TopicReading.reader(at: baseURL, after: "a=\(a1),z=1-1", version: version)
      let text = try await half.read(through: "id: a=\(a3),b=\(b3)\ndata: a3\n\n")
      #expect(text.contains("id: a=\(a2),b=\(b3)\ndata: a2\n\n"))
      #expect(!text.contains("data: b"))
    }
  }

  @Test("a hole in one names the topic, and holds up nothing of the other")
  func gap() async throws {
    let a1 = try await a.publish("a1")
    let b1 = try await b.publish("b1")
    for number in 2...5 { try await b.publish("b\(number)") }
    let b4 = b1.dropLast() + "4"
    try await withEventServer(try router()) { baseURL in
      let reader = try await TopicReading.reader(at: baseURL, after: "a=\(a1),b=\(b1)")
      let text = try await reader.read(through: "data: b5\n\n")
      #expect(text.contains(#"data: {"after":"\#(b1)","oldest":"\#(b4)","reason":"expired","topic":"b"}"#))
      #expect(text.contains("data: b4\n"))
      #expect(!text.contains("data: b3\n"))
    }
  }

  @Test("a long way to go in one topic does not hold up the other; chunks are whole")
  func inTurn() async throws {
    let a = Topic(history: 100_000)
    var router = Router()
    try router.events("/news", from: ["b": b, "a": a])
    let first = try await a.publish("first")
    let text = String(repeating: "x", count: 1_000)
    for number in 0..<20_000 { try await a.publish("a\(number) \(text)") }
    let b1 = try await b.publish("b1")
    try await b.publish("b2")
    try await withEventServer(router, timeLimit: .seconds(30)) { baseURL in
      let reader = try await TopicReading.reader(at: baseURL, after: "a=\(first),b=\(b1)")
      let start = try await reader.read(through: "data: b2\n\n")
      #expect(!start.contains("data: a10 "))
      for number in [1_000, 10_000, 19_999] { try await reader.read(through: "data: a\(number) \(text)\n\n\r\n") }
    }
  }

  @Test("names that cannot be sent back, none, too many, and a topic under two names are errors")
  func names() throws {
    for name in ["", "a,b", "a=b", "ä", "a b", String(repeating: "x", count: 65)] {
      #expect(throws: TopicError.invalidName(name)) { try Response.events(from: [name: Topic()]) }
    }
    #expect(throws: TopicError.topicCount(0, limit: 64)) { try Response.events(from: [:]) }
    let many = Dictionary(uniqueKeysWithValues: (0..<65).map { ("\($0)", Topic()) })
    #expect(throws: TopicError.topicCount(65, limit: 64)) { try Response.events(from: many) }
    #expect(throws: TopicError.self) { try Response.events(from: ["x": a, "y": a]) }
    _ = try Response.events(from: ["A-z_0.9": a, String(repeating: "x", count: 64): b])
  }

  @Test("a reader of several counts once as a connection and once in each topic, and leaves all")
  func leaves() async throws {
    let server = EventServer(try router(), port: 0)
    try await withEventServer(server) { address in
      let baseURL = try #require(URL(string: address.url))
      var readers: [RawConnection] = []
      for _ in 0..<20 { readers.append(try await TopicReading.reader(at: baseURL)) }
      try await eventually("all are there") { a.readers.count == 20 && b.readers.count == 20 }
      #expect(await server.connections().count == 20)
      // Those that stay get everything, wherever their place in the tables has gone.
      for reader in readers[..<10] { reader.close() }
      try await eventually("half have left") { a.readers.count == 10 && b.readers.count == 10 }
      try await a.publish("to all")
      try await b.publish("to all too")
      for reader in readers[10...] { try await reader.read(through: "data: to all too\n\n") }
    }
    #expect(a.readers.count == 0)
    #expect(b.readers.count == 0)
  }
}
