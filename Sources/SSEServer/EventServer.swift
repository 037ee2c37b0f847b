import SSESockets
import Synchronization

/// An HTTP/1.1 server for event streams, in the scope of the task that runs it.
///
///     let server = EventServer(router, port: 50080)
///     try await server.run()
///
/// When `run()` returns, no thread, descriptor or timer of the server is left.
public final class EventServer: Sendable {
  /// Where a server listens.
  public struct Address: Sendable, Hashable, CustomStringConvertible {
    /// The address in digits: "127.0.0.1", "::1".
    public let host: String
    /// The port, never 0.
    public let port: Int
    /// Whether connections are secured with TLS.
    public let isSecure: Bool

    /// The base URL of the server: "http://127.0.0.1:50080", "https://[::1]:50080".
    public var url: String { "\(isSecure ? "https" : "http")://\(description)" }

    /// Host and port: "127.0.0.1:50080", "[::1]:50080".
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
  }

  private let router: RequestRouter
  private let host: String
  private let port: Int
  private let configuration: EventServerConfiguration

  private enum State {
    case idle(isDrained: Bool)
    case starting(isDrained: Bool)
    case running([LoopBound<ServerLoop>], LoopBound<Acceptor>, ServerCertificate?)
    case ended
  }
  private let state = Mutex(State.idle(isDrained: false))

  /// A server that answers with `router`'s routes once it runs.
  ///
  /// - Parameters:
  ///   - host: An IP address of this machine in digits. Default 127.0.0.1, which only this machine reaches.
  ///   - port: 0 lets the system choose; `run(onListening:)` tells which.
  public init(
    _ router: Router, host: String = "127.0.0.1", port: Int,
    configuration: EventServerConfiguration = EventServerConfiguration()
  ) {
    self.router = RequestRouter(router)
    self.host = host
    self.port = port
    var configuration = configuration
    if let interval = configuration.keepAlive, interval <= .zero { configuration.keepAlive = nil }
    self.configuration = configuration
  }

  /// Serves until its task is cancelled, or `drain()` has ended; returns normally after both.
  ///
  /// Cancelling cancels all handlers at once; their streams get a reconnection time and are cut without a last chunk.
  /// `onListening` is called once, when connections are accepted, before the first one is.
  ///
  /// - Throws: `EventServerError` when the address cannot be used, or when the server runs already.
  public func run(onListening: (@Sendable (Address) -> Void)? = nil) async throws {
    try await run(drainingOn: [], onListening: onListening)
  }

  /// As `run(onListening:)`, and hears signals of the process. While it runs their default action is off. An
  /// executable's main.
  ///
  /// - Parameters:
  ///   - signals: The first of these drains the server, the second cancels its handlers.
  ///   - reloadSignals: Each of these has the certificate read again, as `reloadCertificate()` does; what came of it
  ///     is in the log. A server without `EventServerConfiguration.tls` ignores them.
  public func run(
    drainingOn signals: [Signal], reloadingOn reloadSignals: [Signal] = [],
    onListening: (@Sendable (Address) -> Void)? = nil
  ) async throws {
    let isDrained = try begin()
    // Whatever happens below, the server is of no more use afterwards.
    defer { state.withLock { $0 = .ended } }
    if isDrained { return }
    try configuration.validate()
    let address = try EventServerError.mapping { () throws(SocketError) in
      try SocketAddress(numericHost: host, port: port)
    }
    let certificate = try configuration.tls.map { tls throws(EventServerError) in try ServerCertificate(tls) }
    let loops = try makeLoops()
    // And no thread outlives this call.
    defer { for loop in loops { loop.stop() } }
    let load = ServerLoad(loopCount: loops.count, limit: configuration.limits.connections)
    let addressLoad = configuration.limits.connectionsPerAddress.map { AddressLoad(limit: $0) }
    let compression = StreamCompressor.Settings(configuration)
    let servers = loops.indices.map { index in
      LoopBound(on: loops[index]) { [self, router, configuration] loop in
        ServerLoop(
          of: self, loop: loop, index: index, router: router, configuration: configuration, load: load,
          addressLoad: addressLoad, certificate: certificate, compression: compression)
      }
    }
    let acceptor = try await listen(at: address, servers, load)
    // Before signals are heard: the first of them drains this server.
    if started(.running(servers, acceptor, certificate)) { drain() }
    let watch = try await watchSignals(draining: signals, reloading: reloadSignals, on: loops[0], orClose: acceptor)
    if let local = await acceptor.run({ $0.localAddress }) {
      onListening?(Address(host: local.host, port: local.port, isSecure: certificate != nil))
    }
    await acceptor.run { $0.begin() }
    await withDiscardingTaskGroup { group in
      for server in servers {
        group.addTask(executorPreference: server.loop) { await server.onLoop.run() }
      }
    }
    await acceptor.run { $0.close() }
    if let watch { await watch.run { $0.close() } }
  }

