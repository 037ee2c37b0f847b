import Foundation
import SSEClient
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@testable import SSEExampleClock

private let sseClock = Product.path("sse-clock")

@Suite("The program sse-clock")
struct SSEClockTests {
  @Test("it says at once where to look, though its output is no terminal, and writes no colours then")
  func welcome() async throws {
    try await withRunningProgram(sseClock, ["--port", "0"]) { clock in
      let port = try await clock.output(matching: /http:\/\/127\.0\.0\.1:(\d+)\/react\n/)
      let output = clock.output
      #expect(output.contains("  http://127.0.0.1:\(port)/\n"))
      #expect(output.contains("curl -N http://127.0.0.1:\(port)/events/stream\n"))
      #expect(!output.contains("\u{1B}"))
    }
  }

  @Test(
    "an address that means all of them is shown as one that a browser can open",
    arguments: [("0.0.0.0", "127.0.0.1"), ("::1", "[::1]")])
  func anyAddress(host: String, shown: String) async throws {
    try await withRunningProgram(sseClock, ["--port=0", "--host", host]) { clock in
      let url = try await clock.output(matching: /(http:.*):\d+\/react\n/)
      #expect(url == "http://\(shown)")
    }
  }

  @Test("the time that it sends is that of its time zone", arguments: ["Asia/Kathmandu", "America/St_Johns"])
  func timeZone(name: String) async throws {
    try await withRunningProgram(sseClock, ["--port=0"], environment: ["TZ": name]) { clock in
      let port = try await clock.port()
      for try await event in EventClient().events("http://127.0.0.1:\(port)/events/stream") {
        let style = Date.ISO8601FormatStyle(timeZone: try #require(TimeZone(identifier: name)))
          .year().month().day().dateTimeSeparator(.space).time(includingFractionalSeconds: false)
        let time = try #require(event.data.wholeMatch(of: /\{"time":"(.*)"\}/)?.1)
        #expect(abs(try Date(String(time), strategy: style).timeIntervalSinceNow) < 10)
        break
      }
    }
  }

  @Test("it says what became of a reader", arguments: [true, false])
  func readers(readsToTheEnd: Bool) async throws {
    let count = readsToTheEnd ? "2" : "1000000"
    try await withRunningProgram(sseClock, ["--port=0", "--count", count, "--interval-ms", "20"]) { clock in
      let port = try await clock.port()
      for try await event in EventClient().events("http://127.0.0.1:\(port)/events/stream") {
        if !readsToTheEnd || event.data.contains("finished") { break }
      }
      let line = try await clock.output(matching: /(127\.0\.0\.1 has .*)\n/)
      #expect(line.hasPrefix(readsToTheEnd ? "127.0.0.1 has read to the end: 3 events in 0" : "127.0.0.1 has left: "))
    }
  }

  @Test("a signal lets its readers read to the end, then it ends with 0", arguments: [SIGINT, SIGTERM])
  func signals(signal: Int32) async throws {
    try await withRunningProgram(sseClock, ["--port=0", "--count=5", "--interval-ms=50"]) { clock in
      let port = try await clock.port()
      var last = ""
      for try await event in EventClient().events("http://127.0.0.1:\(port)/events/stream") {
        if last.isEmpty { clock.send(signal) }
        last = event.data
        if last.contains("finished") { break }
      }
      #expect(last == #"{"finished":true}"#)
      try await eventually("it ends with 0") { clock.exitStatus == 0 }
    }
  }

  @Test("follow prints each event's data and ends with the clock, with 0")
  func follow() async throws {
    let time = Date(timeIntervalSinceReferenceDate: 800_000_000)
    let options = ServeOptions(interval: .milliseconds(1), count: 2)
    try await withEventServer(clockRouter(options, react: nil, now: { time })) { baseURL in
      let result = try await Program.run(sseClock, ["follow", (baseURL / "events/stream").absoluteString])
      let line = "{\"time\":\"\(clockText(time))\"}\n"
      #expect(result.output == line + line + "{\"finished\":true}\n")
      #expect(result.status == 0)
    }
  }

  @Test("an output that cannot be written is one line and 1")
  func fullDisk() async throws {
    let result = try await Program.run("sh", ["-c", "'\(sseClock)' --help > /dev/full"])
    #expect(result.errors.hasPrefix("sse-clock: standard output: "))
    #expect(result.errors.filter(\.isNewline).count == 1)
    #expect(result.status == 1)
  }

  @Test("follow gives up on a server that closes without an answer, with one line and 1")
  func noAnswer() async throws {
    let listener = try RawListener()
    async let closed: Void = {
      let connection = try await listener.accept()
      try await connection.read(through: "\r\n\r\n")
      connection.close()
    }()
    let words = "the server closed the connection without an answer; is it an HTTP server?\n"
    try await expect(BadInput(arguments: ["follow", listener.url], words: words))
    try await closed
  }

  @Test("follow shows what would control the terminal")
  func controls() async throws {
    let listener = try RawListener()
    try await withRunningProgram(sseClock, ["follow", listener.url]) { follower in
      let connection = try await listener.accept()
      try await connection.read(through: "\r\n\r\n")
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
      try await connection.write("event: a\u{7}\ndata: \u{1B}]0;owned\u{202E}\n\ndata: é\n\n")
      _ = try await follower.output(matching: /(é)\n/)
      #expect(follower.output.contains(#"a\u{07} \u{1B}]0;owned\u{202E}"#))
      #expect(!follower.output.contains("\u{1B}"))
    }
  }

  @Test("follow says why it connects again, and in how many seconds")
  func interruption() async throws {
    let listener = try RawListener()
    try await withRunningProgram(sseClock, ["follow", listener.url]) { follower in
      let connection = try await listener.accept()
      try await connection.read(through: "\r\n\r\n")
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 1234\n\ndata: a\n\n")
      connection.close()
      #expect(try await follower.output(matching: /: the stream ended (.*)\n/) == "(trying again in 1.2 s)")
    }
  }

  @Test("help goes to the standard output, with 0")
  func help() async throws {
    let result = try await Program.run(sseClock, ["--help"])
    #expect(result.output.contains("USAGE"))
    #expect(result.errors.isEmpty)
    #expect(result.status == 0)
  }

  // MARK: - Bad input

  /// What the program is told, what its one line on standard error says, and how it ends.
  struct BadInput: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    let words: String
    var status: Int32 = 1

    var testDescription: String { arguments.joined(separator: " ") }
  }

