import SSEHTTP1
import SSESockets

/// What an `EventServer` does on one of its event loops: it serves the connections that were given to this loop, keeps
/// idle streams alive, drops readers that take nothing, and shuts down. On the loop's thread only.
final class ServerLoop {
  enum Phase {
    case serving
    /// No further request; handlers go on until the grace period is over.
    case draining
    /// Handlers have been cancelled.
    case ending
    /// `run` has returned: a late signal finds nothing to do.
    case ended
  }

  /// A handler that has not returned so long after its cancellation is named in the log.
  static let reportsStillRunningAfter: Duration = .seconds(1)

  let server: EventServer
  let loop: EventLoop
  private let index: Int
  let router: RequestRouter
  let configuration: EventServerConfiguration
  private(set) var phase = Phase.serving
  private(set) var connections = ConnectionTable()
  private let queue = LoopQueue()
  private var sweepTimer: LoopTimer?
  private var graceTimer: LoopTimer?
  private var reportTimer: LoopTimer?
  let topicReaders = TopicReaderTable()
  /// Connections of all loops; refused beyond the limit.
  private let load: ServerLoad
  /// Nil where an address may have any number of connections.
  private let addressLoad: AddressLoad?
  /// What has been done on this loop; what is open still comes on top, see `metrics`.
  var counters = EventServerMetrics()
  /// What connections are secured with; nil where they are not.
  private let certificate: ServerCertificate?
  /// Nil where streams are not compressed.
  let compressor: StreamCompressor?
  /// What the heads of streams say of keep-alive comments, in seconds; nil where they say nothing.
  let announcedKeepAlive: String?

  init(
    of server: EventServer, loop: EventLoop, index: Int, router: RequestRouter, configuration: EventServerConfiguration,
    load: ServerLoad, addressLoad: AddressLoad?, certificate: ServerCertificate?,
    compression: StreamCompressor.Settings?
  ) {
    // A circle until the server's `run` returns, which lets its loops go.
    self.server = server
    self.loop = loop
    self.index = index
    self.router = router
    self.configuration = configuration
    self.load = load
    self.addressLoad = addressLoad
    self.certificate = certificate
    compressor = compression.map { StreamCompressor($0) }
    announcedKeepAlive = configuration.keepAlive.flatMap { $0 >= .seconds(1) ? "\($0.components.seconds)" : nil }
  }

  // MARK: - Connections

  /// Takes over a connection that was accepted for this loop.
  func adopt(_ connection: Listener.Accepted, id: Int, at place: ServerLoad.Place) {
    guard acceptsFurtherRequests else {
      connection.refuse()
      return load.released(place)
    }
    let socket = StreamSocket(descriptor: connection.descriptor, loop: loop)
    let address = connection.remoteAddress?.host ?? "unknown"
    do throws(TLSError) {
      if let certificate { socket.secure(with: try certificate.makeSession()) }
    } catch {
      counters.handshakesFailed += 1
      configuration.log(.tlsFailed(from: address, reason: error.explanation))
      socket.close()
      return load.released(place)
    }
    let served = ServedConnection(id: id, socket: socket, remoteAddress: address, server: self)
    if !place.isWithinLimit {
      counters.count(.connections)
      queue.put(.refuse(served, .serviceUnavailable))
    } else if !enter(served) {
      counters.count(.connectionsPerAddress)
      guard load.refuse(place) != nil else { return socket.close() }
      queue.put(.refuse(served, .tooManyRequests))
    } else {
      queue.put(.serve(served))
    }
  }

  // MARK: - Connections of one address

  /// Counts a connection for its address; that of a proxy is not the reader's, whose requests are counted instead.
  private func enter(_ connection: ServedConnection) -> Bool {
    guard let addressLoad, !isProxy(connection) else { return true }
    return addressLoad.enter(connection.remoteAddress)
  }

  private func isProxy(_ connection: ServedConnection) -> Bool {
    configuration.trustedProxies?.contain(connection.remoteAddress) ?? false
  }

  /// Counts a request that came through a proxy, for the address that this names; nil where its connection is counted
  /// already, or nothing is.
  func enter(origin: String, of connection: ServedConnection) -> Bool? {
    guard let addressLoad, isProxy(connection) else { return nil }
    return addressLoad.enter(origin)
  }

  func leave(origin: String) { addressLoad?.leave(origin) }

  /// Serves until the server drains or its task is cancelled, and the last connection has ended.
  func run() async {
    loop.reportBlocked = { [unowned self] duration, task in reportBlocked(duration, task: task) }
    let bound = LoopBound(self, loop: loop)
    await withTaskCancellationHandler {
      await withDiscardingTaskGroup { group in
        while let batch = await queue.next() {
          for entry in batch { begin(entry, in: &group) }
        }
      }
    } onCancel: {
      bound.submit { $0.end() }
    }
    topicReaders.end(configuration)
    stopTimers()
    phase = .ended
    loop.reportBlocked = nil
  }

