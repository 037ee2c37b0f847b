import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite(
  "Metrics, read by Prometheus's own parser", .enabled(if: PythonEnvironment.isMade, PythonEnvironment.comment))
struct PrometheusParserTests {
  private struct Family: Decodable {
    var name: String
    var type: String
    var help: String
    var samples: [Sample]
  }

  private struct Sample: Decodable {
    var name: String
    var labels: [String: String]
    /// As Python writes a float.
    var value: String

    var number: Double? { Double(value) }
  }

  @Test("every family has its type and help, every label its value, and the histogram adds up", .timeLimit(.minutes(1)))
  func parses() async throws {
    let topic = Topic()
    // What has to be escaped in a label.
    let name = "a \"b\"\\\n{ü}"
    var router = Router()
    router.events("/news", from: topic)
    router.get("/metrics") { request in await .metrics(request.server.metrics(topics: [name: topic, "other": Topic()]))
    }
    try await withEventServer(router, timeLimit: .seconds(30)) { baseURL in
      let reader = try await RawConnection.connect(port: try #require(baseURL.port))
      try await reader.write("GET /news HTTP/1.1\r\nHost: test\r\n\r\n")
      try await reader.read(through: "\r\n\r\n")
      for number in 1...20 { try await topic.publish("\(number)") }
      try await reader.read(through: "data: 20\n\n")

      let families: [Family] = try await PythonEnvironment.run(
        "prometheus_parser.py", [(baseURL / "metrics").absoluteString])
      #expect(families.count == 21)
      #expect(families.allSatisfy { ["counter", "gauge", "histogram"].contains($0.type) && !$0.help.isEmpty })
      // The parser names a counter's family without its "_total".
      #expect(families.allSatisfy { family in family.samples.allSatisfy { $0.name.hasPrefix(family.name) } })
      func samples(_ family: String) -> [Sample] { families.first { $0.name == family }?.samples ?? [] }
      #expect(samples("sse_topic_events_published").map(\.labels) == [["topic": name], ["topic": "other"]])
      #expect(samples("sse_topic_events_published").map(\.number) == [20, 0])
      #expect(samples("sse_events_sent").map(\.number) == [20])
      #expect(samples("sse_streams").map(\.labels) == [["source": "handler"], ["source": "topic"]])
      #expect(samples("sse_streams").map(\.number) == [0, 1])
      let latency = samples("sse_delivery_latency_seconds")
      let buckets = latency.filter { $0.name == "sse_delivery_latency_seconds_bucket" }
      #expect(buckets.compactMap { $0.labels["le"].flatMap(Double.init) }.last == .infinity)
      #expect(buckets.map { $0.number ?? -1 } == buckets.map { $0.number ?? -1 }.sorted())
      #expect(buckets.last?.number == 20)
      #expect(latency.first { $0.name.hasSuffix("_count") }?.number == 20)
      #expect((latency.first { $0.name.hasSuffix("_sum") }?.number ?? 0) > 0)
    }
  }
}
