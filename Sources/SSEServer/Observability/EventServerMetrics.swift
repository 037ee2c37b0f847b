/// What a server has done since it began to run, and how it stands: a snapshot, from `EventServer.metrics(topics:)`.
///
/// `prometheusText` writes it for Prometheus. `Documentation/Observability.md` says what to watch.
public struct EventServerMetrics: Sendable, Hashable {
  /// A limit that takes effect before a handler runs, or while it reads its request. Those on readers and streams are
  /// among `responsesEnded`.
  public enum Limit: Sendable, Hashable, CaseIterable {
    /// A connection over `EventServerLimits.connections`: 503, or closed without an answer.
    case connections
    /// A connection or request over `connectionsPerAddress`: 429.
    case connectionsPerAddress
    /// A request's head or body over its size: 413, 414, 431.
    case requestSize
    /// A request's head or body that took too long: 408; or a new connection on which nothing came.
    case requestTime
    /// A kept connection on which no further request came.
    case idleKeepAlive
  }

  // MARK: - Connections and requests

  /// Connections open now, those being refused left aside.
  public var connections = 0
  /// How many there may be at once; see `EventServerLimits.connections`.
  public var connectionLimit = 0
  /// Connections accepted, those refused afterwards included.
  public var connectionsAccepted = 0
  /// Requests whose head could be read.
  public var requests = 0
  /// Responses that have ended, by how: one for each record of the access log.
  public var responsesEnded: [EventServerAccessRecord.Ending: Int] = [:]
  /// How often each limit has taken effect.
  public var limitsReached: [Limit: Int] = [:]
  /// Connections that could not be secured with TLS.
  public var handshakesFailed = 0
  /// How often accepting paused, since descriptors had run out.
  public var acceptPauses = 0

  // MARK: - Events

  /// Event streams open now that handlers write.
  public var handlerStreams = 0
  /// Readers of topics now, on connections of this server.
  public var topicReaders = 0
  /// Events sent, by handlers and of topics, once for each reader.
  public var eventsSent = 0
  /// Bytes that the system has taken, of all responses, heads included; with TLS as they are encrypted.
  public var bytesSent = 0
  /// Events that a topic's readers were not sent, since they had fallen behind and their topic's rule lets them skip.
  public var eventsSkipped = 0
  /// How long each event of a topic took from being published to the system's taking it for a reader. For what a
  /// reader catches up with, from when it came.
  public var deliveryLatency = LatencyHistogram()
  /// The topics that were asked about, by the names that they were given then.
  public var topics: [String: TopicMetrics] = [:]

  // MARK: - Event loops

  /// How often something held an event loop for 100 ms or more; each time is in the log.
  public var loopStalls = 0
  /// How long it did so altogether.
  public var loopStallTime = Duration.zero
  /// How long the longest of these lasted.
  public var longestLoopStall = Duration.zero

  /// All zero.
  public init() {}
}

// MARK: - Counting

extension EventServerMetrics {
  mutating func count(_ limit: Limit) { limitsReached[limit, default: 0] += 1 }

  mutating func count(_ ending: EventServerAccessRecord.Ending) { responsesEnded[ending, default: 0] += 1 }

  /// A request was refused before a handler saw it, or its body was.
  mutating func count(refusal status: Int) {
    switch status {
    case 408: count(.requestTime)
    case 413, 414, 431: count(.requestSize)
    default: break
    }
  }

  mutating func count(stall duration: Duration) {
    loopStalls += 1
    loopStallTime += duration
    longestLoopStall = max(longestLoopStall, duration)
  }

  /// What another part of the server has done; each topic is in one part only.
  static func += (sum: inout EventServerMetrics, more: EventServerMetrics) {
    sum.connections += more.connections
    sum.connectionLimit += more.connectionLimit
    sum.connectionsAccepted += more.connectionsAccepted
    sum.requests += more.requests
    sum.responsesEnded.merge(more.responsesEnded, uniquingKeysWith: +)
    sum.limitsReached.merge(more.limitsReached, uniquingKeysWith: +)
    sum.handshakesFailed += more.handshakesFailed
    sum.acceptPauses += more.acceptPauses
    sum.handlerStreams += more.handlerStreams
    sum.topicReaders += more.topicReaders
    sum.eventsSent += more.eventsSent
    sum.bytesSent += more.bytesSent
    sum.eventsSkipped += more.eventsSkipped
    sum.deliveryLatency += more.deliveryLatency
    sum.loopStalls += more.loopStalls
    sum.loopStallTime += more.loopStallTime
    sum.longestLoopStall = max(sum.longestLoopStall, more.longestLoopStall)
  }
}
