import SSESockets

/// The topic readers of a server's loop. On the loop's thread only.
final class TopicReaderTable {
  private var topics: [ObjectIdentifier: TopicReaders] = [:]
  private let deliveries = TopicDeliveries()

  /// A reader of several topics once.
  var all: [TopicReader] { topics.values.flatMap { readers in readers.all.filter { $0.first.readers === readers } } }

  var isEmpty: Bool { topics.isEmpty }

  /// The readers of a topic on this loop.
  func readers(
    of topic: Topic, on loop: EventLoop, _ compressor: StreamCompressor?, closed: @escaping (TopicReader) -> Void
  ) -> TopicReaders {
    let key = ObjectIdentifier(topic)
    if let known = topics[key] { return known }
    let readers = TopicReaders(
      topic: topic, loop: loop, deliveries: deliveries, blocks: compressor?.blocks, closed: closed,
      becameEmpty: { [unowned self] in topics[key] = nil })
    topics[key] = readers
    return readers
  }

  /// What these readers were sent, those that have gone included, but for what is counted when a reader closes.
  func add(to metrics: inout EventServerMetrics) {
    for readers in topics.values {
      metrics.eventsSent += readers.positions.reduce(0) { $0 + $1.eventCount }
      metrics.bytesSent += readers.positions.reduce(0) { $0 + $1.sentCount }
    }
    let readers = all
    metrics.topicReaders += readers.count
    metrics.bytesSent += readers.reduce(0) { $0 + $1.socket.sentTotal }
    metrics.deliveryLatency += deliveries.latency
    metrics.eventsSkipped += deliveries.skippedCount
  }

  func sweep(now: UInt64, _ configuration: EventServerConfiguration) {
    for reader in all { reader.sweep(now: now, configuration) }
  }

  /// Ends all readers; each gets the farewell, with a reconnection time of its own.
  func end(_ configuration: EventServerConfiguration) {
    for reader in all { reader.end(.serverEnded, configuration.appendFarewell) }
  }
}
