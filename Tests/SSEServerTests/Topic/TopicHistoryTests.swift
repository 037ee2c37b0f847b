import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite("What a topic holds, and for whom")
struct TopicHistoryTests {
  typealias Reading = TopicReading

  @Test("the history's number and age are both kept to (S46)")
  func history() async throws {
    let few = Topic(history: 3)
    let young = Topic(maxAge: .milliseconds(100))
    var router = Reading.router(few)
    router.events("/young", from: young)
    try await withEventServer(router) { baseURL in
      let first = try await few.publish("1")
      for number in 2...5 { try await few.publish("\(number)") }
      let text = try await Reading.reader(at: baseURL, after: first).read(through: "data: 5\n\n")
      #expect(text.contains(#""reason":"expired"}"#))
      #expect(text.contains("data: 3\n"))
      #expect(!text.contains("data: 2\n"))
      let old = try await young.publish("old")
      try await young.publish("old too")
      try await eventually("both are too old") {
        let reader = try await RawConnection.get("/young", at: baseURL, headers: "Last-Event-ID: \(old)\r\n")
        _ = try await reader.readHead()
        return try await reader.read(through: "\n\n").contains(#""oldest":"","reason":"expired"}"#)
      }
    }
  }

  @Test("S47c: an HTTP/1.0 reader of a topic gets the same events, without chunks")
  func http1_0() async throws {
    let topic = Topic(history: 2)
    try await withEventServer(Reading.router(topic)) { baseURL in
      let first = try await topic.publish("missed")
      for data in ["one", "two"] { try await topic.publish(data) }
      var texts: [String] = []
      for version in ["1.0", "1.1"] {
        let reader = try await RawConnection.get(
          "/news", at: baseURL, version: version, headers: "Last-Event-ID: \(first.dropLast())0\r\n")
        let head = try await reader.readHead()
        #expect(head.contains("Transfer-Encoding") == (version == "1.1"))
        #expect(head.contains("Connection: close\r\n"))
        let last = try await topic.publish("live", type: "note")
        let text = try await reader.read(through: "event: note\nid: \(last)\ndata: live\n\n")
        // The one's history has moved on since the other's.
        texts.append(version == "1.0" ? text : try #require(RawStream(head: "", body: text + "\r\n").chunks).joined())
      }
      #expect(texts[0].hasPrefix("event: gap\n"))
      #expect(texts[1].hasPrefix("event: gap\n"))
      #expect(texts[0].contains("data: two\n\nevent: note\n"))
    }
  }
}