  @Test(
    "bad input gets one readable line and a status that is not 0",
    arguments: [
      BadInput(arguments: ["--port", "65536"], words: "--port takes a whole number from 0 to 65535", status: 2),
      BadInput(arguments: ["--nonsense"], words: "unknown option --nonsense", status: 2),
      BadInput(arguments: ["--host", "nowhere", "--port=0"], words: "nowhere:0 is not an address of this machine"),
      BadInput(arguments: ["--react", "/nonexistent"], words: "npm install react@18 react-dom@18"),
      BadInput(arguments: ["follow", "nonsense"], words: "nonsense: malformed URL"),
      BadInput(arguments: ["follow", "http://"], words: "malformed URL"),
      BadInput(arguments: ["follow", "ftp://127.0.0.1/"], words: "'ftp' is not supported"),
      // Port 1 is a service that no machine of today has.
      BadInput(arguments: ["follow", "http://127.0.0.1:1/"], words: "refused"),
      BadInput(arguments: ["follow", "http://no-such-host.invalid/"], words: "unknown host 'no-such-host.invalid'"),
    ])
  func badInput(input: BadInput) async throws {
    try await expect(input)
  }

  @Test("a port in use gets one readable line and a status that is not 0")
  func portInUse() async throws {
    let listener = try RawListener()
    let port = "\(listener.port)"
    try await expect(BadInput(arguments: ["--port", port], words: "127.0.0.1:\(port) is in use"))
  }

  @Test(
    "a URL that is no event stream gets one readable line and a status that is not 0",
    arguments: [("", "'text/html; charset=utf-8', not text/event-stream"), ("nothing", "404 Not Found")])
  func noEventStream(path: String, words: String) async throws {
    try await withEventServer(clockRouter(ServeOptions(), react: nil)) { baseURL in
      try await expect(BadInput(arguments: ["follow", "\(baseURL.absoluteString)/\(path)"], words: words))
    }
  }

  private func expect(_ input: BadInput, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let result = try await Program.run(sseClock, input.arguments)
    #expect(result.errors.hasPrefix("sse-clock: "), sourceLocation: sourceLocation)
    #expect(result.errors.contains(input.words), sourceLocation: sourceLocation)
    #expect(result.errors.filter(\.isNewline).count == 1, sourceLocation: sourceLocation)
    #expect(result.errors.count < 400, sourceLocation: sourceLocation)
    #expect(result.output.isEmpty, sourceLocation: sourceLocation)
    #expect(result.status == input.status, sourceLocation: sourceLocation)
  }
}
