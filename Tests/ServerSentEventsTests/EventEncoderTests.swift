import SSETestSupport
import ServerSentEvents
import Testing

@Suite("The event encoder")
struct EventEncoderTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let event: ServerSentEvent
    let wire: String
    var testDescription: String { wire.debugDescription }

    init(_ event: ServerSentEvent, _ wire: String) {
      self.event = event
      self.wire = wire
    }
  }

  static let rows: [Row] = [
    Row(ServerSentEvent(data: "hello"), "data: hello\n\n"),
    Row(ServerSentEvent(data: ""), "data: \n\n"),
    Row(
      ServerSentEvent(data: "x", type: "price", id: "17", retry: .milliseconds(1_500)),
      "event: price\nid: 17\nretry: 1500\ndata: x\n\n"),
    Row(ServerSentEvent(data: "x", type: ""), "data: x\n\n"),
    Row(ServerSentEvent(data: "x", type: "Message"), "event: Message\ndata: x\n\n"),
    Row(ServerSentEvent(data: "x", id: ""), "id: \ndata: x\n\n"),
    Row(ServerSentEvent(data: " x", type: " y", id: " z"), "event:  y\nid:  z\ndata:  x\n\n"),
    Row(ServerSentEvent(data: "a\nb\rc\r\nd"), "data: a\ndata: b\ndata: c\ndata: d\n\n"),
    Row(ServerSentEvent(data: "a\n\rb"), "data: a\ndata: \ndata: b\n\n"),
    Row(ServerSentEvent(data: "a\r\r\nb"), "data: a\ndata: \ndata: b\n\n"),
    Row(ServerSentEvent(data: "\n"), "data: \ndata: \n\n"),
    Row(ServerSentEvent(data: "a\r\n"), "data: a\ndata: \n\n"),
    Row(ServerSentEvent(data: "x\u{0}y"), "data: x\u{0}y\n\n"),
    Row(ServerSentEvent(data: "\u{2028}\u{85}\u{0B}"), "data: \u{2028}\u{85}\u{0B}\n\n"),
    Row(ServerSentEvent(data: "e\u{301} 🙂"), "data: e\u{301} 🙂\n\n"),
    Row(ServerSentEvent(data: "a\r\n\u{301}b"), "data: a\ndata: \u{301}b\n\n"),
    Row(ServerSentEvent(data: "x", retry: .zero), "retry: 0\ndata: x\n\n"),
    Row(ServerSentEvent(data: "x", retry: .seconds(-5)), "retry: 0\ndata: x\n\n"),
    Row(ServerSentEvent(data: "x", retry: .microseconds(1_999)), "retry: 1\ndata: x\n\n"),
    Row(ServerSentEvent(data: "x", retry: .seconds(Int64.max)), "retry: 86400000\ndata: x\n\n"),
  ]

  @Test("writes event, id, retry, data, with LF ends and one space after the colon", arguments: rows)
  func bytes(_ row: Row) throws {
    var buffer = Array("before".utf8)
    try EventEncoder.encode(row.event, into: &buffer)
    #expect(buffer == Array("before".utf8) + Array(row.wire.utf8))
  }

  @Test("does not write the last event ID of an event that was received")
  func receivedEvent() throws {
    var parser = EventParser(lastEventID: "7")
    parser.append(Array("data: x\n\n".utf8))
    let event = try #require(try parser.next()?.event)
    #expect(try encoded(event) == "data: x\n\n")
  }

  @Test(
    "S11: a type or an ID with a line end or NUL is an error, and nothing is written",
    arguments: ["\n", "\r", "\0", "a\nb", "a\rdata: x", "a\r\nb", "\u{301}\r\n\u{301}", "a\0", "a\n"])
  func injection(_ text: String) throws {
    var buffer: [UInt8] = [1]
    #expect(throws: EventStreamError.invalidType(text)) {
      try EventEncoder.encode(ServerSentEvent(data: "x", type: text), into: &buffer)
    }
    #expect(throws: EventStreamError.invalidID(text)) {
      try EventEncoder.encode(ServerSentEvent(data: "x", type: "fine", id: text), into: &buffer)
    }
    #expect(throws: EventStreamError.invalidID(text)) {
      try EventEncoder.validate(ServerSentEvent(data: "x", id: text))
    }
    #expect(buffer == [1])
  }

  @Test("an error says what is wrong on one line")
  func errorDescription() {
    #expect(
      EventStreamError.invalidID("a\nb\0").description
        == #"the event ID "a\nb\0" holds a line end or NUL, which cannot be sent"#)
  }

  @Test(
    "a comment has one line for each of its lines, and an empty line",
    arguments: [
      ("", ":\n\n"), ("x", ":x\n\n"), (" x", ": x\n\n"), ("a\nb\r\nc\rdata: d", ":a\n:b\n:c\n:data: d\n\n"),
      ("\n", ":\n:\n\n"), ("\0", ":\0\n\n"),
    ])
  func comments(_ text: String, _ wire: String) {
    var buffer: [UInt8] = []
    EventEncoder.encode(comment: text, into: &buffer)
    #expect(buffer == Array(wire.utf8))
  }

  @Test("a retry time is a block of its own")
  func retry() {
    var buffer: [UInt8] = []
    EventEncoder.encode(retry: .seconds(3), into: &buffer)
    #expect(buffer == Array("retry: 3000\n\n".utf8))
  }

  @Test("S10: what is written is read again, with LF for each line end", arguments: UInt64(0)..<200)
  func roundTrip(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var wire: [UInt8] = []
    var sent: [ParserCase.Event] = []
    var lastEventID = ""
    for _ in 0..<20 {
      var event = ServerSentEvent(data: nastyText(withLineEnds: true, using: &generator))
      if Bool.random(using: &generator) { event.type = nastyText(withLineEnds: false, using: &generator) }
      if Bool.random(using: &generator) { event.id = nastyText(withLineEnds: false, using: &generator) }
      if Bool.random(using: &generator) { event.retry = .milliseconds(Int.random(in: 0...90_000, using: &generator)) }
      try EventEncoder.encode(event, into: &wire)
      let comment = nastyText(withLineEnds: true, using: &generator)
      if Bool.random(using: &generator) { EventEncoder.encode(comment: comment, into: &wire) }
      lastEventID = event.id ?? lastEventID
      event.lastEventID = lastEventID
      event.type = event.type.isEmpty ? "message" : event.type
      event.data = String(decoding: normalized(Array(event.data.utf8)), as: UTF8.self)
      sent.append(ParserCase.Event(event))
    }
    for pieces in [[wire], wire.singlePieces, wire.randomPieces(longest: 40, using: &generator)] {
      let found = try Findings(parsing: pieces)
      #expect(found.events == sent)
      #expect(found.lastEventID.utf8.elementsEqual(lastEventID.utf8))
    }
  }

  @Test("S10: 1 MB of data arrives as it was")
  func largeData() throws {
    let data = String(repeating: "0123456789abcde\n", count: 65_536)
    let wire = Array(try encoded(ServerSentEvent(data: data)).utf8)
    #expect(try Findings(parsing: [wire]).events.map(\.data) == [data])
  }

  private func encoded(_ event: ServerSentEvent) throws -> String {
    var buffer: [UInt8] = []
    try EventEncoder.encode(event, into: &buffer)
    return String(decoding: buffer, as: UTF8.self)
  }

  private func nastyText(withLineEnds: Bool, using generator: inout SeededGenerator) -> String {
    let plain = ["", "a", ":", " ", "data: ", "id", "\u{FEFF}", "\u{301}", "🙂", "\u{200D}", "é", "\u{2028}", "\t"]
    let pieces = withLineEnds ? plain + ["\n", "\r", "\r\n", "\0", "\n\n", "\ndata: x\n\n", "\n: "] : plain
    return (0..<Int.random(in: 0...8, using: &generator)).map { _ in
      pieces.randomElement(using: &generator) ?? ""
    }.joined()
  }

  /// CRLF and CR as LF, written differently from the encoder.
  private func normalized(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      switch byte {
      case 0x0A where index > 0 && bytes[index - 1] == 0x0D: continue
      case 0x0D: result.append(0x0A)
      default: result.append(byte)
      }
    }
    return result
  }
}