  /// Ends the server without haste: no new connection and no further request; topic readers get a farewell at once;
  /// handlers go on until they return or `gracePeriod` is over, then they are cancelled. `run()` returns when the last
  /// has returned. Before `run()` it makes that return at once. Any thread; returns at once; does nothing on a server
  /// that has ended.
  public func drain() {
    let current = state.withLock { state in
      switch state {
      case .idle: state = .idle(isDrained: true)
      case .starting: state = .starting(isDrained: true)
      case .running, .ended: break
      }
      return state
    }
    guard case .running(let servers, let acceptor, _) = current else { return }
    acceptor.submit { $0.close() }
    for server in servers { server.submit { $0.drain() } }
  }

  /// Reads the files of `EventServerConfiguration.tls` again, after a certificate was renewed. New connections get it;
  /// those that are open go on as they are. Any thread; blocks for as long as reading takes. Does nothing on a server
  /// that does not run, or has no TLS.
  ///
  /// - Throws: `EventServerError.tlsUnusable`; the certificate that was read before stays in use.
  public func reloadCertificate() throws {
    guard case .running(_, _, let certificate) = state.withLock({ $0 }) else { return }
    try certificate?.reload()
  }

  private func reloadOnSignal() {
    guard configuration.tls != nil else { return }
    do {
      try reloadCertificate()
      configuration.log(.certificateReloaded)
    } catch {
      configuration.log(.certificateNotReloaded(reason: "\(error)"))
    }
  }

  /// Its parts, while it runs.
  var running: ([LoopBound<ServerLoop>], LoopBound<Acceptor>)? {
    guard case .running(let servers, let acceptor, _) = state.withLock({ $0 }) else { return nil }
    return (servers, acceptor)
  }

  /// Cancels the handlers at once, as a second signal does.
  private func end() {
    guard case .running(let servers, let acceptor, _) = state.withLock({ $0 }) else { return }
    acceptor.submit { $0.close() }
    for server in servers { server.submit { $0.end() } }
  }

  // MARK: - Starting

  private func makeLoops() throws -> [EventLoop] {
    let count = max(1, configuration.loopCount ?? EventLoopGroup.defaultCount)
    var loops: [EventLoop] = []
    do {
      for index in 0..<count {
        loops.append(try EventLoop(name: "sse-server-\(index)", poller: configuration.poller))
      }
    } catch {
      for loop in loops { loop.stop() }
      throw EventServerError.noEventLoop(reason: error.kind.explanation)
    }
    return loops
  }

  private func listen(
    at address: SocketAddress, _ servers: [LoopBound<ServerLoop>], _ load: ServerLoad
  ) async throws -> LoopBound<Acceptor> {
    let configuration = configuration
    let result = await servers[0].run { first in
      Result { () throws(SocketError) in
        LoopBound(
          try Acceptor(address: address, loop: first.loop, servers: servers, load: load, configuration),
          loop: first.loop)
      }
    }
    return try EventServerError.mapping { () throws(SocketError) in try result.get() }
  }

  /// Whether it was drained before.
  private func begin() throws -> Bool {
    try state.withLock { state in
      guard case .idle(let isDrained) = state else { throw EventServerError.alreadyRun }
      state = .starting(isDrained: false)
      return isDrained
    }
  }

  /// Whether it was drained meanwhile.
  private func started(_ running: State) -> Bool {
    state.withLock { state in
      defer { state = running }
      guard case .starting(isDrained: true) = state else { return false }
      return true
    }
  }

  private func watchSignals(
    draining signals: [Signal], reloading reloadSignals: [Signal], on loop: EventLoop,
    orClose acceptor: LoopBound<Acceptor>
  ) async throws -> LoopBound<SignalWatch>? {
    guard !signals.isEmpty || !reloadSignals.isEmpty else { return nil }
    let draining = signals.map(\.rawValue)
    let numbers = draining + reloadSignals.map(\.rawValue)
    let watch = await loop.run { [self] in
      var hasDrained = false
      let watch = SignalWatch(numbers, loop: loop) { number in
        guard draining.contains(number) else { return self.reloadOnSignal() }
        if hasDrained { self.end() } else { self.drain() }
        hasDrained = true
      }
      return watch.map { LoopBound($0, loop: loop) }
    }
    guard let watch else {
      await acceptor.run { $0.close() }
      throw EventServerError.signalsInUse
    }
    return watch
  }
}
