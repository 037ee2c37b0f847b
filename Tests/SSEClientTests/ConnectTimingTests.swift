import SSESockets
import SSETestSupport
import Testing

@testable import SSEClient

/// Happy eyeballs, and what is cancelled while it connects, by the clock. They run one after another, and without other
/// suites beside them.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ConnectTimingTests {
  static let atOnce: Duration = .milliseconds(250)

  private let clock = ContinuousClock()

  /// Descriptors of sockets only: the loops that clients share begin with the first connections.
  private static var openSockets: Int { ProcessFacts.openFiles.count { $0.hasPrefix("socket:") } }

  private static func configuration(_ addresses: [SocketAddress]) -> EventClientConfiguration {
    var configuration = EventClientConfiguration()
    configuration.nameResolver = NameResolver { _, _ in addresses }
    return configuration
  }

  private static func loopback(_ port: Int, host: String = "127.0.0.1") throws -> SocketAddress {
    try SocketAddress(numericHost: host, port: port)
  }

  /// How long a client takes from its first call to a connection that its peer has accepted.
  private func timeToConnect(
    _ addresses: [SocketAddress], answering listener: RawListener
  ) async throws -> (Duration, RawConnection) {
    let client = EventClient(configuration: Self.configuration(addresses))
    let start = clock.now
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { _ = await outcome(of: client.source("http://a.test/")) }
      let peer = try await listener.accept()
      let time = clock.now - start
      _ = try await peer.read(through: "\r\n\r\n")
      try await peer.write(Peer.noContent)
      return (time, peer)
    }
  }

  @Test("C21: where the IPv6 address refuses, the IPv4 one is connected at once")
  func refusingFamily() async throws {
    let refusing = try RawListener().port
    let listener = try RawListener()
    let addresses = [try Self.loopback(refusing, host: "::1"), try Self.loopback(listener.port)]
    let (time, _) = try await timeToConnect(addresses, answering: listener)
    #expect(time < Self.atOnce, "it does not wait for the delay of 250 ms")
  }

  @Test("C21: where the first address does not answer, the next one is connected within 500 ms, and the first closed")
  func silentFamily() async throws {
    let silent = try await SilentAddress()
    let listener = try RawListener()
    let before = Self.openSockets
    let addresses = [try Self.loopback(silent.port), try Self.loopback(listener.port)]
    let (time, peer) = try await timeToConnect(addresses, answering: listener)
    #expect(time >= AddressRace.delay)
    #expect(time < .milliseconds(500))
    peer.close()
    #expect(Self.openSockets == before)
  }

  @Test("Where one address after another is silent, each gets its 250 ms, and the first to answer wins")
  func severalSilent() async throws {
    let silent = try await SilentAddress()
    let listener = try RawListener()
    let addresses = [
      try Self.loopback(silent.port), try Self.loopback(silent.port, host: "127.0.0.2"),
      try Self.loopback(listener.port),
    ]
    let (time, _) = try await timeToConnect(addresses, answering: listener)
    // Nobody listens at 127.0.0.2: it refuses at once, and the next one begins.
    #expect(time >= AddressRace.delay)
    #expect(time < AddressRace.delay * 2)
  }

  @Test("C71: where no address answers, the time for connecting is one for all of them, and all are closed")
  func timeout() async throws {
    let silent = try await SilentAddress()
    let before = Self.openSockets
    var configuration = Self.configuration(try (0..<5).map { _ in try Self.loopback(silent.port) })
    configuration.timeouts.connect = .milliseconds(600)
    let start = clock.now
    guard
      case .failure(let error) = await outcome(of: EventClient(configuration: configuration).source("http://a.test/"))
    else {
      Issue.record("no error")
      return
    }
    #expect(error.kind == "timedOut(connect)")
    #expect(clock.now - start >= .milliseconds(600))
    #expect(clock.now - start < .milliseconds(600) + Self.atOnce)
    #expect(Self.openSockets == before)
  }

  @Test("C64: cancelled while several addresses are tried, the loop ends at once and closes them")
  func cancelledRace() async throws {
    let silent = try await SilentAddress()
    let before = Self.openSockets
    let configuration = Self.configuration(try (0..<3).map { _ in try Self.loopback(silent.port) })
    try await withThrowingTaskGroup(of: Int.self) { group in
      group.addTask { try await collect(EventClient(configuration: configuration).source("http://a.test/")).count }
      try await eventually("two addresses are tried") { Self.openSockets == before + 2 }
      let start = clock.now
      group.cancelAll()
      #expect(try await group.next() == 0)
      #expect(clock.now - start < Self.atOnce)
      #expect(Self.openSockets == before)
    }
  }

  @Test("C64, C88: cancelled while a proxy has not answered CONNECT, the loop ends at once and closes the connection")
  func cancelledTunnel() async throws {
    let listener = try RawListener()
    var configuration = EventClientConfiguration()
    configuration.proxy = .url(listener.url)
    try await withThrowingTaskGroup(of: Int.self) { [configuration] group in
      group.addTask { try await collect(EventClient(configuration: configuration).source("https://a.test/")).count }
      let (peer, _) = try await listener.acceptRequest()
      let start = clock.now
      group.cancelAll()
      #expect(try await group.next() == 0)
      #expect(clock.now - start < Self.atOnce)
      _ = try await peer.ending()
      #expect(clock.now - start < Self.atOnce)
    }
  }
}

/// An address of this machine that never answers: a listener's queue has room for one, which is taken.
private struct SilentAddress: Sendable {
  private let listener: RawListener
  private let first: RawConnection
  var port: Int { listener.port }

  init() async throws {
    listener = try RawListener(backlog: 0)
    first = try await RawConnection.connect(port: listener.port)
  }
}
