import SSEServer
import SSESockets

/// How a hub stands, as its page is told once a second, in JSON.
struct HubReport: Encodable, Sendable {
  /// Topics and connections at most; the counts are of all.
  static let mostRows = 200

  struct Topic: Encodable, Sendable {
    let name: String
    let readers: Int
    /// Since it was made.
    let published: Int
    let held: Int
    let bytes: Int
  }

  struct Connection: Encodable, Sendable {
    let id: Int
    let address: String
    /// The topics that it reads, else its request.
    let reads: String
    /// Events that it has not been sent; nil where it reads no topic.
    let lag: Int?
    let events: Int
    let seconds: Double?
  }

  /// Another one for each start of a hub.
  var run: UInt32
  /// Seconds of a clock that begins anywhere.
  var time: Double
  /// Events that all topics have taken.
  var published: Int
  /// Events that were sent, once for each reader.
  var sent: Int
  var readers: Int
  var topicCount: Int
  var connectionCount: Int
  var topics: [Topic]
  var connections: [Connection]
  /// Those that came since the report before.
  var events: [RecentEvents.Event]
}

extension HubReport {
  /// What the page's own streams are called among the topics that connections read.
  private static let pageName = "the hub's page"

  /// How the hub stands now.
  ///
  /// - Parameters:
  ///   - page: The topic that the pages read.
  ///   - events: Those that are to be told of.
  init(
    _ topics: [String: SSEServer.Topic], page: SSEServer.Topic, run: UInt32, server: EventServer,
    events: [RecentEvents.Event]
  ) async {
    let metrics = await server.metrics(topics: topics)
    let names = topics.merging([Self.pageName: page]) { topic, _ in topic }
    let connections = await server.connections(limit: Self.mostRows, topics: names)
    let all = metrics.topics.sorted { $0.key < $1.key }
    self.init(
      run: run,
      time: Double(EventLoop.now) / 1e9,
      published: all.reduce(0) { $0 + $1.value.eventsPublished },
      sent: metrics.eventsSent,
      readers: all.reduce(0) { $0 + $1.value.readers },
      topicCount: all.count,
      connectionCount: metrics.connections,
      topics: all.prefix(Self.mostRows).map { Topic(name: $0.key, $0.value) },
      connections: connections.map { Connection($0) },
      events: events)
  }
}

extension HubReport.Topic {
  fileprivate init(name: String, _ metrics: TopicMetrics) {
    self.init(
      name: name, readers: metrics.readers, published: metrics.eventsPublished, held: metrics.eventsHeld,
      bytes: metrics.bytesHeld)
  }
}

extension HubReport.Connection {
  fileprivate init(_ connection: EventServerConnection) {
    let reads =
      connection.topics.isEmpty ? connection.route ?? "waits for a request" : connection.topics.joined(separator: ", ")
    self.init(
      id: connection.id, address: connection.remoteAddress,
      // A path may be as long as a request's line.
      reads: String(reads.unicodeScalars.prefix(RecentEvents.mostText)), lag: connection.lag, events: connection.events,
      seconds: connection.age.map { $0 / .seconds(1) })
  }
}
