import SSESockets

/// Makes the connection of one attempt: finds the addresses, connects to the first that answers, and goes on from there
/// through a proxy's tunnel, all within `EventClientTimeouts.connect`. Cancelling the task ends each step at once, and
/// closes what was opened.
final class ConnectionAttempt: Sendable {
  let route: Route
  let clock: ClientClock
  private let start = Moment.now
  private let request: Shared<OutgoingRequest>
  private let settings: Shared<EventClientConfiguration>

  /// - Throws: `.unusableProxy`; `.invalidRequest` for what cannot stand in a request's head.
  init(
    for request: Shared<OutgoingRequest>, _ configuration: Shared<EventClientConfiguration>, clock: ClientClock
  ) throws(EventClientError) {
    route = try Route(to: request.value.target.url, configuration.value)
    // Before anything is opened for it. It is made again when it is sent: thousands may be connecting at once.
    _ = try request.value.head(via: route)
    self.request = request
    settings = configuration
    self.clock = clock
  }

  /// The request as it goes over the wire.
  func message() throws(EventClientError) -> [UInt8] { try request.value.head(via: route) + request.value.sentBody }

  var url: RequestURL { request.value.target.url }
  var configuration: EventClientConfiguration { settings.value }
  /// What the route's proxy is told.
  var proxyAuthorization: String? { request.value.proxyAuthorization(for: route) }

  var timeLimit: Duration { configuration.timeouts.connect }

  /// A connection that is ready for the request.
  func connect(on loop: EventLoop) async throws(EventClientError) -> ByteStream {
    guard let connection = try begin(on: loop) else { return try await connectInSteps(on: loop) }
    return try finish(connection, failure: await connection.finishConnecting(within: timeLimit))
  }

  /// Several steps within one time limit, in child tasks that are cancelled when it is over.
  func connectInSteps(on loop: EventLoop) async throws(EventClientError) -> ByteStream {
    let context = try await tlsContext()
    let timeout = EventClientError.timedOut(.connect, after: timeLimit, url: url.description)
    return try await withTimeLimit(timeLimit, by: clock, on: loop, executor: loop, timeout: timeout) {
      [self] () async throws(EventClientError) in
      let connection = try await openConnection(on: loop)
      do throws(EventClientError) {
        if case .tunnelled(let proxy) = route { try await openTunnel(through: proxy, over: connection) }
        return try await stream(over: connection, context: context)
      } catch {
        await connection.socket.run { $0.close() }
        throw error
      }
    }
  }

  // MARK: - In one step

  /// Begins to connect where that is all that is to be done, to an address that is known, so that a socket's own
  /// timeout will do, without a task. Nil where it is not: `connectInSteps` follows. Else `finish`, once it has
  /// connected.
  func begin(on loop: EventLoop) throws(EventClientError) -> Connection? {
    guard clock.isEventLoops, url.scheme == .http, let address = knownAddress else { return nil }
    do throws(SocketError) {
      return try Connection.begin(to: address, on: loop)
    } catch {
      throw clientError(error, connectingTo: address)
    }
  }

  /// The connection that was begun, ready for the request.
  func finish(_ connection: Connection, failure: SocketError?) throws(EventClientError) -> ByteStream {
    guard let failure else { return .plain(connection) }
    connection.close()
    guard let address = knownAddress else {
      throw .connectionFailed(failure.kind.explanation, url: url.description)
    }
    throw clientError(failure, connectingTo: address)
  }

  /// The first hop's, where no name is to be looked up for it.
  private var knownAddress: SocketAddress? {
    if case .unixSocket(let path) = route { return .unix(path: path) }
    let (host, port) = route.proxy.map { ($0.host, $0.port) } ?? (url.host, url.port)
    return configuration.nameResolver.numericAddress(of: host, port: port)
  }

  private func clientError(_ error: SocketError, connectingTo address: SocketAddress) -> EventClientError {
    // Else it is the system that gave up.
    if error.kind == .timedOut, Moment.now - start >= timeLimit {
      return .timedOut(.connect, after: timeLimit, url: url.description)
    }
    return clientError(AddressRace.Failure(reasons: [.init(address: address, kind: error.kind)]))
  }

  // MARK: - The first hop

  private func openConnection(on loop: EventLoop) async throws(EventClientError) -> Connection {
    let addresses = try await addresses()
    do throws(AddressRace.Failure) {
      return try await Connection.connect(toFirstOf: addresses, on: loop)
    } catch {
      throw clientError(error)
    }
  }

  private func addresses() async throws(EventClientError) -> [SocketAddress] {
    if case .unixSocket(let path) = route { return [.unix(path: path)] }
    let host = route.proxy?.host ?? url.host
    do {
      return try await configuration.nameResolver.addresses(of: host, port: route.proxy?.port ?? url.port)
    } catch {
      let kind = (error as? SocketError)?.kind ?? .unknownHost
      if route.proxy != nil { throw proxyFailed(kind.explanation) }
      if kind == .unknownHost { throw .unknownHost(host, url: url.description) }
      throw .connectionFailed(kind.explanation, url: url.description)
    }
  }

  private func clientError(_ failure: AddressRace.Failure) -> EventClientError {
    if route.proxy != nil { return proxyFailed(failure.description) }
    guard failure.reasons.allSatisfy({ $0.kind == .refused }) else {
      return .connectionFailed(failure.description, url: url.description)
    }
    let addresses = failure.reasons.map(\.address.description).joined(separator: ", ")
    return .connectionRefused(address: addresses, url: url.description)
  }

  func proxyFailed(_ reason: String) -> EventClientError {
    .proxyFailed(reason, proxy: route.proxy?.description ?? "", url: url.description)
  }
}
