import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@testable import SSEClient

@Suite(
  "The client and tinyproxy", .timeLimit(.minutes(1)),
  .enabled(if: runsPeerTests, "Tests/run runs these, with SSE_TEST_PEERS=1; they need tinyproxy"))
struct TinyproxyTests {
  @Test("C88: events of an http URL come through it, each when it is sent")
  func forwarded() async throws {
    var router = Router()
    router.events("/events") { _, events in
      try await events.send("first")
      // Until the reader has left: what waits in the proxy would wait for ever.
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    try await withEventServer(router) { baseURL in
      try await withTinyproxy { proxy in
        let client = Self.client("http://user:secret@\(proxy)")
        for try await event in client.events(baseURL / "events") {
          #expect(event.data == "first")
          break
        }
      }
    }
  }

  @Test("C87, C88: an https URL is asked through its tunnel, and the certificate is the server's")
  func tunnelled() async throws {
    try await withTLSPeer { peer, port in
      try await withTinyproxy(connectPort: port) { proxy in
        var client = Self.client("http://user:secret@\(proxy)")
        client.configuration.tls.trust = .certificateAuthorities(file: try TestCertificates.file("authority"))
        for try await event in client.events("https://localhost:\(port)/event") {
          #expect(event.data == "one")
          break
        }
        let request = try await peer.output(matching: /request (.*)/)
        #expect(request.contains("GET /event HTTP/1.1|"))
        #expect(!request.contains("Proxy-Authorization"))
      }
    }
  }

  @Test("C88: without its credentials it asks for them", arguments: ["http", "https"])
  func credentials(scheme: String) async throws {
    try await withTinyproxy { proxy in
      let error = await Self.error(of: Self.client(proxy).source("\(scheme)://127.0.0.1:443/"))
      let text = "\(try #require(error))"
      #expect(text.contains("407"), "\(text)")
      #expect(text.contains("write the proxy's user and password into its URL"))
    }
  }

  @Test("C88: a tunnel that it does not make is an error with its answer")
  func refusedTunnel() async throws {
    try await withTinyproxy { proxy in
      // It may connect to port 443 only.
      let error = await Self.error(of: Self.client("http://user:secret@\(proxy)").source("https://127.0.0.1:1/"))
      guard case .proxyRefused(let response, let name) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(response.head.status == .forbidden)
      #expect(response.text.contains("tinyproxy"))
      #expect(name == "http://\(proxy)")
    }
  }

  private static func client(_ proxy: String) -> EventClient {
    var configuration = EventClientConfiguration()
    configuration.proxy = .url(proxy)
    return EventClient(configuration: configuration)
  }

  private static func error(of source: EventSource) async -> EventClientError? {
    do throws(EventClientError) {
      for try await _ in source {}
      return nil
    } catch {
      return error
    }
  }

  /// Runs it on a free port; `body` gets its address.
  private func withTinyproxy(connectPort: Int = 443, _ body: (_ address: String) async throws -> Void) async throws {
    let reservation = try RawListener(backlog: nil)
    defer { withExtendedLifetime(reservation) {} }
    let port = reservation.port
    let file = FileManager.default.temporaryDirectory.appending(path: "sse-tinyproxy-\(UUID()).conf")
    defer { try? FileManager.default.removeItem(at: file) }
    try "Port \(port)\nListen 127.0.0.1\nMaxClients 10\nConnectPort \(connectPort)\nBasicAuth user secret\n"
      .write(to: file, atomically: true, encoding: .utf8)
    try await withRunningProgram("tinyproxy", ["-d", "-c", file.path]) { program in
      _ = try await program.output(matching: /(Accepting) connections/)
      try await body("127.0.0.1:\(port)")
    }
  }
}
