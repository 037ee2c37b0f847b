import SSESockets
import SSETestSupport
import SSETesting
import Testing

@testable import SSEServer

@Suite("S51: a server that cannot listen says why")
struct AddressTests {
  @Test("S51: a port in use")
  func portInUse() async throws {
    let other = try RawListener()
    await #expect(throws: EventServerError.addressInUse(address: "127.0.0.1:\(other.port)")) {
      try await EventServer(Router(), port: other.port).run()
    }
  }

  @Test("S51: an address that is none, or not this machine's", arguments: ["nonsense", "192.0.2.1", "localhost", ""])
  func badAddress(host: String) async throws {
    await #expect(throws: EventServerError.badAddress(address: "\(host):50080")) {
      try await EventServer(Router(), host: host, port: 50_080).run()
    }
  }

  @Test("S51: a port that is none", arguments: [-1, 65_536])
  func badPort(port: Int) async throws {
    await #expect(throws: EventServerError.badAddress(address: "127.0.0.1:\(port)")) {
      try await EventServer(Router(), port: port).run()
    }
  }

  @Test("S51: no permission; as the system's refusal is translated, since root is refused nothing")
  func noPermission() {
    let refused = SocketError(.permissionDenied, "listen on", "127.0.0.1:80")
    let error = #expect(throws: EventServerError.self) {
      try EventServerError.mapping { () throws(SocketError) in throw refused }
    }
    #expect(error == .permissionDenied(address: "127.0.0.1:80"))
    #expect("\(EventServerError.permissionDenied(address: "127.0.0.1:80"))".contains("privileges"))
  }

  @Test("A server listens on IPv6 too")
  func ipv6() async throws {
    let server = EventServer(Router(), host: "::1", port: 0)
    try await withEventServer(server) { address in
      #expect(address.host == "::1")
      #expect(address.url == "http://[::1]:\(address.port)")
    }
  }
}
