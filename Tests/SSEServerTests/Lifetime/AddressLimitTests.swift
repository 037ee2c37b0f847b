import Foundation
import SSETestSupport
import Testing

@testable import SSEServer

@Suite("S52: connections of one address")
struct AddressLimitTests {
  private static var router: Router {
    var router = Router()
    router.events("/topic", from: Topic())
    router.events("/handler") { _, events in
      try await events.flush()
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    router.get("/origin") { request in .text(request.remoteAddress) }
    return router
  }

  private static func withServer(
    limit: Int, proxies: TrustedProxies? = nil, _ body: (RunningServer) async throws -> Void
  ) async throws {
    var configuration = EventServerConfiguration()
    configuration.limits.connectionsPerAddress = limit
    configuration.trustedProxies = proxies
    try await withRunningServer(EventServer(router, port: 0, configuration: configuration)) { running in
      try await body(running)
      running.cancel()
      try await running.end()
    }
  }

  @Test("S52: one over the limit gets 429 with Retry-After, until another has left", arguments: ["/topic", "/handler"])
  func overTheLimit(path: String) async throws {
    try await Self.withServer(limit: 2) { running in
      var readers: [RawConnection] = []
      for _ in 0..<2 {
        let reader = try await running.get(path)
        #expect(try await reader.readHead().hasPrefix("HTTP/1.1 200"))
        readers.append(reader)
      }
      let refused = RawStream(head: try await running.get(path).readToEnd(), body: "")
      #expect(refused.head.hasPrefix("HTTP/1.1 429 Too Many Requests\r\n"))
      #expect(refused.field("Retry-After") == "5")
      #expect(await running.server.metrics().limitsReached == [.connectionsPerAddress: 1])
      readers[0].close()
      try await eventually("its place is free") {
        let next = try await running.get(path)
        defer { next.close() }
        return try await next.readHead().hasPrefix("HTTP/1.1 200")
      }
      readers[1].close()
    }
  }

  @Test("S52: refused connections take no place of others")
  func refusedHoldNoPlace() async throws {
    try await Self.withServer(limit: 1) { running in
      let reader = try await running.get("/topic")
      _ = try await reader.readHead()
      for _ in 0..<(ServerLoad.mostRefused + 10) { _ = try await RawConnection.connect(port: running.address.port) }
      reader.close()
      try await eventually("all have left") { await running.server.connections().isEmpty }
      let next = try await running.get("/topic")
      #expect(try await next.readHead().hasPrefix("HTTP/1.1 200"))
    }
  }

  @Test("S52: behind a trusted proxy the forwarded address counts", arguments: ["/topic", "/handler"])
  func forwarded(path: String) async throws {
    try await Self.withServer(limit: 1, proxies: try TrustedProxies(["127.0.0.0/8"])) { running in
      func get(from origin: String) async throws -> RawConnection {
        let connection = try await RawConnection.connect(port: running.address.port)
        try await connection.write(request("GET", path, "X-Forwarded-For: \(origin)\r\n"))
        return connection
      }
      let first = try await get(from: "203.0.113.7")
      #expect(try await first.readHead().hasPrefix("HTTP/1.1 200"))
      let other = try await get(from: "203.0.113.8")
      #expect(try await other.readHead().hasPrefix("HTTP/1.1 200"))
      let second = try await get(from: "203.0.113.7")
      let refused = try await second.nextResponse()
      #expect(refused.status == 429)
      #expect(refused["Retry-After"] == "5")
      // The proxy's connection is none of the reader's: it carries another one's request.
      try await second.write(request("GET", "/origin", "X-Forwarded-For: 203.0.113.9\r\n"))
      #expect(try await second.nextResponse().body == "203.0.113.9")
      first.close()
      try await eventually("its place is free") {
        let next = try await get(from: "203.0.113.7")
        defer { next.close() }
        return try await next.readHead().hasPrefix("HTTP/1.1 200")
      }
    }
  }

  @Test("S52: all IPv6 addresses of a /64 are one host's, as it has them all")
  func network() {
    let load = AddressLoad(limit: 2)
    #expect(load.enter("2001:db8:1:2::1"))
    #expect(load.enter("2001:db8:1:2:ffff::9"))
    #expect(!load.enter("2001:db8:1:2:3:4:5:6"))
    #expect(load.enter("2001:db8:1:3::1"))
    load.leave("2001:db8:1:2::1")
    #expect(load.enter("2001:db8:1:2::7"))
    // IPv4 addresses, and what is none, count each for itself.
    #expect(load.enter("192.0.2.1"))
    #expect(load.enter("192.0.2.1"))
    #expect(!load.enter("192.0.2.1"))
    #expect(load.enter("192.0.2.2"))
    #expect(load.enter("unknown"))
  }

  struct Row: Sendable {
    var field = TrustedProxies.Field.xForwardedFor
    var peer = "10.0.0.1"
    var headers: HeaderFields
    var origin: String
  }

  static let rows: [Row] = [
    Row(headers: [:], origin: "10.0.0.1"),
    Row(headers: ["X-Forwarded-For": "203.0.113.7"], origin: "203.0.113.7"),
    // Whoever is not a proxy is not believed.
    Row(peer: "192.0.2.1", headers: ["X-Forwarded-For": "203.0.113.7"], origin: "192.0.2.1"),
    // What a reader wrote there stands before what the proxy added.
    Row(headers: ["X-Forwarded-For": "1.2.3.4, 203.0.113.7"], origin: "203.0.113.7"),
    Row(headers: ["X-Forwarded-For": "1.2.3.4", "x-forwarded-for": "203.0.113.7"], origin: "203.0.113.7"),
    // Through several proxies.
    Row(headers: ["X-Forwarded-For": "1.2.3.4, 203.0.113.7, 10.0.0.9"], origin: "203.0.113.7"),
    Row(headers: ["X-Forwarded-For": "10.0.0.8, 10.0.0.9"], origin: "10.0.0.8"),
    Row(headers: ["X-Forwarded-For": "203.0.113.7, unknown, 10.0.0.9"], origin: "10.0.0.9"),
    Row(headers: ["X-Forwarded-For": ", ,"], origin: "10.0.0.1"),
    // Ports, brackets, and an address in two spellings.
    Row(headers: ["X-Forwarded-For": "203.0.113.7:4711"], origin: "203.0.113.7"),
    Row(headers: ["X-Forwarded-For": "[2001:DB8:0::1]:4711"], origin: "2001:db8::1"),
    Row(headers: ["X-Forwarded-For": "2001:db8:0:0::1"], origin: "2001:db8::1"),
    Row(headers: ["X-Forwarded-For": "::ffff:203.0.113.7"], origin: "203.0.113.7"),
    Row(headers: ["X-Forwarded-For": "[2001:db8::1"], origin: "10.0.0.1"),
    Row(headers: ["X-Forwarded-For": "evil\u{e9}"], origin: "10.0.0.1"),
    // The other field is not looked at.
    Row(headers: ["Forwarded": "for=203.0.113.7"], origin: "10.0.0.1"),
    Row(field: .forwarded, headers: ["X-Forwarded-For": "203.0.113.7"], origin: "10.0.0.1"),
    Row(field: .forwarded, headers: ["Forwarded": "for=203.0.113.7"], origin: "203.0.113.7"),
    Row(
      field: .forwarded, headers: ["Forwarded": #"For="[2001:db8:cafe::17]:4711";proto=https, for=10.0.0.2"#],
      origin: "2001:db8:cafe::17"),
    Row(field: .forwarded, headers: ["Forwarded": "proto=https;FOR=203.0.113.7;by=10.0.0.1"], origin: "203.0.113.7"),
    // A comma inside a quoted string parts nothing.
    Row(
      field: .forwarded, headers: ["Forwarded": #"host="a,for=1.2.3.4";for=203.0.113.7"#], origin: "203.0.113.7"),
    Row(field: .forwarded, headers: ["Forwarded": "for=1.2.3.4, for=_hidden"], origin: "10.0.0.1"),
    Row(field: .forwarded, headers: ["Forwarded": "for=1.2.3.4, proto=https"], origin: "10.0.0.1"),
  ]

  @Test("The origin of a request is the last address that is no trusted proxy's", arguments: rows)
  func origins(row: Row) throws {
    let proxies = try TrustedProxies(["10.0.0.0/8", "::1"], field: row.field)
    #expect(proxies.origin(of: row.peer, row.headers) == row.origin)
  }

  @Test("A proxy that is no address is an error that names it", arguments: ["proxy.example", "10.0.0.0/33", ""])
  func badProxy(address: String) {
    let error = #expect(throws: EventServerError.self) { try TrustedProxies(["10.0.0.1", address]) }
    #expect(error == .badProxyAddress(address))
  }
}
