import SSESockets

extension EventServer {
  /// What the server has done since it began to run, and how it stands; all zero on one that does not run. Waits until
  /// each event loop has ended its turn, so for as long as a handler blocks one. Costs about a fifth of a microsecond
  /// for each connection.
  ///
  /// - Parameter topics: The topics to tell of, by the names that they are to have there. Default: none.
  public func metrics(topics: [String: Topic] = [:]) async -> EventServerMetrics {
    var sum = EventServerMetrics()
    if let (servers, acceptor) = running {
      sum += await acceptor.run { $0.metrics }
      for server in servers { sum += await server.run { $0.metrics } }
    }
    for (name, topic) in topics { sum.topics[name] = await topic.metrics() }
    return sum
  }

  /// How many connections a list has at most, unless it is asked for more.
  public static let mostListed = 1_000

  /// What the server's connections are doing now, in the order in which they came. Waits as `metrics(topics:)` does.
  ///
  /// - Parameters:
  ///   - limit: At most so many. Where there are more, which of them is not defined. Default `mostListed`, 1,000.
  ///   - topics: Names for topics. A topic that is not among them has the name that it was joined with others under,
  ///     or none, and is left out of `EventServerConnection.topics`.
  public func connections(limit: Int = mostListed, topics: [String: Topic] = [:]) async -> [EventServerConnection] {
    guard let (servers, _) = running else { return [] }
    let names = TopicNames(topics)
    var all: [EventServerConnection] = []
    for server in servers {
      let room = limit - all.count
      all += await server.run { $0.connections(atMost: room, names) }
    }
    return all.sorted { $0.id < $1.id }
  }

  /// Ends a connection: a topic's reader gets the last chunk; a handler is cancelled, and its stream is given a
  /// reconnection time and cut, as when the server ends. Its client may come back: what is to keep it away is the
  /// application's.
  ///
  /// - Returns: False where there is no such connection any more.
  @discardableResult
  public func close(connection id: EventServerConnection.ID) async -> Bool {
    guard let (servers, _) = running else { return false }
    for server in servers {
      if await server.run({ $0.close(connection: id) }) { return true }
    }
    return false
  }

  /// The connections of those loops that answer within this time, which one that a handler blocks does not.
  package func connections(within limit: Duration) async -> [EventServerConnection] {
    guard let (servers, _) = running else { return [] }
    let (answers, answer) = AsyncStream.makeStream(of: [EventServerConnection].self)
    for server in servers { server.submit { answer.yield($0.connections(atMost: .max, TopicNames())) } }
    return await withTaskGroup(of: Void.self) { group in
      group.addTask {
        // Cancelled when all have answered.
        try? await Task.sleep(for: limit, clock: .eventLoop)
        answer.finish()
      }
      var all: [EventServerConnection] = []
      var missing = servers.count
      for await some in answers {
        all += some
        missing -= 1
        if missing == 0 { break }
      }
      group.cancelAll()
      return all
    }
  }
}

/// What topics are called in a report.
struct TopicNames: Sendable {
  private var names: [ObjectIdentifier: String] = [:]

  init(_ topics: [String: Topic] = [:]) {
    for (name, topic) in topics { names[ObjectIdentifier(topic)] = name }
  }

  subscript(topic: Topic) -> String? { names[ObjectIdentifier(topic)] }
}
