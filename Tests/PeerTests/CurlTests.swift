import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@testable import SSEExampleClock

@Suite(
  "curl and the clock",
  .enabled(if: runsPeerTests, "Tests/run runs these, with SSE_TEST_PEERS=1; they need curl"))
struct CurlTests {
  static let time = Date(timeIntervalSinceReferenceDate: 800_000_000)
  static let event = "data: {\"time\":\"\(clockText(time))\"}\n\n"
  static let end = "data: {\"finished\":true}\n\n"

  @Test(
    "it prints all events and ends with 0",
    arguments: [["-N"], ["-N", "--http1.0"], ["-N", "-H", "Accept: text/event-stream"], ["--raw", "--http1.0"]])
  func wholeOutput(arguments: [String]) async throws {
    try await withClock(interval: .milliseconds(2), count: 10) { url in
      let result = try await Program.run("curl", ["-sS"] + arguments + [url])
      #expect(result.output == String(repeating: Self.event, count: 10) + Self.end)
      #expect(result.errors.isEmpty)
      #expect(result.status == 0)
    }
  }

  @Test("the stream is chunked in HTTP/1.1, and is as long as the connection in HTTP/1.0")
  func framing() async throws {
    try await withClock(interval: .milliseconds(2), count: 2) { url in
      let http11 = try await Program.run("curl", ["-sS", "-D", "-", "-o", "/dev/null", url]).output
      #expect(http11.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(http11.contains("Transfer-Encoding: chunked\r\n"))
      let http10 = try await Program.run("curl", ["-sS", "-D", "-", "-o", "/dev/null", "--http1.0", url]).output
      #expect(http10.contains("Connection: close\r\n"))
      #expect(!http10.contains("Transfer-Encoding"))
      #expect(!http10.contains("Content-Length"))
    }
  }

  @Test("it prints the first event while the stream goes on")
  func atOnce() async throws {
    try await withClock(interval: .seconds(3_600), count: 10) { url in
      try await withRunningProgram("curl", ["-sSN", url]) { curl in
        let payload = try await curl.output(matching: /data: (.*)\n\n/)
        #expect(payload == "{\"time\":\"\(clockText(Self.time))\"}")
      }
    }
  }

  @Test("a HEAD request gets the stream's head and no events", .timeLimit(.minutes(1)))
  func head() async throws {
    try await withClock(interval: .seconds(3_600), count: 10) { url in
      let result = try await Program.run("curl", ["-sS", "-I", url])
      #expect(result.output.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(result.output.contains("Content-Type: text/event-stream\r\n"))
      #expect(!result.output.contains("data:"))
      #expect(result.status == 0)
    }
  }

  @Test("one connection carries a page, its stylesheet and a stream")
  func keepAlive() async throws {
    try await withClock(interval: .milliseconds(2), count: 1) { url in
      let base = url.replacing("/events/stream", with: "")
      let transfers = ["\(base)/", "\(base)/clock.css", url, url].flatMap { ["-o", "/dev/null", $0] }
      let result = try await Program.run("curl", ["-sS", "-w", "%{num_connects} %{http_code}\n"] + transfers)
      #expect(result.output == "1 200\n0 200\n0 200\n0 200\n")
    }
  }

  private func withClock(interval: Duration, count: Int, _ body: (_ url: String) async throws -> Void) async throws {
    let router = clockRouter(ServeOptions(interval: interval, count: count), react: nil, now: { Self.time })
    try await withEventServer(router, timeLimit: .seconds(30)) { baseURL in
      try await body((baseURL / "events/stream").absoluteString)
    }
  }
}
