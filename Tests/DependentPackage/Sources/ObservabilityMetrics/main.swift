import Metrics
import SSEServer

/// Reports a server's metrics every ten seconds, until it has ended or its task is cancelled.
func report(_ server: EventServer, topics: [String: Topic]) async throws {
  var last = EventServerMetrics()
  while true {
    let metrics = await server.metrics(topics: topics)
    // All is zero once the server has ended, and a counter must not go down.
    if metrics.connectionsAccepted < last.connectionsAccepted { return }
    Meter(label: "sse_connections").set(metrics.connections)
    Meter(label: "sse_topic_readers").set(metrics.topicReaders)
    Counter(label: "sse_events_sent").increment(by: metrics.eventsSent - last.eventsSent)
    Counter(label: "sse_sent_bytes").increment(by: metrics.bytesSent - last.bytesSent)
    Counter(label: "sse_loop_stalls").increment(by: metrics.loopStalls - last.loopStalls)
    for (ending, count) in metrics.responsesEnded {
      Counter(label: "sse_responses_ended", dimensions: [("ending", "\(ending)")])
        .increment(by: count - last.responsesEnded[ending, default: 0])
    }
    for (name, topic) in metrics.topics {
      Meter(label: "sse_topic_slowest_reader_lag", dimensions: [("topic", name)]).set(topic.slowestReaderLag)
    }
    last = metrics
    try await Task.sleep(for: .seconds(10))
  }
}

let news = Topic()
var router = Router()
router.events("/news", from: news)
let server = EventServer(router, port: 8080)
try await withThrowingTaskGroup(of: Void.self) { group in
  group.addTask { try await server.run(drainingOn: [.terminate, .interrupt]) }
  group.addTask { try await report(server, topics: ["news": news]) }
  try await group.next()  // The server has ended, so nothing is left to report.
  group.cancelAll()
}
