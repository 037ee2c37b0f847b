import Foundation
import SSEServer
import SSETestSupport
import Testing

@testable import SSECommandLine

@Suite("A hub: publishing and reading", .timeLimit(.minutes(1)))
struct HubTests {
  @Test("an event that is published is answered 202 with its ID, and comes to the topic's readers with that ID")
  func publish() async throws {
    try await withHub { _, port in
      let reader = try await read(port, "/events?topic=news")
      let answer = try await ask(port, "POST", "/publish?topic=news&type=headline", body: "one\ntwo")
      #expect(answer.status == 202)
      #expect(answer.head.contains("Content-Type: application/json"))
      let id = try #require(answer.body.firstMatch(of: /^{"id":"([0-9a-z]+-1)"}$/)).1
      try await reader.read(through: "event: headline\nid: \(id)\ndata: one\ndata: two\n\n")
    }
  }

  @Test("the topic is 'default' where none is named")
  func defaultTopic() async throws {
    try await withHub { _, port in
      let reader = try await read(port, "/events")
      #expect(try await ask(port, "POST", "/publish", body: "hello").status == 202)
      try await reader.read(through: "data: hello\n\n")
      let named = try await read(port, "/events?topic=default&lastEventID=earliest")
      try await named.read(through: "data: hello\n\n")
    }
  }

  @Test("several topics share a connection, named twice or not; the ID names the position in each")
  func severalTopics() async throws {
    try await withHub { hub, port in
      let a = try hub.topics.topic("a", for: .reader).startOfHistory
      let b = try hub.topics.topic("b", for: .reader).startOfHistory
      let epochs = [a, b].map { $0.prefix { $0 != "-" } }
      let reader = try await read(port, "/events?topic=b&topic=a&topic=b")
      _ = try await ask(port, "POST", "/publish?topic=a", body: "1")
      try await reader.read(through: "id: a=\(epochs[0])-1,b=\(epochs[1])-0\ndata: 1\n\n")
      _ = try await ask(port, "POST", "/publish?topic=b", body: "2")
      try await reader.read(through: "id: a=\(epochs[0])-1,b=\(epochs[1])-1\ndata: 2\n\n")
      let all = try await read(port, "/events?topic=a&topic=b&lastEventID=earliest")
      // Which of them comes first is not settled.
      let first = try await all.read(through: "\n\n")
      let second = try await all.read(through: "\n\n")
      #expect([first, second].map { $0.contains("data: 1\n") }.contains(true))
      #expect([first, second].map { $0.contains("data: 2\n") }.contains(true))
    }
  }

  @Test("a reader resumes behind the ID in the header field, which counts, or in the query")
  func resuming() async throws {
    try await withHub { _, port in
      for number in 1...3 { _ = try await ask(port, "POST", "/publish", body: "\(number)") }
      let all = try await read(port, "/events?lastEventID=earliest")
      let text = try await all.read(through: "data: 3\n\n")
      #expect(text.contains("data: 1\n\n"))
      let ids = text.matches(of: /id: (\S+)/).map(\.1)
      try #require(ids.count == 3)
      let byQuery = try await read(port, "/events?lastEventID=\(ids[0])")
      #expect(!(try await byQuery.read(through: "data: 3\n\n")).contains("data: 1\n"))
      let byField = try await read(port, "/events?lastEventID=\(ids[0])", ["Last-Event-ID: \(ids[1])"])
      #expect(!(try await byField.read(through: "data: 3\n\n")).contains("data: 2\n"))
    }
  }

