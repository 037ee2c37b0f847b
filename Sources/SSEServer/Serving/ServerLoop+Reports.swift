import SSESockets

/// What the loop tells of itself and its connections, and how one of them is ended from outside.
extension ServerLoop {
  /// What has been done on this loop, with what is open now. Its connections are looked at only when this is asked, so
  /// that nothing is counted twice while events go out.
  var metrics: EventServerMetrics {
    var metrics = counters
    for connection in connections.all {
      metrics.bytesSent += connection.socket.sentTotal
      guard case .streaming(let stream) = connection.activity else { continue }
      metrics.handlerStreams += 1
      metrics.eventsSent += stream.eventCount
    }
    topicReaders.add(to: &metrics)
    return metrics
  }

  /// At most so many of this loop's connections.
  func connections(atMost limit: Int, _ names: TopicNames) -> [EventServerConnection] {
    let ofTasks = connections.all.prefix(max(0, limit)).map(\.report)
    return ofTasks + topicReaders.all.prefix(max(0, limit - ofTasks.count)).map { $0.report(names) }
  }

  /// False where this loop does not have that connection.
  func close(connection id: Int) -> Bool {
    if let connection = connections.all.first(where: { $0.id == id }) {
      connection.end()
      return true
    }
    guard let reader = topicReaders.all.first(where: { $0.id == id }) else { return false }
    reader.end(.serverEnded)
    return true
  }

  func reportBlocked(_ duration: Duration, task: UInt) {
    counters.count(stall: duration)
    // Other work than a task's has no address, nor has a connection whose task has not begun.
    let route = task == 0 ? nil : connections.all.first { $0.taskAddress == task }?.route
    configuration.log(.loopBlocked(route: route, duration))
  }
}

extension ServedConnection {
  fileprivate var report: EventServerConnection {
    var stream: OutgoingStream?
    if case .streaming(let open) = activity { stream = open }
    return EventServerConnection(
      id: id, remoteAddress: exchange?.record.remoteAddress ?? remoteAddress,
      activity: stream != nil ? .streaming : exchange != nil ? .answering : .waiting,
      method: exchange?.record.method, path: exchange?.record.path, route: route, topics: [], lag: nil,
      events: stream?.eventCount ?? 0, bytes: exchange?.sentCount ?? 0,
      age: exchange.map { .nanoseconds(Int64(EventLoop.now - $0.record.start)) })
  }
}

extension TopicReader {
  fileprivate func report(_ names: TopicNames) -> EventServerConnection {
    let record = accessRecord
    return EventServerConnection(
      id: id, remoteAddress: record.remoteAddress, activity: .reading, method: record.method, path: record.path,
      route: self.record.route, topics: topicNames(names), lag: lag, events: record.events, bytes: record.bytes,
      age: record.duration)
  }

  private func topicNames(_ names: TopicNames) -> [String] {
    (0..<topicCount).compactMap { index in
      names[membership(index).readers.topic] ?? particulars.flatMap { $0.names.isEmpty ? nil : $0.names[index] }
    }.sorted()
  }

  private var lag: Int {
    (0..<topicCount).reduce(0) { sum, index in
      let membership = membership(index)
      return sum + membership.readers.topic.lag(at: membership.position.next)
    }
  }
}
