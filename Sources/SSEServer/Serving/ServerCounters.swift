/// How often a server's limits have taken effect: one count a limit, each growing for as long as the server runs. A
/// part of its metrics.
struct ServerCounters: Sendable, Hashable {
  /// Connections over `EventServerLimits.connections`.
  var connectionsRefused = 0
  /// Connections and requests over `connectionsPerAddress`.
  var addressesRefused = 0
  /// Heads and bodies over their size: 413, 414, 431.
  var oversizedRequests = 0
  /// Heads and bodies that took too long (408), and new connections on which nothing came.
  var lateRequests = 0
  /// Kept connections closed since no further request came.
  var idleConnectionsClosed = 0
  /// Connections that could not be secured.
  var handshakesFailed = 0
  /// Readers that took nothing for too long.
  var readersStalled = 0
  /// Readers whose network has vanished.
  var readersVanished = 0
  /// Readers of a topic that fell behind what it holds.
  var readersOvertaken = 0
  /// Streams that reached their maximal age.
  var streamsExpired = 0
  /// Times at which accepting paused, since descriptors had run out.
  var acceptPauses = 0

  static func += (sum: inout ServerCounters, more: ServerCounters) {
    sum.connectionsRefused += more.connectionsRefused
    sum.addressesRefused += more.addressesRefused
    sum.oversizedRequests += more.oversizedRequests
    sum.lateRequests += more.lateRequests
    sum.idleConnectionsClosed += more.idleConnectionsClosed
    sum.handshakesFailed += more.handshakesFailed
    sum.readersStalled += more.readersStalled
    sum.readersVanished += more.readersVanished
    sum.readersOvertaken += more.readersOvertaken
    sum.streamsExpired += more.streamsExpired
    sum.acceptPauses += more.acceptPauses
  }

  /// A response has ended.
  mutating func note(_ ending: EventServerAccessRecord.Ending) {
    switch ending {
    case .readerStalled: readersStalled += 1
    case .readerVanished: readersVanished += 1
    case .overtaken: readersOvertaken += 1
    case .streamExpired: streamsExpired += 1
    case .complete, .readerLeft, .failed, .serverEnded: break
    }
  }

  /// A request was refused before a handler saw it, or its body was.
  mutating func note(refused status: Int) {
    switch status {
    case 408: lateRequests += 1
    case 413, 414, 431: oversizedRequests += 1
    default: break
    }
  }
}
