import SSESockets

/// The server's listening socket: gives each connection to the loop with the fewest. On the first loop's thread.
final class Acceptor {
  private var listener: Listener?
  private var counters = EventServerMetrics()
  private let servers: [LoopBound<ServerLoop>]
  private let load: ServerLoad

  init(
    address: SocketAddress, loop: EventLoop, servers: [LoopBound<ServerLoop>], load: ServerLoad,
    _ configuration: EventServerConfiguration
  ) throws(SocketError) {
    self.servers = servers
    self.load = load
    listener = nil
    listener = try Listener(address: address, userTimeout: configuration.userTimeout, loop: loop) { [unowned self] in
      place($0)
    }
    listener?.reportPause = { [unowned self] error in
      counters.acceptPauses += 1
      configuration.log(.acceptPaused(reason: error.description))
    }
  }

  var localAddress: SocketAddress? { listener?.localAddress }

  /// Accepts from now on.
  func begin() { listener?.resume() }

  /// What it has done, and how many connections there are on all loops.
  var metrics: EventServerMetrics {
    var metrics = counters
    metrics.connections = load.connectionCount
    metrics.connectionLimit = load.limit
    return metrics
  }

  private func place(_ accepted: Listener.Accepted) {
    counters.connectionsAccepted += 1
    guard let place = load.placeConnection() else {
      counters.count(.connections)
      return accepted.refuse()
    }
    let id = counters.connectionsAccepted
    servers[place.loop].submit { $0.adopt(accepted, id: id, at: place) }
  }

  func close() {
    listener?.close()
    listener = nil
  }
}
