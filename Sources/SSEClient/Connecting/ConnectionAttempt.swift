import SSESockets

/// Makes the connection of one attempt: finds the addresses, connects to the first that answers, and goes on from there
/// through a proxy's tunnel, all within `EventClientTimeouts.connect`. Cancelling the task ends each step at once, and
/// closes what was opened.
struct ConnectionAttempt: Sendable {
  let url: RequestURL
  let route: Route
  /// What the route's proxy is told.
  let proxyAuthorization: String?
  let configuration: EventClientConfiguration
  let clock: ClientClock

  /// - Throws: `.unusableProxy`.
  init(
    for request: OutgoingRequest, _ configuration: EventClientConfiguration, clock: ClientClock
  ) throws(EventClientError) {
    url = request.target.url
    route = try Route(to: url, configuration)
    proxyAuthorization = request.proxyAuthorization(for: route)
    self.configuration = configuration
    self.clock = clock
  }

  /// A connection that is ready for the request.
  func connect(on loop: EventLoop) async throws(EventClientError) -> ByteStream {
    let context = try await tlsContext()
    let limit = configuration.timeouts.connect
    let timeout = EventClientError.timedOut(.connect, after: limit, url: url.description)
    return try await withTimeLimit(limit, by: clock, on: loop, executor: loop, timeout: timeout) {
      () async throws(EventClientError) in
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
