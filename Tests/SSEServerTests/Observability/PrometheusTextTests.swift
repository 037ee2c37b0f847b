import Foundation
import SSETestSupport
import SSETesting
import Testing

@testable import SSEServer

/// A snapshot in which no two numbers are the same.
private var snapshot: EventServerMetrics {
  var metrics = EventServerMetrics()
  metrics.connections = 12
  metrics.connectionLimit = 18_000
  metrics.connectionsAccepted = 345
  metrics.requests = 400
  metrics.responsesEnded = [.complete: 300, .readerLeft: 31, .overtaken: 2]
  metrics.limitsReached = [.connectionsPerAddress: 7, .idleKeepAlive: 8]
  metrics.handshakesFailed = 9
  metrics.acceptPauses = 1
  metrics.handlerStreams = 4
  metrics.topicReaders = 5
  metrics.eventsSent = 1_234_567
  metrics.bytesSent = 98_765_432_101
  metrics.eventsSkipped = 66
  metrics.deliveryLatency.record(nanoseconds: 500_000, count: 10)
  metrics.deliveryLatency.record(nanoseconds: 500_001, count: 20)
  metrics.deliveryLatency.record(nanoseconds: 3_000_000_000, count: 2)
  metrics.deliveryLatency.record(nanoseconds: 11_000_000_000, count: 1)
  metrics.count(stall: .milliseconds(160))
  metrics.count(stall: .milliseconds(1_500))
  metrics.count(stall: .milliseconds(120))
  var topic = TopicMetrics()
  topic.eventsPublished = 1_000
  topic.eventsHeld = 100
  topic.bytesHeld = 4_096
  topic.readers = 6
  topic.slowestReaderLag = 17
  metrics.topics = ["news": topic, "a \"b\"\\\n": TopicMetrics()]
  return metrics
}

