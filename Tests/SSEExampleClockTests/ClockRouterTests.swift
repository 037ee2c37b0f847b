import Foundation
import SSEClient
import SSETestSupport
import SSETesting
import Testing

@testable import SSEExampleClock
@testable import SSEServer

@Suite("The clock's routes")
struct ClockRouterTests {
  @Test("the stream is the time, as often as asked, and an end")
  func stream() async throws {
    let time = Date(timeIntervalSinceReferenceDate: 800_000_000)
    let options = ServeOptions(interval: .milliseconds(1), count: 3)
    try await withEventServer(clockRouter(options, react: nil, now: { time })) { baseURL in
      let connection = try await RawConnection.connect(port: baseURL.port ?? 0)
      try await connection.write("GET /events/stream HTTP/1.0\r\n\r\n")
      let head = try await connection.read(through: "\r\n\r\n")
      #expect(head.contains("Content-Type: text/event-stream\r\n"))
      let event = "data: {\"time\":\"\(clockText(time))\"}\n\n"
      #expect(try await connection.readToEnd() == event + event + event + "data: {\"finished\":true}\n\n")
    }
  }

  @Test("the time is written as in the article, and is this machine's")
  func format() throws {
    let parts = DateComponents(
      calendar: Calendar(identifier: .gregorian), timeZone: .current, year: 2026, month: 11, day: 23, hour: 8,
      minute: 36, second: 21)
    #expect(clockText(try #require(parts.date)) == "2026-11-23 08:36:21")
  }

  @Test(
    "the log tells of those who got the stream only", arguments: [HTTPStatus.ok, .notAcceptable, .serviceUnavailable])
  func logLines(status: HTTPStatus) {
    let record = EventServerAccessRecord(
      method: .get, path: "/events/stream", remoteAddress: "127.0.0.1", status: status, bytes: 1, events: 2,
      duration: .milliseconds(1_449), ending: .complete)
    let words = logLine(record)?.split(separator: "  ").last
    #expect(words == (status == .ok ? "127.0.0.1 has read to the end: 2 events in 1.4 s" : nil))
  }

  @Test("it waits an interval after each time")
  func interval() async throws {
    let interval = Duration.milliseconds(40)
    let router = clockRouter(ServeOptions(interval: interval, count: 5), react: nil)
    try await withEventServer(router) { baseURL in
      let beginning = ContinuousClock.now
      for try await event in EventClient().events(baseURL / "events/stream") {
        if event.data.contains("finished") { break }
      }
      // The handler begins after the request; a machine that stands still makes it later, never earlier.
      #expect(beginning.duration(to: .now) >= interval * 5)
    }
  }

  @Test(
    "the pages share one look and need nothing from elsewhere",
    arguments: [plainPage, reactPage, missingReactPage])
  func pages(page: String) {
    #expect(page.contains(#"<link rel="stylesheet" href="/clock.css">"#))
    #expect(page.contains("<h1>Server clock</h1>"))
    for reference in page.matches(of: /(?:src|href)="([^"]*)"/) {
      #expect(reference.1.hasPrefix("/") || reference.1.hasPrefix("data:"), "\(reference.1)")
    }
  }

  @Test("without React its page says what to install")
  func missingReact() async throws {
    try await withEventServer(clockRouter(ServeOptions(), react: nil)) { baseURL in
      let connection = try await RawConnection.connect(port: baseURL.port ?? 0)
      try await connection.write("GET /react HTTP/1.0\r\n\r\n")
      #expect(try await connection.readToEnd().contains("apt install node-react node-react-dom"))
    }
  }

  @Test("with React its page and its two scripts are served, from a folder laid out as npm's and Debian's are")
  func react() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sse-react-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    for name in ["react", "react-dom"] {
      let umd = folder.appending(path: "\(name)/umd")
      try FileManager.default.createDirectory(at: umd, withIntermediateDirectories: true)
      try Data("// \(name)".utf8).write(to: umd.appending(path: "\(name).production.min.js"))
    }
    let library = try #require(try ReactLibrary.find(ServeOptions(reactFolder: folder.path())))
    try await withEventServer(clockRouter(ServeOptions(), react: library)) { baseURL in
      for match in reactPage.matches(of: /script src="([^"]*)"/) {
        let connection = try await RawConnection.connect(port: baseURL.port ?? 0)
        try await connection.write("GET \(match.1) HTTP/1.0\r\n\r\n")
        let response = try await connection.readToEnd()
        #expect(response.contains("Content-Type: text/javascript; charset=utf-8\r\n"))
        #expect(response.contains("\r\n\r\n// react"))
      }
    }
  }

  @Test("a folder that was named and holds no React is an error")
  func wrongFolder() {
    #expect(throws: ReactLibrary.NotThere(folder: "/nonexistent")) {
      try ReactLibrary.find(ServeOptions(reactFolder: "/nonexistent"))
    }
  }
}
