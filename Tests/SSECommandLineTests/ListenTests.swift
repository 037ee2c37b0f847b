import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@testable import SSECommandLine

@Suite("sse listen", .timeLimit(.minutes(1)))
struct ListenTests {
  /// Three events of a reply, as a chat API streams them, then its last word.
  static var router: Router {
    var router = Router()
    router.events("/chat", method: .post) { _, events in
      for word in ["Hello", ", ", "world"] {
        try await events.send(#"{"choices":[{"delta":{"content":"\#(word)"}}]}"#)
      }
      try await events.send(#"{"choices":[{"delta":{"content":null}}]}"#)
      try await events.send("[DONE]")
    }
    router.events("/types") { _, events in
      try await events.send("1", type: "odd", id: "a")
      try await events.send("2", type: "even")
      try await events.send("3", type: "odd")
      try await events.send("line 1\nline 2")
    }
    return router
  }

  /// Runs it with a path of that server.
  private func listen(_ path: String, _ arguments: [String]) async throws -> Program.Result {
    try await withEventServer(Self.router) { baseURL in
      try await Program.run(sse, ["listen", (baseURL / path).absoluteString] + arguments)
    }
  }

  @Test("data is printed, nothing else, and the end of the stream is 0")
  func data() async throws {
    let result = try await listen("types", ["--no-reconnect"])
    #expect(result.output == "1\n2\n3\nline 1\nline 2\n")
    #expect(result.errors.isEmpty)
    #expect(result.status == 0)
  }

  @Test("the words of a chat reply, joined")
  func words() async throws {
    let result = try await listen("chat", ["-d", "{}", "--json", "choices.0.delta.content", "--join"])
    #expect(result.output == "Hello, world")
    #expect(result.status == 0)
  }

  @Test("lines of JSON")
  func jsonLines() async throws {
    let result = try await listen("types", ["--jsonl", "--no-reconnect"])
    let lines = result.output.split(separator: "\n").map { $0.replacing(/"time":[0-9.]+/, with: "\"time\":0") }
    #expect(
      lines == [
        #"{"data":"1","id":"a","time":0,"type":"odd"}"#, #"{"data":"2","time":0,"type":"even"}"#,
        #"{"data":"3","time":0,"type":"odd"}"#, #"{"data":"line 1\nline 2","time":0,"type":"message"}"#,
      ])
  }

  @Test("an event stream can be had again from an event stream")
  func raw() async throws {
    let listener = try RawListener()
    let answer = Peer.head + ": hello\r\nid:1\revent: x\ndata:a\ndata\n\n:\nretry: 5\ndata: b\n\ndata: lost"
    let result = try await listener.listen(["--raw", "--no-reconnect"], answering: answer)
    #expect(result.output == ": hello\n\nevent: x\nid: 1\ndata: a\ndata: \n\n:\n\nretry: 5\ndata: b\n\n")
    #expect(result.status == 1)
  }

  @Test("--type chooses, and --max counts what is printed")
  func chosen() async throws {
    let result = try await listen("types", ["--type", "odd", "--type", "message", "--max", "3"])
    #expect(result.output == "1\n3\nline 1\nline 2\n")
    #expect(result.status == 0)
  }

  @Test("nothing printed is 3: no such field, no such type, status 204")
  func nothing() async throws {
    for arguments in [["--json", "field"], ["--type", "none"]] {
      let result = try await listen("types", ["--no-reconnect"] + arguments)
      #expect(result.status == 3)
      #expect(result.output.isEmpty && result.errors.isEmpty)
    }
    let result = try await RawListener().listen([], answering: "HTTP/1.1 204 No Content\r\n\r\n")
    #expect(result.status == 3)
    #expect(result.errors.isEmpty)
  }

  // MARK: - The request

  @Test("header fields, method and the last event ID are sent")
  func request() async throws {
    let listener = try RawListener()
    async let result = Program.run(
      sse, ["listen", listener.url + "/a?b", "-H", "X-A: 1", "-HX-B:2", "-X", "REPORT", "--last-event-id", "é7"])
    let (peer, head) = try await listener.acceptRequest()
    #expect(head.hasPrefix("REPORT /a?b HTTP/1.1\r\n"))
    for line in ["X-A: 1", "X-B: 2", "Last-Event-ID: é7"] { #expect(head.contains("\r\n\(line)\r\n")) }
    try await peer.write(Peer.head + "data: x\n\n")
    peer.close()
    #expect(try await result.output == "x\n")
  }

  /// `sh -c`, so that it has a standard input.
  @Test(
    "a body comes from the command line, a file or standard input",
    arguments: [
      (#"-d '{"a": [1]}'"#, "application/json", #"{"a": [1]}"#),
      ("--data 'a=b'", "text/plain; charset=utf-8", "a=b"),
      ("-d 'a=b' -H 'content-type: x/y'", "x/y", "a=b"),
      ("--data @body.json", "application/json", "{}\n"),
      ("-d @-", "text/plain; charset=utf-8", "from the pipe"),
      ("-d ''", "text/plain; charset=utf-8", ""),
    ])
  func body(arguments: String, type: String, text: String) async throws {
    try await withFolder { folder in
      try "{}\n".write(to: folder.appending(path: "body.json"), atomically: true, encoding: .utf8)
      let listener = try RawListener()
      let command = "printf 'from the pipe' | '\(sse)' listen \(listener.url) \(arguments)"
      async let result = Program.run("sh", ["-c", command], directory: folder)
      let (peer, head) = try await listener.acceptRequest()
      #expect(head.hasPrefix("POST / HTTP/1.1\r\n"))
      #expect(head.lowercased().contains("\r\ncontent-type: \(type)\r\n"))
      #expect(head.contains("\r\nContent-Length: \(text.utf8.count)\r\n"))
      #expect(try await String(decoding: peer.read(count: text.utf8.count), as: UTF8.self) == text)
      try await peer.write("HTTP/1.1 204 No Content\r\n\r\n")
      #expect(try await result.status == 3)
    }
  }

  @Test("a proxy is asked for the whole URL")
  func proxy() async throws {
    let proxy = try RawListener()
    async let result = Program.run(sse, ["listen", "http://host.invalid/a", "--proxy", proxy.url, "--max", "1"])
    let (peer, head) = try await proxy.acceptRequest()
    #expect(head.hasPrefix("GET http://host.invalid/a HTTP/1.1\r\n"))
    try await peer.write(Peer.head + "data: x\n\n")
    #expect(try await result.output == "x\n")
  }

  @Test("a server that comes later is waited for where that was asked for")
  func retryConnect() async throws {
    let port = try RawListener().port
    try await withRunningProgram(sse, ["listen", "http://127.0.0.1:\(port)/", "--retry-connect"]) { program in
      _ = try await program.output(matching: /(refused.* \(again in )/)
      #expect(program.exitStatus == nil)
    }
  }

  @Test("a hole in the stream is an event, and is told of")
  func gap() async throws {
    let data = #"{"after":"a-1","oldest":"a-5","reason":"expired"}"#
    let answer = Peer.head + "event: gap\ndata: \(data)\n\nid: a-5\ndata: x\n\n"
    let result = try await RawListener().listen(["--raw", "--no-reconnect"], answering: answer)
    #expect(result.output == "event: gap\ndata: \(data)\n\nid: a-5\ndata: x\n\n")
    #expect(result.errors == "sse: events are missing behind 'a-1': expired\n")
  }

  // MARK: - What goes wrong

  @Test(
    "what cannot be done gets one line that says why, and 1",
    arguments: [
      (["listen", "nonsense"], "malformed URL"),
      (["listen", "ftp://host/"], "'ftp' is not supported"),
      // Port 1 is a service that no machine of today has.
      (["listen", "http://127.0.0.1:1/"], "refused"),
      (["listen", "http://no-such-host.invalid/"], "unknown host 'no-such-host.invalid'"),
      (["listen", "http://127.0.0.1:1/", "-d", "@/nonexistent"], "cannot read /nonexistent: No such file"),
      (["listen", "http://127.0.0.1:1/", "-d", "@/"], "cannot read /: Is a directory"),
      (
        ["listen", "http://127.0.0.1:1/", "--record", "/nonexistent/file"], "cannot write to /nonexistent/file: No such"
      ),
      (["listen", "--replay", "/"], "cannot read /: Is a directory"),
      (["listen", "--replay", "/nonexistent"], "cannot read /nonexistent: No such file"),
    ] as [([String], String)])
  func failures(words: [String], message: String) async throws {
    let result = try await Program.run(sse, words)
    #expect(result.status == 1)
    #expect(result.errors.hasPrefix("sse: ") && result.errors.contains(message), "\(result.errors)")
    #expect(result.errors.filter(\.isNewline).count == 1)
    #expect(result.output.isEmpty)
  }

  @Test("a refused stream shows what the server said, all of it with --verbose")
  func refused() async throws {
    let body = #"{"error": {"message": "no such model"}}"# + String(repeating: " ", count: 300) + "\u{1B}[2J the end"
    let answer =
      "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    let brief = try await RawListener().listen([], answering: answer)
    #expect(brief.status == 1)
    #expect(brief.errors.contains("404") && brief.errors.contains("no such model"))
    #expect(!brief.errors.contains("the end"))
    let verbose = try await RawListener().listen(["-v"], answering: answer)
    #expect(verbose.errors.contains("the end"))
    #expect(!verbose.errors.contains("\u{1B}"))
  }

  @Test("a stream that is cut is 1 where it is not opened again, and what came before is printed")
  func cut() async throws {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 1000\r\n\r\n"
    let result = try await RawListener().listen(["--no-reconnect"], answering: head + "data: 1\n\ndata: 2")
    #expect(result.output == "1\n")
    #expect(result.errors.contains("broke off"))
    #expect(result.status == 1)
  }

  @Test("it says why it connects again and in how many seconds, and goes on behind the last event")
  func interruption() async throws {
    let listener = try RawListener()
    try await withRunningProgram(sse, ["listen", listener.url, "--max", "2"]) { program in
      let (first, _) = try await listener.acceptRequest()
      try await first.write(Peer.head + "retry: 120\nid: 7\ndata: a\n\n")
      first.close()
      let (second, head) = try await listener.acceptRequest()
      #expect(head.contains("\r\nLast-Event-ID: 7\r\n"))
      try await second.write(Peer.head + "data: b\n\n")
      #expect(try await second.ending() == .endOfFile)
      try await eventually("it ends with 0") { program.exitStatus == 0 }
      let lines = program.output.split(separator: "\n")
      #expect(
        lines == ["a", "sse: \(listener.url)/: the stream ended (again in 0.1 s)", "sse: connected: 200 OK", "b"])
    }
  }

  @Test("--verbose tells of connections and comments on standard error, and nothing of it steers a terminal")
  func verbose() async throws {
    let answer = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX: \u{9B}2J\r\n\r\n:hi \u{1B}[2J\ndata: 1\n\n"
    let result = try await RawListener().listen(["-v", "--max", "1"], answering: answer)
    #expect(result.output == "1\n")
    let lines = result.errors.split(separator: "\n")
    #expect(
      lines == [
        "sse: connected: 200 OK", "sse:   Content-Type: text/event-stream", "sse:   X: \\u{9B}2J",
        "sse: :hi \\u{1B}[2J",
      ])
  }
}
