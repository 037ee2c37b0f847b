import Foundation
import SSEClient
import SSETestSupport
import Testing

@Suite(
  "Streams of sse-starlette, followed by the client", .enabled(if: PythonEnvironment.isMade, PythonEnvironment.comment))
struct StarletteTests {
  @Test(
    "events of every kind arrive whole, however lines end", .timeLimit(.minutes(1)), arguments: ["crlf", "cr", "lf"])
  func kinds(separator: String) async throws {
    try await withStarlette { url, _ in
      var request = EventRequest("\(url)/kinds?sep=\(separator)")
      request.reconnect = .never
      var events: [ServerSentEvent] = []
      for try await event in EventClient().events(request) { events.append(event) }
      #expect(events.map(\.type) == ["message", "greeting", "message", "done"])
      #expect(events.map(\.data) == ["plain", "typed", "two\nlines", "naïve 🙂"])
      #expect(events.map(\.id) == [nil, "1", "2", nil])
      #expect(events.map(\.lastEventID) == ["", "1", "2", "2"])
    }
  }

  @Test(
    "a stream that ends or is cut is resumed after its own delay, and each number comes once", .timeLimit(.minutes(1)),
    arguments: ["", "?cut"])
  func resuming(query: String) async throws {
    try await withStarlette { url, server in
      let source = EventClient().source("\(url)/numbers\(query)")
      var numbers: [String] = []
      var delays: [Duration] = []
      var reasons: [String] = []
      for try await message in source.messages {
        if case .event(let event) = message { numbers.append(event.data) }
        if case .interrupted(let reason, let delay) = message {
          delays.append(delay)
          if case .ended = reason { reasons.append("ended") } else if case .cut = reason { reasons.append("cut") }
        }
        if numbers.count == 9 { break }
      }
      #expect(numbers == (1...9).map(String.init))
      #expect(delays == [.milliseconds(30), .milliseconds(30)])
      #expect(reasons == [String](repeating: query.isEmpty ? "ended" : "cut", count: 2))
      for last in [0, 3, 6] { #expect(server.output.contains("asked from \(last)\n")) }
    }
  }

  @Test("pings are comments, and leaving the loop is noticed there", .timeLimit(.minutes(1)))
  func pings() async throws {
    try await withStarlette { url, server in
      var pings = 0
      for try await message in EventClient().source("\(url)/silence").messages {
        if case .comment(let text) = message {
          #expect(text.hasPrefix(" ping - "))
          pings += 1
        }
        if pings == 3 { break }
      }
      _ = try await server.output(matching: /(the reader left)\n/)
    }
  }

  private func withStarlette(_ body: (_ url: String, _ server: RunningProgram) async throws -> Void) async throws {
    let python = try #require(PythonEnvironment.python)
    let script = try PythonEnvironment.path("starlette_server.py")
    try await withRunningProgram(python, [script], environment: PythonEnvironment.variables) { server in
      let url = try await server.output(matching: /Uvicorn running on (http:\/\/[0-9.:]+)/, within: .seconds(40))
      try await body(url, server)
    }
  }
}
