import Foundation
import SSEClient
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite(
  "A server behind nginx and haproxy", .timeLimit(.minutes(1)), .enabled(if: runsPeerTests, ReverseProxy.comment))
struct ReverseProxyTests {
  @Test(
    "the client goes on after its last event when nginx is reloaded",
    arguments: [ReverseProxy.nginx, .nginxWithHTTP11])
  func reloaded(proxy: ReverseProxy) async throws {
    let topic = Topic()
    let positions = Recorder<String?>()
    var router = Router()
    router.events("/topic", from: topic) { request in
      positions.note(request.lastEventID)
      return TopicView()
    }
    try await withEventServer(router) { server in
      try await proxy.run(to: server) { proxy, port in
        var request = EventRequest("http://127.0.0.1:\(port)/topic")
        request.reconnect.reconnectionTime = .milliseconds(10)
        var received: [String] = []
        var lastID: String?
        var hasComeBack = false
        for try await message in EventClient().source(request).messages {
          switch message {
          case .opened:
            #expect(positions.values.last == lastID)
            hasComeBack = lastID != nil
            try await topic.publish(ServerSentEvent(data: hasComeBack ? "2" : "0"))
          case .event(let event):
            received.append(event.data)
            lastID = event.lastEventID
            // Nginx has its workers end their connections after a moment.
            if received.count == 1 { proxy.send(SIGHUP) }
          // What is published meanwhile is asked for.
          case .interrupted: try await topic.publish(ServerSentEvent(data: "1"))
          default: Issue.record("\(message)")
          }
          if hasComeBack, received.count == 3 { break }
        }
        #expect(received == ["0", "1", "2"])
      }
    }
  }

  @Test("a reader that leaves the proxy cancels its handler", arguments: ReverseProxy.allCases)
  func leave(proxy: ReverseProxy) async throws {
    let endings = Recorder<Bool>()
    var router = Router()
    router.events("/") { _, events in
      defer { endings.note(Task.isCancelled) }
      try await events.send("hello")
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    var configuration = EventServerConfiguration()
    // By default haproxy finds that out when it has something to write.
    if proxy == .haproxy { configuration.keepAlive = .milliseconds(100) }
    try await withEventServer(router, configuration: configuration) { server in
      try await proxy.run(to: server) { _, port in
        let reader = try await RawConnection.ask(port: port, "GET /")
        try await reader.read(through: "data: hello\n\n")
        #expect(endings.count == 0)
        reader.close()
        try await endings.wait(for: true)
      }
    }
  }

  @Test("the address that the proxy forwards is counted and told", arguments: ReverseProxy.allCases)
  func forwardedAddress(proxy: ReverseProxy) async throws {
    let topic = Topic()
    var router = Router()
    router.events("/topic", from: topic)
    router.post("/publish") { request in
      let id = try await topic.publish(ServerSentEvent(data: request.remoteAddress))
      return .text(id, status: .accepted)
    }
    var configuration = EventServerConfiguration()
    configuration.limits.connectionsPerAddress = 1
    configuration.trustedProxies = try TrustedProxies(["127.0.0.1"])
    try await withEventServer(router, configuration: configuration) { server in
      try await proxy.run(to: server) { _, port in
        let reader = try await RawConnection.ask(port: port, "GET /topic", from: "127.0.0.2")
        #expect(try await reader.readHead().hasPrefix("HTTP/1.1 200 "))
        func publish(from source: String) async throws -> String {
          try await RawConnection.ask(port: port, "POST /publish", from: source).readHead()
        }
        #expect(try await publish(from: "127.0.0.2").hasPrefix("HTTP/1.1 429 "))
        #expect(try await publish(from: "127.0.0.3").hasPrefix("HTTP/1.1 202 "))
        try await reader.read(through: "data: 127.0.0.3\n\n")
      }
    }
  }

  @Test(
    "a stream that is cut is cut behind the proxy too, unless that asks in HTTP/1.0 and cannot tell",
    arguments: [(ReverseProxy.nginx, false), (.nginxWithHTTP11, true), (.haproxy, true), (.haproxyForEvents, true)])
  func cut(proxy: ReverseProxy, isTold: Bool) async throws {
    struct Failure: Error {}
    var router = Router()
    router.events("/") { _, events in
      try await events.send("half")
      throw Failure()
    }
    var configuration = EventServerConfiguration()
    configuration.log = { _ in }
    try await withEventServer(router, configuration: configuration) { server in
      try await proxy.run(to: server) { _, port in
        let reader = try await RawConnection.connect(port: port)
        try await reader.write("GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
        let text = try await reader.readToEnd()
        #expect(text.contains("data: half\n\n"))
        #expect(text.hasSuffix("\r\n0\r\n\r\n") == !isTold)
      }
    }
  }
}