  private func begin(_ entry: LoopQueue.Entry, in group: inout DiscardingTaskGroup) {
    switch entry {
    case .serve(let connection):
      let connection = begin(connection)
      group.addTask(executorPreference: loop) {
        await withUnsafeCurrentTask { task in await RequestLoop(connection: connection.onLoop).run(in: task) }
      }
    case .refuse(let connection, let status):
      let connection = begin(connection)
      group.addTask(executorPreference: loop) {
        await withUnsafeCurrentTask { task in
          await Refusal(connection: connection.onLoop, status: status).run(in: task)
        }
      }
    case .answer(let exchange):
      let exchange = LoopBound(exchange, loop: loop)
      group.addTask(executorPreference: loop) {
        await withUnsafeCurrentTask { task in await exchange.onLoop.answer(in: task) }
      }
    }
  }

  private func begin(_ connection: ServedConnection) -> LoopBound<ServedConnection> {
    connections.insert(connection)
    startSweep()
    return LoopBound(connection, loop: loop)
  }

  /// Has a request answered in a task of its own, which its connection's task waits for; false once the server ends.
  func answerInOwnTask(_ exchange: Exchange) -> Bool {
    guard !queue.isFinished else { return false }
    queue.put(.answer(exchange))
    return true
  }

  /// A connection's task is about to end. A topic's reader still counts as a connection until it closes.
  func taskEnded(_ connection: ServedConnection, isHandedOver: Bool) {
    connections.remove(connection)
    guard !isHandedOver else { return }
    closed(connection)
    if let addressLoad, !isProxy(connection) { addressLoad.leave(connection.remoteAddress) }
    released()
  }

  /// The same for a connection that was over the limit.
  func refusalEnded(_ connection: ServedConnection) {
    connections.remove(connection)
    closed(connection)
    load.released(ServerLoad.Place(loop: index, isWithinLimit: false))
  }

  private func closed(_ connection: ServedConnection) {
    connection.socket.close()
    counters.bytesSent += connection.socket.sentTotal
  }

  /// A connection has closed: its place is free.
  private func released() { load.released(ServerLoad.Place(loop: index, isWithinLimit: true)) }

  // MARK: - Shutting down

  /// No further request; idle connections and topic readers end now, handlers may go on for the grace period.
  func drain() {
    guard case .serving = phase else { return }
    phase = .draining
    queue.finish()
    for connection in connections.all {
      if case .idle = connection.activity { connection.socket.close() }
      connection.limitFarewell()
    }
    topicReaders.end(configuration)
    graceTimer = loop.schedule(after: configuration.gracePeriod) { [unowned self] in end() }
  }

  /// Cancels the handlers.
  func end() {
    switch phase {
    case .serving, .draining: phase = .ending
    case .ending, .ended: return
    }
    queue.finish()
    topicReaders.end(configuration)
    for connection in connections.all { connection.end() }
    reportTimer = loop.schedule(after: Self.reportsStillRunningAfter) { [unowned self] in reportStillRunning() }
  }

  var acceptsFurtherRequests: Bool {
    if case .serving = phase { true } else { false }
  }

  private func reportStillRunning() {
    for connection in connections.all { configuration.log(.handlerStillRunning(route: connection.route ?? "")) }
  }

  private func stopTimers() {
    for timer in [sweepTimer, graceTimer, reportTimer] {
      if let timer { loop.cancel(timer) }
    }
    sweepTimer = nil
  }

  // MARK: - Keep-alive and stalled readers

  /// One timer for all connections of the loop, running while there is one.
  private func startSweep() {
    guard sweepTimer == nil else { return }
    let shortest = min(configuration.keepAlive ?? .seconds(60), configuration.limits.stalledReader)
    let period = min(max(shortest / 8, .milliseconds(5)), .seconds(1))
    sweepTimer = loop.schedule(after: period) { [unowned self] in
      sweepTimer = nil
      sweep()
      if connections.count > 0 || !topicReaders.isEmpty { startSweep() }
    }
  }

  private func sweep() {
    let now = EventLoop.tick
    for connection in connections.all { connection.sweep(now: now) }
    topicReaders.sweep(now: now, configuration)
  }

  // MARK: - Topic readers

  /// Takes the socket of a connection whose head has been appended, and has it written from the topic's log; the
  /// connection's task ends now.
  func handOver(
    _ connection: ServedConnection, to stream: TopicStream, isChunked: Bool, isCompressed: Bool,
    _ record: OpenAccessRecord
  ) {
    let readers = stream.topics.map { topic in
      topicReaders.readers(of: topic.topic, on: loop, compressor) { [unowned self] in readerClosed($0) }
    }
    let reader = TopicReader(
      id: connection.id, socket: connection.socket, stream, readers: readers, isChunked: isChunked,
      isCompressed: isCompressed, record: record, progress: connection.progress.continued(now: EventLoop.tick))
    // What the reader counts as its own begins now.
    counters.bytesSent += connection.socket.sentTotal
    reader.begin(stream)
    startSweep()
    // Asked for before the server began to end, or the connection was told to.
    if !acceptsFurtherRequests || Task.isCancelled { reader.end(.serverEnded, configuration.appendFarewell) }
  }

  private func readerClosed(_ reader: TopicReader) {
    if let failure = reader.particulars?.failure {
      configuration.log(.handlerFailed(route: reader.record.route, reason: "\(failure)"))
    }
    counters.count(reader.ending)
    counters.eventsSent += reader.eventCount
    counters.bytesSent += reader.sentCount
    configuration.accessLog?(reader.accessRecord)
    leave(origin: reader.record.remoteAddress)
    released()
  }
}
