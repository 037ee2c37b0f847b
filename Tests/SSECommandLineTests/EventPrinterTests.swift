import Foundation
import SSEClient
import Testing

@testable import SSECommandLine

@Suite("How events are printed")
struct EventPrinterTests {
  static let terminal = TextStyle(isTerminal: true, hasColor: false)

  private func text(
    _ event: ServerSentEvent, _ format: EventFormat = .data, joins: Bool = false, types: Set<String> = [],
    style: TextStyle = .plain
  ) throws -> String? {
    try EventPrinter(format: format, joins: joins, types: types, style: style).text(for: event, at: 1.2345)
  }

  static let event = ServerSentEvent(data: "one\ntwo", type: "tick", id: "7", retry: .milliseconds(1_500))

  @Test("in a pipe, data stands alone and unchanged")
  func plain() throws {
    #expect(try text(Self.event) == "one\ntwo\n")
    #expect(try text(ServerSentEvent(data: "")) == "\n")
    #expect(try text(ServerSentEvent(data: "\u{1B}[2J\u{202E}")) == "\u{1B}[2J\u{202E}\n")
    #expect(try text(Self.event, joins: true) == "one\ntwo")
  }

  @Test("on a terminal, type and ID come first and further lines are indented")
  func terminal() throws {
    #expect(try text(Self.event, style: Self.terminal) == "tick #7 one\n  two\n")
    #expect(try text(ServerSentEvent(data: "x"), style: Self.terminal) == "x\n")
    #expect(try text(ServerSentEvent(data: "x", id: ""), style: Self.terminal) == "# x\n")
    #expect(try text(Self.event, joins: true, style: Self.terminal) == "one\ntwo")
    let colored = TextStyle(isTerminal: true, hasColor: true)
    #expect(try text(Self.event, style: colored) == "\u{1B}[1mtick\u{1B}[0m \u{1B}[2m#7\u{1B}[0m one\n  two\n")
  }

  @Test(
    "on a terminal, nothing that a server sends steers it",
    arguments: [
      EventFormat.data, .field(JSONPath("")), .field(JSONPath("text")), .jsonLines, .stream,
    ])
  func steering(format: EventFormat) throws {
    let hostile = "\u{1B}]0;x\u{7}\u{9B}2J\u{85}\u{202E}\u{2028}\r\u{0}"
    let json = "{\"text\":\"\\u001b[2J\u{9B}\u{202E}\"}"
    let isField = if case .field = format { true } else { false }
    // A stream cannot have them all in a type or an ID, an event made by hand may.
    let event = ServerSentEvent(
      data: isField ? json : hostile, type: "\u{1B}[31m\u{9B}", id: "\u{1B}[31m\u{202E}")
    for joins in [false, true] {
      let shown = try #require(try text(event, format, joins: joins, style: Self.terminal))
      let unsafe = shown.unicodeScalars.filter { $0.value < 0x20 && $0 != "\n" || (0x7F...0x9F).contains($0.value) }
      #expect(unsafe.isEmpty)
      for scalar in "\u{202E}\u{2028}".unicodeScalars { #expect(!shown.unicodeScalars.contains(scalar)) }
    }
  }

  @Test("on a terminal, escaped characters can be told, and emoji and tabs stay")
  func shown() {
    #expect(Self.terminal.shown("a\u{1B}[1m\tb") == "a\\u{1B}[1m\tb")
    #expect(Self.terminal.shown("👩‍👩‍👧 é\n") == "👩‍👩‍👧 é\n")
    #expect(TextStyle.plain.shown("\u{1B}") == "\u{1B}")
  }

  @Test("a field of JSON; nothing where there is none")
  func field() throws {
    let event = ServerSentEvent(data: #"{"a":{"b":"x\ny"},"n":1.50}"#, type: "tick", id: "1")
    #expect(try text(event, .field(JSONPath("a.b"))) == "x\ny\n")
    #expect(try text(event, .field(JSONPath("a.b")), joins: true) == "x\ny")
    #expect(try text(event, .field(JSONPath("n")), style: Self.terminal) == "1.50\n")
    #expect(try text(event, .field(JSONPath("c"))) == nil)
    #expect(try text(ServerSentEvent(data: "[DONE]"), .field(JSONPath("a"))) == nil)
  }

  @Test("a line of JSON has what the event has")
  func jsonLines() throws {
    #expect(
      try text(Self.event, .jsonLines) == #"{"data":"one\ntwo","id":"7","retry":1500,"time":1.235,"type":"tick"}"#
        + "\n"
    )
    #expect(
      try text(ServerSentEvent(data: "/"), .jsonLines) == #"{"data":"/","time":1.235,"type":"message"}"# + "\n")
  }

  @Test("an event stream, with comments")
  func stream() throws {
    #expect(try text(Self.event, .stream) == "event: tick\nid: 7\nretry: 1500\ndata: one\ndata: two\n\n")
    let printer = EventPrinter(format: .stream, joins: false, types: [], style: .plain)
    #expect(printer.text(forComment: " hi") == ": hi\n\n")
    let others = EventPrinter(format: .data, joins: false, types: [], style: .plain)
    #expect(others.text(forComment: " hi") == nil)
    let filtered = EventPrinter(format: .stream, joins: false, types: ["tick"], style: .plain)
    #expect(filtered.text(forComment: " hi") == nil)
  }

  @Test("other types than those asked for are not printed")
  func types() throws {
    #expect(try text(Self.event, types: ["tick", "tock"]) != nil)
    #expect(try text(Self.event, types: ["message"]) == nil)
    #expect(try text(ServerSentEvent(data: ""), types: ["message"]) == "\n")
  }

  @Test("colours are for terminals that have them, and whom they do not disturb")
  func colors() throws {
    let device = open("/dev/null", O_RDWR)
    defer { close(device) }
    #expect(TextStyle(descriptor: device, environment: ["TERM": "xterm"]) == .plain)
    let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    defer { close(terminal) }
    try #require(terminal >= 0)
    let styles = [
      ["TERM": "xterm"], ["TERM": "xterm", "NO_COLOR": "1"], ["TERM": "xterm", "NO_COLOR": ""], ["TERM": "dumb"], [:],
    ]
    .map { TextStyle(descriptor: terminal, environment: $0) }
    for style in styles { #expect(style.isTerminal) }
    #expect(styles.map(\.hasColor) == [true, false, true, false, false])
  }
}