@Suite("Prometheus's text format")
struct PrometheusTextTests {
  @Test("a snapshot, to the byte")
  func wholeText() {
    #expect(
      snapshot.prometheusText == """
        # HELP sse_connections Open connections.
        # TYPE sse_connections gauge
        sse_connections 12
        # HELP sse_connections_limit Connections that may be open at once.
        # TYPE sse_connections_limit gauge
        sse_connections_limit 18000
        # HELP sse_connections_accepted_total Accepted connections.
        # TYPE sse_connections_accepted_total counter
        sse_connections_accepted_total 345
        # HELP sse_requests_total Requests whose head could be read.
        # TYPE sse_requests_total counter
        sse_requests_total 400
        # HELP sse_responses_ended_total Responses that have ended, by how.
        # TYPE sse_responses_ended_total counter
        sse_responses_ended_total{ending="complete"} 300
        sse_responses_ended_total{ending="reader_left"} 31
        sse_responses_ended_total{ending="reader_stalled"} 0
        sse_responses_ended_total{ending="reader_vanished"} 0
        sse_responses_ended_total{ending="stream_expired"} 0
        sse_responses_ended_total{ending="overtaken"} 2
        sse_responses_ended_total{ending="failed"} 0
        sse_responses_ended_total{ending="server_ended"} 0
        # HELP sse_limits_reached_total How often a limit on connections and requests took effect.
        # TYPE sse_limits_reached_total counter
        sse_limits_reached_total{limit="connections"} 0
        sse_limits_reached_total{limit="connections_per_address"} 7
        sse_limits_reached_total{limit="request_size"} 0
        sse_limits_reached_total{limit="request_time"} 0
        sse_limits_reached_total{limit="idle_keep_alive"} 8
        # HELP sse_tls_handshakes_failed_total Connections that could not be secured.
        # TYPE sse_tls_handshakes_failed_total counter
        sse_tls_handshakes_failed_total 9
        # HELP sse_accept_pauses_total How often accepting paused, as descriptors had run out.
        # TYPE sse_accept_pauses_total counter
        sse_accept_pauses_total 1
        # HELP sse_streams Open event streams, by what writes them.
        # TYPE sse_streams gauge
        sse_streams{source="handler"} 4
        sse_streams{source="topic"} 5
        # HELP sse_events_sent_total Events sent, once for each reader.
        # TYPE sse_events_sent_total counter
        sse_events_sent_total 1234567
        # HELP sse_sent_bytes_total Bytes of responses that the system has taken.
        # TYPE sse_sent_bytes_total counter
        sse_sent_bytes_total 98765432101
        # HELP sse_events_skipped_total Events that readers which had fallen behind were not sent.
        # TYPE sse_events_skipped_total counter
        sse_events_skipped_total 66
        # HELP sse_delivery_latency_seconds From publishing an event to the system's taking it for a reader.
        # TYPE sse_delivery_latency_seconds histogram
        sse_delivery_latency_seconds_bucket{le="0.0005"} 10
        sse_delivery_latency_seconds_bucket{le="0.001"} 30
        sse_delivery_latency_seconds_bucket{le="0.0025"} 30
        sse_delivery_latency_seconds_bucket{le="0.005"} 30
        sse_delivery_latency_seconds_bucket{le="0.01"} 30
        sse_delivery_latency_seconds_bucket{le="0.025"} 30
        sse_delivery_latency_seconds_bucket{le="0.05"} 30
        sse_delivery_latency_seconds_bucket{le="0.1"} 30
        sse_delivery_latency_seconds_bucket{le="0.25"} 30
        sse_delivery_latency_seconds_bucket{le="0.5"} 30
        sse_delivery_latency_seconds_bucket{le="1.0"} 30
        sse_delivery_latency_seconds_bucket{le="2.5"} 30
        sse_delivery_latency_seconds_bucket{le="5.0"} 32
        sse_delivery_latency_seconds_bucket{le="10.0"} 32
        sse_delivery_latency_seconds_bucket{le="+Inf"} 33
        sse_delivery_latency_seconds_sum 17.01500002
        sse_delivery_latency_seconds_count 33
        # HELP sse_loop_stalls_total How often an event loop was held for 100 ms or more.
        # TYPE sse_loop_stalls_total counter
        sse_loop_stalls_total 3
        # HELP sse_loop_stall_seconds_total How long event loops were held so.
        # TYPE sse_loop_stall_seconds_total counter
        sse_loop_stall_seconds_total 1.78
        # HELP sse_loop_stall_longest_seconds How long the longest of these lasted.
        # TYPE sse_loop_stall_longest_seconds gauge
        sse_loop_stall_longest_seconds 1.5
        # HELP sse_topic_events_published_total Events published.
        # TYPE sse_topic_events_published_total counter
        sse_topic_events_published_total{topic="a \\"b\\"\\\\\\n"} 0
        sse_topic_events_published_total{topic="news"} 1000
        # HELP sse_topic_held_events Events that the topic holds.
        # TYPE sse_topic_held_events gauge
        sse_topic_held_events{topic="a \\"b\\"\\\\\\n"} 0
        sse_topic_held_events{topic="news"} 100
        # HELP sse_topic_held_bytes Bytes of the events that the topic holds.
        # TYPE sse_topic_held_bytes gauge
        sse_topic_held_bytes{topic="a \\"b\\"\\\\\\n"} 0
        sse_topic_held_bytes{topic="news"} 4096
        # HELP sse_topic_readers Readers of the topic, on connections and in the process.
        # TYPE sse_topic_readers gauge
        sse_topic_readers{topic="a \\"b\\"\\\\\\n"} 0
        sse_topic_readers{topic="news"} 6
        # HELP sse_topic_slowest_reader_lag_events Events that the slowest reader has not been sent.
        # TYPE sse_topic_slowest_reader_lag_events gauge
        sse_topic_slowest_reader_lag_events{topic="a \\"b\\"\\\\\\n"} 0
        sse_topic_slowest_reader_lag_events{topic="news"} 17

        """)
  }

  @Test("the parts of a server add up, the longest stall stays the longest")
  func sum() {
    var sum = snapshot
    sum.topics = [:]
    let part = sum
    sum += part
    #expect(sum.connections == 24)
    #expect(sum.responsesEnded == [.complete: 600, .readerLeft: 62, .overtaken: 4])
    #expect(sum.limitsReached == [.connectionsPerAddress: 14, .idleKeepAlive: 16])
    #expect(sum.eventsSent == 2 * 1_234_567)
    #expect(sum.deliveryLatency.count == 66)
    #expect(sum.deliveryLatency.sum == part.deliveryLatency.sum * 2)
    #expect(sum.loopStalls == 6)
    #expect(sum.loopStallTime == .milliseconds(3_560))
    #expect(sum.longestLoopStall == .milliseconds(1_500))
    var nothing = EventServerMetrics()
    nothing += part
    #expect(nothing == part)
  }

  @Test("a route answers a scrape with the metrics of the server that it is asked on")
  func route() async throws {
    let news = Topic()
    try await news.publish("one")
    var router = Router()
    router.get("/metrics") { request in await .metrics(request.server.metrics(topics: ["news": news])) }
    try await withEventServer(router) { baseURL in
      let response = try await exchange(baseURL, request("GET", "/metrics"))
      #expect(response.status == 200)
      #expect(response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
      #expect(response["Cache-Control"] == "no-store")
      #expect(response.body.contains("\nsse_connections 1\n"))
      #expect(response.body.contains("\nsse_requests_total 1\n"))
      #expect(response.body.contains("\nsse_topic_events_published_total{topic=\"news\"} 1\n"))
    }
  }
}
