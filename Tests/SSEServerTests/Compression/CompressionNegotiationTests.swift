import Foundation
import SSEHTTP1
import SSETestSupport
import SSETesting
import Testing

@testable import SSEServer

@Suite("Who gets a compressed stream")
struct CompressionNegotiationTests {
  private static let router: Router = {
    var router = Router()
    router.events("/topic", from: Topic())
    router.events("/handler") { _, events in
      try await events.flush()
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    router.events("/sequence") { _ in AsyncStream<ServerSentEvent> { _ in } }
    router.get("/page") { _ in .text("page") }
    router.group { secret in
      secret.use { request, next in
        var response = try await next(request)
        response.allowsCompression = false
        return response
      }
      secret.events("/secret", from: Topic())
    }
    router.group { coded in
      coded.use { request, next in
        var response = try await next(request)
        response.headers["Content-Encoding"] = "zstd"
        return response
      }
      coded.events("/coded", from: Topic())
    }
    router.cors = .origins("https://app.example")
    return router
  }()

  struct Row: Sendable {
    var fields: String
    var isCompressed: Bool
  }

  static let rows = [
    Row(fields: "Accept-Encoding: gzip\r\n", isCompressed: true),
    Row(fields: "Accept-Encoding: br, x-gzip;q=0.5\r\n", isCompressed: true),
    Row(fields: "Accept-Encoding: gzip;q=0\r\n", isCompressed: false),
    Row(fields: "Accept-Encoding: identity\r\n", isCompressed: false),
    Row(fields: "", isCompressed: false),
  ]

  @Test("S58: gzip for who asks for it, not for `gzip;q=0`; the head says on what it depends", arguments: rows)
  func negotiated(row: Row) async throws {
    try await withEventServer(Self.router, timeLimit: .seconds(30), configuration: .compressing) { baseURL in
      for path in ["/topic", "/handler", "/sequence"] {
        for method in ["GET", "HEAD"] {
          let connection = try await RawConnection.connect(to: baseURL)
          try await connection.write(request(method, path, row.fields))
          let head = try RawResponse(head: try await connection.readHead())
          #expect(head["Content-Encoding"] == (row.isCompressed ? "gzip" : nil), "\(method) \(path)")
          #expect(head["Vary"] == "Origin, Accept-Encoding", "\(method) \(path)")
          #expect(head["Content-Type"] == "text/event-stream")
        }
      }
    }
  }

  @Test(
    "what is no stream, a response that does not allow it, and one with a coding of its own are left alone",
    arguments: ["/page", "/secret", "/coded"])
  func leftAlone(path: String) async throws {
    try await withEventServer(Self.router, timeLimit: .seconds(30), configuration: .compressing) { baseURL in
      for method in ["GET", "HEAD"] {
        let connection = try await RawConnection.connect(to: baseURL)
        try await connection.write(request(method, path, "Accept-Encoding: gzip\r\n"))
        let head = try RawResponse(head: try await connection.readHead())
        #expect(head["Content-Encoding"] == (path == "/coded" ? "zstd" : nil))
        #expect(head["Vary"] == "Origin")
      }
    }
  }

  @Test("a level beyond the last is the last: those of zlib above it can hold a loop for seconds")
  func levels() {
    #expect(EventStreamCompression.gzip.level == 6)
    #expect([9, 7, 6, 5, 1, 0, -1].map { EventStreamCompression.gzip(level: $0).level } == [6, 6, 6, 5, 1, 1, 1])
  }

  @Test("nothing is compressed unless the configuration says so")
  func off() async throws {
    try await withEventServer(Self.router) { baseURL in
      let connection = try await RawConnection.get("/topic", at: baseURL, headers: "Accept-Encoding: gzip\r\n")
      let head = try RawResponse(head: try await connection.readHead())
      #expect(head["Content-Encoding"] == nil)
      #expect(head["Vary"] == "Origin")
    }
  }

  @Test("without zlib streams go as they are, and the log says once what to install")
  func noZlib() async throws {
    let log = Recorder<EventServerLogEntry>()
    var configuration = EventServerConfiguration.compressing
    configuration.log = { log.note($0) }
    configuration.loopCount = 3
    configuration.loadZlib = { () throws(ContentCodingError) in try Zlib(libraryNames: ["libsse-none.so"]) }
    try await withEventServer(Self.router, timeLimit: .seconds(30), configuration: configuration) { baseURL in
      for _ in 0..<5 {
        let connection = try await RawConnection.get("/topic", at: baseURL, headers: "Accept-Encoding: gzip\r\n")
        let head = try RawResponse(head: try await connection.readHead())
        #expect(head["Content-Encoding"] == nil)
        #expect(head["Vary"] == "Origin")
      }
    }
    let lines = log.faults.map(\.description)
    #expect(lines.count == 1)
    #expect(lines.first?.hasPrefix("no stream is compressed: ") == true)
    #expect(lines.first?.contains("zlib1g") == true)
  }
}