  @Test(
    "what cannot be published or read is refused, with the reason in JSON",
    arguments: [
      ("POST", "/publish?topic=a/b", "x", 400, #""a/b\" cannot be a topic's name"#),
      ("POST", "/publish?topic=", "x", 400, "cannot be a topic's name"),
      ("POST", "/publish?topic=\(String(repeating: "x", count: 65))", "x", 400, "cannot be a topic's name"),
      ("POST", "/publish?topic=a&topic=b", "x", 400, "an event is published to one topic"),
      ("POST", "/publish?type=a%0Ab", "x", 400, "holds a line end or NUL"),
      ("GET", "/publish", "", 405, "Method Not Allowed"),
      ("GET", "/events?topic=..%2Fx", "", 400, "cannot be a topic's name"),
      ("GET", "/events?" + (0..<65).map { "topic=\($0)" }.joined(separator: "&"), "", 400, "65 topics"),
      ("GET", "/nothing", "", 404, "Not Found"),
    ] as [(String, String, String, Int, String)])
  func refused(method: String, target: String, body: String, status: Int, reason: String) async throws {
    try await withHub { hub, port in
      let answer = try await ask(port, method, target, body: method == "POST" ? body : nil)
      #expect(answer.status == status)
      #expect(answer.body.hasPrefix(#"{"error":""#))
      #expect(answer.body.contains(reason))
      #expect(hub.topics.byName.values.allSatisfy { $0.isEmpty })
    }
  }

  @Test("data is UTF-8, of any length up to the limit of a body; an empty body is an event without data")
  func data() async throws {
    try await withHub { _, port in
      let reader = try await read(port, "/events")
      #expect(try await ask(port, "POST", "/publish", body: "").status == 202)
      try await reader.read(through: "data: \n\n")
      #expect(try await ask(port, "POST", "/publish", body: "Grüße 🎉").status == 202)
      try await reader.read(through: "data: Grüße 🎉\n\n")
      #expect(try await ask(port, "POST", "/publish", ["Content-Length: 1048577"]).status == 413)
      let connection = try await RawConnection.connect(port: port)
      try await connection.write("POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n")
      try await connection.write([0xFF])
      #expect(try await connection.read(through: "}").contains(#" 400 Bad Request"#))
    }
  }

  @Test("there are no more topics than the limit; names that nobody uses make room after a while")
  func topicLimit() async throws {
    try await withHub(HubAccess(), HubTopics.Settings(most: 2)) { _, port in
      _ = try await ask(port, "POST", "/publish?topic=a", body: "1")
      _ = try await ask(port, "POST", "/publish?topic=b", body: "1")
      let refused = try await ask(port, "POST", "/publish?topic=c", body: "1")
      #expect(refused.status == 503)
      #expect(refused.body.contains("--max-topics"))
      #expect(try await ask(port, "POST", "/publish?topic=a", body: "2").status == 202)
    }
    let topics = try HubTopics(HubTopics.Settings(most: 2))
    let start = UInt64(1_000_000_000_000)
    let first = try topics.topic("a", for: .publisher, now: start)
    try await first.publish("1")
    _ = try topics.topic("b", for: .reader, now: start)
    let almost = UInt64(59_000_000_000)
    #expect(throws: HubError.tooManyTopics(limit: 2)) {
      try topics.topic("c", for: .publisher, now: start + almost)
    }
    _ = try topics.topic("c", for: .publisher, now: start + 2 * almost)
    #expect(topics.byName.keys.sorted() == ["a", "c"])
  }

  @Test("a topic comes into being when the body is whole: a slow one is not published to a topic that has gone")
  func slowBody() async throws {
    try await withHub(HubAccess(), HubTopics.Settings(most: 1)) { hub, port in
      let publisher = try await RawConnection.connect(port: port)
      let lines = ["POST /publish?topic=a HTTP/1.1", "Host: localhost", "Content-Length: 2", "Expect: 100-continue"]
      try await publisher.write(lines.joined(separator: "\r\n") + "\r\n\r\n")
      // The handler reads.
      try await publisher.read(through: " 100 Continue\r\n\r\n")
      #expect(hub.topics.byName.isEmpty)
      try await publisher.write("ok")
      try await publisher.read(through: " 202 Accepted\r\n")
      let newest = hub.topics.byName["a"]?.newest
      #expect(newest?.data == "ok")
    }
  }

  @Test("readers leave a quarter of the topics to publishers")
  func roomForPublishers() async throws {
    try await withHub(HubAccess(), HubTopics.Settings(most: 4)) { hub, port in
      for name in 1...3 { #expect(try await ask(port, "HEAD", "/events?topic=\(name)").status == 200) }
      let refused = try await ask(port, "HEAD", "/events?topic=4")
      #expect(refused.status == 503)
      #expect(try await ask(port, "POST", "/publish?topic=4", body: "1").status == 202)
      #expect(try await ask(port, "HEAD", "/events?topic=4").status == 200)
      #expect(hub.topics.byName.count == 4)
    }
  }

  @Test("HEAD asks for the head of a stream alone; a reader that wants no events is told so")
  func heads() async throws {
    try await withHub { _, port in
      let head = try await ask(port, "HEAD", "/events")
      #expect(head.status == 200)
      #expect(head.head.contains("text/event-stream"))
      #expect(head.body == "")
      #expect(try await ask(port, "GET", "/events", ["Accept: text/html"]).status == 406)
    }
  }

  @Test("health and metrics")
  func observed() async throws {
    try await withHub { _, port in
      #expect(try await ask(port, "GET", "/healthz").body == "ok\n")
      _ = try await ask(port, "POST", "/publish?topic=a", body: "1")
      let metrics = try await ask(port, "GET", "/metrics")
      #expect(metrics.head.contains("Content-Type: text/plain; version=0.0.4"))
      #expect(metrics.body.contains("sse_topic_events_published_total{topic=\"a\"} 1\n"))
    }
  }
}
