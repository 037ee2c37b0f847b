import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@testable import SSECommandLine

@Suite("What a hub tells its page", .timeLimit(.minutes(1)))
struct HubReportTests {
  private struct Report: Decodable {
    struct Topic: Decodable {
      let name: String
      let readers: Int
      let published: Int
    }
    struct Connection: Decodable {
      let id: Int
      let address: String
      let reads: String
      let lag: Int?
    }
    struct Event: Decodable {
      let topic: String
      let data: String
      let isWhole: Bool
    }
    let published: Int
    let topics: [Topic]
    let connections: [Connection]
    let events: [Event]
  }

  @Test("it is told at once and then each second, of topics, connections and the events that are new")
  func reports() async throws {
    try await withRunningProgram(sse, ["serve", "--port", "0"]) { program in
      let port = try await program.port()
      _ = try await ask(port, "POST", "/publish?topic=a", body: String(repeating: "x", count: 501))
      let reader = try await read(port, "/events?topic=a&topic=b")
      let page = try await read(port, "/hub/status")
      let first = try await next(page)
      #expect(first.topics.map(\.name) == ["a", "b"])
      #expect(first.topics.map(\.readers) == [1, 1])
      #expect(first.events.map(\.data) == [String(repeating: "x", count: 500)])
      #expect(first.events.map(\.isWhole) == [false])
      #expect(first.connections.contains { $0.reads == "a, b" && $0.address == "127.0.0.1" && $0.lag == 0 })
      #expect(first.connections.contains { $0.reads == "the hub's page" })

      _ = try await ask(port, "POST", "/publish?topic=b", body: "2")
      var report = try await next(page)
      while report.events.isEmpty { report = try await next(page) }
      #expect(report.events.map(\.data) == ["2"])
      #expect(report.published == 2)

      // One that comes later is told of what the first knows.
      let second = try await read(port, "/hub/status")
      #expect(try await next(second).events.map(\.topic) == ["a", "b"])
      reader.close()
    }
  }

  @Test("a connection is ended by its number; then there is none of that number")
  func ending() async throws {
    try await withHub { hub, port in
      let reader = try await read(port, "/events?topic=a")
      let topic = try hub.topics.topic("a", for: .reader)
      try await eventually("the topic has its reader") { topic.readers.count == 1 }
      let metrics = try await ask(port, "GET", "/metrics")
      #expect(metrics.body.contains("sse_topic_readers{topic=\"a\"} 1\n"))
      // The server's first connection.
      #expect(try await ask(port, "DELETE", "/hub/connections/1").status == 204)
      #expect(try await reader.ending() == .endOfFile)
      let again = try await ask(port, "DELETE", "/hub/connections/1")
      #expect(again.status == 404)
      #expect(again.body.contains("no such connection"))
      #expect(try await ask(port, "DELETE", "/hub/connections/x").status == 404)
    }
  }

  @Test("the last fifty events are remembered, their data to a length")
  func recent() {
    let recent = RecentEvents()
    for number in 1...60 { recent.note(ServerSentEvent(data: "\(number)"), id: "e-\(number)", topic: "t") }
    #expect(recent.events(after: 0).map(\.number) == Array(11...60))
    #expect(recent.events(after: 58).map(\.data) == ["59", "60"])
    #expect(recent.events(after: 60).isEmpty)
    recent.note(ServerSentEvent(data: "e" + String(repeating: "\u{301}", count: 10_000)), id: "", topic: "t")
    #expect(recent.events(after: 60).first?.data.unicodeScalars.count == 500)
  }

  /// The next report of a page's stream.
  private func next(_ page: RawConnection) async throws -> Report {
    try await page.read(through: "data: ")
    let json = try await page.read(through: "\n").dropLast()
    return try JSONDecoder().decode(Report.self, from: Data(json.utf8))
  }
}
