import Foundation
import SSEClient
import SSETestSupport
import SSETesting
import Synchronization
import Testing

@testable import SSEServer

@Suite("What one reader gets of a topic")
struct TopicViewTests {
  private let topic = Topic(history: 3)

  private func router(_ view: TopicView) -> Router {
    var router = Router()
    router.events("/news", from: topic) { request in
      if request.query("refused") != nil { throw HTTPStatus.forbidden }
      return view
    }
    router.events("/all", from: topic)
    return router
  }

  @Test("a filter leaves events out, without a hole, also for readers that are far behind")
  func filter() async throws {
    let view = TopicView(filter: { $0.type == "wanted" })
    try await withEventServer(router(view)) { baseURL in
      let reader = try await TopicReading.reader(at: baseURL)
      for number in 1...10 {
        try await topic.publish("no \(number)", type: "other")
        try await topic.publish("yes \(number)", type: "wanted")
        let text = try await reader.read(through: "data: yes \(number)\n\n")
        #expect(!text.contains("no "))
        #expect(!text.contains("gap"))
      }
    }
  }

  /// Only events of one type of a topic, with comments in between.
  private func withWanted(of topic: Topic, _ body: (URL) async throws -> Void) async throws {
    var router = Router()
    router.events("/news", from: topic) { _ in TopicView(filter: { $0.type == "wanted" }) }
    var configuration = EventServerConfiguration()
    configuration.keepAlive = .milliseconds(100)
    try await withEventServer(router, configuration: configuration, body)
  }

  @Test("a reader whose view leaves events out is told its place with the comments, so that it misses nothing later")
  func place() async throws {
    let topic = Topic()
    try await withWanted(of: topic) { baseURL in
      let reader = try await TopicReading.reader(at: baseURL)
      try await topic.publish("yes", type: "wanted")
      var last = ""
      for number in 1...10 { last = try await topic.publish("no \(number)", type: "other") }
      try await reader.read(through: ":\nid: \(last)\n\n")
      // Once.
      #expect(try await reader.read(through: ":\n\n") == "\r\n3\r\n:\n\n")
      let back = try await TopicReading.reader(at: baseURL, after: last)
      try await topic.publish("more", type: "wanted")
      let text = try await back.read(through: "data: more\n\n")
      #expect(!text.contains("gap"))
    }
  }

  @Test("this package's client resumes at such a place, and makes no event of it")
  func placeOfClient() async throws {
    let topic = Topic()
    try await withWanted(of: topic) { baseURL in
      let source = EventClient().source(baseURL / "news")
      var last: String?
      for try await message in source.messages {
        switch message {
        case .opened: for number in 1...5 { last = try await topic.publish("no \(number)", type: "other") }
        case .comment: break
        default: Issue.record("\(message)")
        }
        if source.lastEventID == last { break }
      }
    }
  }

  @Test("a transform changes what this reader gets, under the topic's ID, or leaves it out")
  func transform() async throws {
    let view = TopicView(transform: { event in
      guard event.data != "secret" else { return nil }
      return ServerSentEvent(data: event.data.uppercased(), type: "loud", id: "its own")
    })
    try await withEventServer(router(view)) { baseURL in
      let reader = try await TopicReading.reader(at: baseURL)
      let other = try await RawConnection.get("/all", at: baseURL)
      _ = try await other.readHead()
      try await topic.publish("secret")
      let id = try await topic.publish("hello")
      let text = try await reader.read(through: "event: loud\nid: \(id)\ndata: HELLO\n\n")
      #expect(!text.lowercased().contains("secret"))
      try await other.read(through: "data: secret\n\n")
      try await other.read(through: "data: hello\n\n")
    }
  }

  @Test("a snapshot comes first, with the ID of the reader's place; who misses nothing gets none")
  func snapshot() async throws {
    let count = Mutex(0)
    let view = TopicView(snapshot: {
      count.withLock { $0 += 1 }
      return ServerSentEvent(data: "all there is", type: "snapshot")
    })
    let first = try await topic.publish("1")
    try await withEventServer(router(view)) { baseURL in
      let reader = try await TopicReading.reader(at: baseURL)
      try await reader.read(through: "event: snapshot\nid: \(first)\ndata: all there is\n\n")
      let second = try await topic.publish("2")
      try await reader.read(through: "data: 2\n\n")
      let resumed = try await TopicReading.reader(at: baseURL, after: first)
      let missed = try await resumed.read(through: "id: \(second)\n")
      #expect(!missed.contains("snapshot"))
      #expect(count.withLock { $0 } == 1)
      // After a hole it stands for all that is held.
      for number in 3...9 { try await topic.publish("\(number)") }
      let late = try await TopicReading.reader(at: baseURL, after: first)
      let text = try await late.read(through: "data: all there is\n\n")
      #expect(text.contains("event: gap\n"))
      try await topic.publish("10")
      let live = try await late.read(through: "data: 10\n\n")
      #expect(!live.contains("data: 9\n"))
    }
  }

  @Test("of several topics those that are resumed go on; the snapshot stands for the others")
  func snapshotOfSome() async throws {
    let other = Topic()
    var router = Router()
    try router.events("/news", from: ["a": topic, "b": other]) { _ in
      TopicView(snapshot: { ServerSentEvent(data: "all of b", type: "snapshot") })
    }
    let first = try await topic.publish("a1")
    try await topic.publish("a2")
    let b1 = try await other.publish("b1")
    try await withEventServer(router) { baseURL in
      let reader = try await TopicReading.reader(at: baseURL, after: "a=\(first)")
      let text = try await reader.read(through: "data: a2\n\n")
      #expect(text.contains("event: snapshot\nid: a=\(first),b=\(b1)\ndata: all of b\n\n"))
      #expect(!text.contains("data: b1"))
    }
  }

  @Test("what a view throws cuts its reader's stream and is logged; what it cannot send too")
  func failure() async throws {
    struct Fault: Error {}
    let views = [
      TopicView(filter: { _ in throw Fault() }),
      TopicView(transform: { _ in ServerSentEvent(data: "", type: "a\nb") }),
      TopicView(snapshot: { throw Fault() }),
    ]
    for view in views {
      let log = Recorder<String>()
      let records = Recorder<EventServerAccessRecord>()
      var configuration = EventServerConfiguration()
      configuration.log = { log.note("\($0)") }
      configuration.accessLog = { records.note($0) }
      try await withEventServer(router(view), configuration: configuration) { baseURL in
        let reader = try await TopicReading.reader(at: baseURL)
        try await topic.publish("one")
        #expect(try await reader.readToEnd() == "")
        try await log.first { $0.contains("GET /news") }
        try await records.first { $0.ending == .failed }
      }
    }
  }

  @Test("a view may be refused before the head has left")
  func refused() async throws {
    try await withEventServer(router(TopicView())) { baseURL in
      let reader = try await RawConnection.get("/news?refused", at: baseURL)
      #expect(try await reader.readHead().contains("403"))
    }
  }
}
