import Foundation
import SSEClient
import SSETestSupport
import Testing

/// Whether these tests run: they need programs that not every machine has.
let runsPeerTests = ProcessInfo.processInfo.environment["SSE_TEST_PEERS"] == "1"

@Suite(
  "A StreamedResponse of PHP, followed by the client",
  .enabled(if: runsPeerTests, "Tests/run runs these, with SSE_TEST_PEERS=1; they need php-symfony-http-foundation"))
struct PHPTests {
  @Test("the article's loop is followed to its end", .timeLimit(.minutes(1)))
  func following() async throws {
    try await withPHP { url, php in
      let client = EventClient()
      var payloads: [String] = []
      for try await event in client.events("\(url)?pause=20000&count=10") {
        #expect(event.type == "message")
        payloads.append(event.data)
        if event.data == #"{"finished":true}"# { break }
      }
      #expect(payloads.count == 11)
      for payload in payloads.dropLast() {
        #expect(payload.wholeMatch(of: /\{"time":"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"\}/) != nil, "\(payload)")
      }
      _ = try await php.output(matching: /the (reader) read to the end/)
    }
  }

  @Test("each event comes when PHP flushes it, not when a buffer is full", .timeLimit(.minutes(1)))
  func flushing() async throws {
    // The next event would come after an hour.
    try await withPHP { url, _ in
      for try await event in EventClient().events("\(url)?pause=3600000000") {
        #expect(event.data.hasPrefix("{\"time\":"))
        break
      }
    }
  }

  @Test("PHP notices when the client's loop is left", .timeLimit(.minutes(1)))
  func leaving() async throws {
    try await withPHP { url, php in
      var count = 0
      for try await _ in EventClient().events("\(url)?pause=20000&count=100000") {
        count += 1
        if count == 3 { break }
      }
      let events = try await php.output(matching: /the reader left after (\d+) events/)
      #expect(try #require(Int(events)) >= 3)
    }
  }

  @Test("a stream that has ended is opened again, as the standard says", .timeLimit(.minutes(1)))
  func reconnecting() async throws {
    try await withPHP { url, _ in
      var request = EventRequest("\(url)?pause=1&count=1")
      request.reconnect.reconnectionTime = .milliseconds(10)
      var payloads: [String] = []
      for try await event in EventClient().events(request) {
        payloads.append(event.data)
        if payloads.count == 4 { break }
      }
      #expect(payloads.map { $0.contains("finished") } == [false, true, false, true])
    }
  }

  /// PHP's own server with the fixture, for the time of a test.
  private func withPHP(_ body: (_ url: String, _ php: RunningProgram) async throws -> Void) async throws {
    let fixtures = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    let arguments = ["-d", "include_path=.:/usr/share/php", "-S", "127.0.0.1:0", "-t", fixtures.path()]
    try await withRunningProgram("php", arguments) { php in
      let server = try await php.output(matching: /Development Server \((http:\/\/[0-9.:]+)\) started/)
      try await body("\(server)/clock.php", php)
    }
  }
}
