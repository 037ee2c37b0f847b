extension EventServerMetrics {
  /// The media type of `prometheusText`.
  public static let prometheusContentType = "text/plain; version=0.0.4; charset=utf-8"

  /// The snapshot in Prometheus's text format, version 0.0.4: times in seconds, names that begin with `sse_`, each way
  /// to end and each limit with a sample from the beginning. `Response.metrics(_:)` answers a scrape with it.
  public var prometheusText: String {
    var text = PrometheusText()
    writeConnections(to: &text)
    writeEvents(to: &text)
    writeLoops(to: &text)
    if !topics.isEmpty { writeTopics(to: &text) }
    return text.text
  }

  private func writeConnections(to text: inout PrometheusText) {
    text.add(.gauge, "sse_connections", "Open connections.", connections)
    text.add(.gauge, "sse_connections_limit", "Connections that may be open at once.", connectionLimit)
    text.add(.counter, "sse_connections_accepted_total", "Accepted connections.", connectionsAccepted)
    text.add(.counter, "sse_requests_total", "Requests whose head could be read.", requests)
    text.add(
      .counter, "sse_responses_ended_total", "Responses that have ended, by how.", by: "ending",
      EventServerAccessRecord.Ending.allCases.map { (Self.label($0), responsesEnded[$0, default: 0]) })
    text.add(
      .counter, "sse_limits_reached_total", "How often a limit on connections and requests took effect.", by: "limit",
      Limit.allCases.map { (Self.label($0), limitsReached[$0, default: 0]) })
    text.add(
      .counter, "sse_tls_handshakes_failed_total", "Connections that could not be secured.", handshakesFailed)
    text.add(
      .counter, "sse_accept_pauses_total", "How often accepting paused, as descriptors had run out.", acceptPauses)
  }

  private func writeEvents(to text: inout PrometheusText) {
    text.add(
      .gauge, "sse_streams", "Open event streams, by what writes them.", by: "source",
      [("handler", handlerStreams), ("topic", topicReaders)])
    text.add(.counter, "sse_events_sent_total", "Events sent, once for each reader.", eventsSent)
    text.add(.counter, "sse_sent_bytes_total", "Bytes of responses that the system has taken.", bytesSent)
    text.add(
      .counter, "sse_events_skipped_total", "Events that readers which had fallen behind were not sent.", eventsSkipped)
    text.add(
      "sse_delivery_latency_seconds", "From publishing an event to the system's taking it for a reader.",
      deliveryLatency)
  }

  private func writeLoops(to text: inout PrometheusText) {
    text.add(.counter, "sse_loop_stalls_total", "How often an event loop was held for 100 ms or more.", loopStalls)
    text.add(
      .counter, "sse_loop_stall_seconds_total", "How long event loops were held so.", loopStallTime.seconds)
    text.add(
      .gauge, "sse_loop_stall_longest_seconds", "How long the longest of these lasted.", longestLoopStall.seconds)
  }

  private func writeTopics(to text: inout PrometheusText) {
    let topics = topics.sorted { $0.key < $1.key }
    func add(_ kind: PrometheusText.Kind, _ name: String, _ help: String, _ value: KeyPath<TopicMetrics, Int>) {
      text.add(kind, name, help, by: "topic", topics.map { ($0.key, $0.value[keyPath: value]) })
    }
    add(.counter, "sse_topic_events_published_total", "Events published.", \.eventsPublished)
    add(.gauge, "sse_topic_held_events", "Events that the topic holds.", \.eventsHeld)
    add(.gauge, "sse_topic_held_bytes", "Bytes of the events that the topic holds.", \.bytesHeld)
    add(.gauge, "sse_topic_readers", "Readers of the topic, on connections and in the process.", \.readers)
    add(
      .gauge, "sse_topic_slowest_reader_lag_events", "Events that the slowest reader has not been sent.",
      \.slowestReaderLag)
  }

  /// The name of an enumeration's case as labels are written: "reader_left".
  private static func label(_ name: some Any) -> String {
    var label = ""
    for character in "\(name)" {
      if character.isUppercase { label += "_" }
      label += character.lowercased()
    }
    return label
  }
}

extension Response {
  /// An answer to Prometheus: `router.get("/metrics") { request in await .metrics(request.server.metrics()) }`.
  public static func metrics(_ metrics: EventServerMetrics) -> Response {
    Response(
      headers: ["Content-Type": EventServerMetrics.prometheusContentType, "Cache-Control": "no-store"],
      bytes: Array(metrics.prometheusText.utf8))
  }
}
