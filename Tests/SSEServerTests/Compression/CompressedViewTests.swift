import Foundation
import SSETestSupport
import SSETesting
import Testing

@testable import SSEServer

@Suite("Compressed readers of several topics with views, and such as are overtaken", .serialized)
struct CompressedViewTests {
  @Test("a snapshot, what a view makes and leaves out, and IDs of all topics: the same as without compression")
  func joinedViews() async throws {
    let topics = ["a": Topic(history: 100), "b": Topic(history: 100), "c": Topic(history: 100)]
    var router = Router()
    try router.events("/all", from: topics) { _ in
      TopicView(
        filter: { !$0.data.hasSuffix("left out") },
        transform: { $0.type == "loud" ? ServerSentEvent(data: $0.data.uppercased(), type: "was loud") : $0 },
        snapshot: { ServerSentEvent(data: String(repeating: "table ", count: 500), type: "snapshot") })
    }
    let server = EventServer(router, port: 0, configuration: .compressing)
    try await withEventServer(server, timeLimit: .seconds(60)) { address in
      let baseURL = try #require(URL(string: address.url))
      var plain = try await RawConnection.get("/all", at: baseURL, version: "1.0")
      _ = try await plain.readHead()
      let readers = [
        try await GzipReader("/all", at: baseURL), try await GzipReader("/all", at: baseURL, version: "1.0"),
      ]
      for number in 1...300 {
        let topic = try #require(topics[["a", "b", "c"][number * number % 3]])
        if number % 5 == 0 { try await topic.publish("\(number) left out") }
        let text = String(repeating: "\(number) ", count: number % 7 == 0 ? 2_000 : number % 40)
        try await topic.publish("\(text)end", type: number % 4 == 0 ? "loud" : "event")
        let marker = number % 4 == 0 ? "END\n\n" : "end\n\n"
        let expected = try await plain.read(through: marker)
        for reader in readers {
          let isSame = try await reader.read(through: marker) == expected
          #expect(isSame, "\(number)")
        }
      }
      // One that comes back gets from the middle what was published since, in the same form.
      let headers = "Last-Event-ID: a=\(topics["a"]?.epoch ?? "")-20,b=\(topics["b"]?.epoch ?? "")-1\r\n"
      plain = try await RawConnection.get("/all", at: baseURL, version: "1.0", headers: headers)
      _ = try await plain.readHead()
      let back = try await GzipReader("/all", at: baseURL, headers: headers)
      try await topics["c"]?.publish("last")
      let texts = [
        try await plain.read(through: "data: last\n\n"), try await back.read(through: "data: last\n\n"),
      ]
      // Topics take turns, so that the order among them may be another; what each gives is the same.
      let events = texts.map { text in text.components(separatedBy: "\n\n").map { $0.split(separator: "\n").last } }
      let isSame = Set(events[0]) == Set(events[1]) && events[0].count == events[1].count
      #expect(isSame)
      server.drain()
      for reader in readers + [back] {
        let rest = try await reader.readToEnd()
        #expect(rest.contains("retry: "))
        #expect(reader.isAtEnd)
      }
    }
  }

  @Test("S47b: overtaken in the middle of a compressed event a reader is cut off, with neither end")
  func cut() async throws {
    let topic = Topic(history: 10, onLag: .skipToOldest)
    var configuration = EventServerConfiguration.compressing
    configuration.keepAlive = nil
    // 110 KB with little to compress in them.
    let data = CompressedTopicTests.data(23)
    try await withEventServer(TopicReading.router(topic), timeLimit: .seconds(60), configuration: configuration) {
      baseURL in
      let stuck = try await GzipReader("/news", at: baseURL, receiveBuffer: 4_096)
      let reader = try await TopicReading.reader(at: baseURL)
      for number in 0..<100 {
        let id = try await topic.publish("\(number) \(data)")
        try await reader.read(through: "id: \(id)\n")
      }
      let text = try await stuck.readToEnd()
      #expect(!stuck.hasLastChunk)
      #expect(!stuck.isAtEnd)
      let items = try TopicReading.items(in: text)
      #expect(items == (1...max(1, items.count)).map { .event($0) })
      #expect(items.count < 100)
    }
  }
}
