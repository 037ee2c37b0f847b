import Foundation
import SSESockets
import SSETestSupport
import Testing

@testable import SSEClient

/// What the client connects to, and what it says where it cannot.
@Suite(.timeLimit(.minutes(1))) struct ConnectingTests {
  private static func client(_ addresses: [SocketAddress]) -> EventClient {
    var configuration = EventClientConfiguration()
    configuration.nameResolver = NameResolver { _, _ in addresses }
    return EventClient(configuration: configuration)
  }

  private static func address(_ host: String, _ port: Int) throws -> SocketAddress {
    try SocketAddress(numericHost: host, port: port)
  }

  @Test("C22: where each address refuses, all of them are named")
  func allRefuse() async throws {
    let port = try RawListener().port
    let client = Self.client([try Self.address("::1", port), try Self.address("127.0.0.1", port)])
    guard case .failure(let error) = await outcome(of: client.source("http://a.test:\(port)/")) else {
      Issue.record("no error")
      return
    }
    #expect(error.kind == "connectionRefused")
    #expect(
      error.description
        == "http://a.test:\(port)/: connection to [::1]:\(port), 127.0.0.1:\(port) refused; "
        + "is the server running there?"
    )
  }

  @Test("C22: where addresses fail for different reasons, each is named with its reason, in one line")
  func reasons() async throws {
    let port = try RawListener().port
    // Nobody may connect to the address of all: the kernel knows no way without a privilege.
    let client = Self.client([
      try Self.address("127.0.0.1", port), .ipv4(0xFFFF_FFFF, port: 80),
    ])
    guard case .failure(let error) = await outcome(of: client.source("http://a.test:\(port)/")) else {
      Issue.record("no error")
      return
    }
    #expect(error.kind == "connectionFailed")
    #expect(error.description.contains("cannot connect: 127.0.0.1:\(port): connection refused"))
    #expect(error.description.contains(", 255.255.255.255:80: "))
    #expect(!error.description.contains("\n"))
  }

  @Test("C89: a Unix domain socket is connected to, and Host is the URL's")
  func unixSocket() async throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "sse-\(UUID().uuidString.prefix(8))").path
    let listener = try RawListener(path: path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    var configuration = EventClientConfiguration()
    configuration.unixSocketPath = path
    configuration.proxy = .url("http://127.0.0.1:1")
    // The host is not looked up.
    configuration.nameResolver = NameResolver { host, _ in throw SocketError(.unknownHost, "find", host) }
    async let events = collect(EventClient(configuration: configuration).source("http://a.test:81/x"), atMost: 1)
    let (peer, head) = try await listener.acceptRequest()
    #expect(lines(head)[0] == "GET /x HTTP/1.1")
    #expect(lines(head)[1] == "Host: a.test:81")
    try await peer.write(Peer.head + "data: 1\n\n")
    #expect(try await events.map(\.data) == ["1"])
  }

  @Test("C89: a Unix domain socket that is not there, or whose path is too long, is an error that names it")
  func noUnixSocket() async {
    for path in ["/nonexistent/socket", "/" + String(repeating: "x", count: 200), ""] {
      var configuration = EventClientConfiguration()
      configuration.unixSocketPath = path
      let source = EventClient(configuration: configuration).source("http://a.test/")
      guard case .failure(let error) = await outcome(of: source) else {
        Issue.record("no error")
        return
      }
      #expect(error.kind == "connectionFailed")
      #expect(error.description.contains("unix:\(path): "), "\(error)")
    }
  }
}
