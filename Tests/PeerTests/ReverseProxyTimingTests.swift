import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite(
  "Events through a reverse proxy, by the clock", .serialized, .timeLimit(.minutes(1)),
  .enabled(if: runsPeerTests, ReverseProxy.comment))
struct ReverseProxyTimingTests {
  /// Each route sends what is published, each in its own way.
  private static func router(_ topic: Topic) -> Router {
    var router = Router()
    router.events("/topic", from: topic)
    router.events("/sequence") { _ in topic.subscribe() }
    router.events("/handler") { _, events in
      let news = topic.subscribe()
      try await events.flush()
      for try await event in news { try await events.send(event) }
    }
    return router
  }

  @Test(
    "nginx with its default buffering, and haproxy, deliver each event at once",
    arguments: ReverseProxy.allCases, ["/handler", "/sequence", "/topic"])
  func atOnce(proxy: ReverseProxy, path: String) async throws {
    let topic = Topic()
    // By default haproxy lets the kernel wait 200 ms for more of a chunked body (MSG_MORE).
    let limit: Duration = proxy == .haproxy ? .milliseconds(400) : .milliseconds(100)
    try await withEventServer(Self.router(topic)) { server in
      try await proxy.run(to: server) { _, port in
        let reader = try await RawConnection.ask(port: port, "GET \(path)")
        #expect(try await reader.readHead().hasPrefix("HTTP/1.1 200 OK\r\n"))
        for number in 0..<10 {
          let duration = try await ContinuousClock().measure {
            try await topic.publish(ServerSentEvent(data: "\(number)"))
            try await reader.read(through: "data: \(number)\n\n")
          }
          #expect(duration < limit, "event \(number)")
        }
      }
    }
  }

  @Test("nginx that ignores X-Accel-Buffering holds events until its buffers are full", arguments: [true, false])
  func held(isIgnored: Bool) async throws {
    let topic = Topic()
    try await withEventServer(Self.router(topic)) { server in
      let settings = isIgnored ? "proxy_ignore_headers X-Accel-Buffering;" : ""
      try await ReverseProxy.nginx.run(to: server, settings: settings) { _, port in
        let reader = try await RawConnection.ask(port: port, "GET /topic")
        try await eventually("the reader has come") { topic.readers.count == 1 }
        try await topic.publish(ServerSentEvent(data: "first"))
        let early = try await reader.received(within: 500)
        #expect(early.contains("data: first\n") == !isIgnored)
        guard isIgnored else { return }
        for _ in 0..<16 { try await topic.publish(ServerSentEvent(data: String(repeating: "x", count: 4_096))) }
        try await reader.read(through: "data: first\n\n")
      }
    }
  }
}
