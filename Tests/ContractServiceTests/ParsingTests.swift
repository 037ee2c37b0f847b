import Testing

/// What published harnesses send, and the messages that they expect.
struct ParsingCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let chunks: [String]
  let messages: [Message]

  init(_ name: String, _ chunks: [String], _ messages: Message...) {
    testDescription = name
    self.chunks = chunks
    self.messages = messages
  }
}

@Suite("Streams that a harness sends")
struct ParsingTests {
  @Test(
    "events",
    arguments: [
      ParsingCase("one line", ["data: Hello\n\n"], .event("Hello")),
      ParsingCase(
        "two events in three chunks", ["data: test", "test\n\ndata:", "test\n\n"], .event("testtest"), .event("test")),
      ParsingCase("two events in one chunk", ["data: a\n\ndata: b\n\n"], .event("a"), .event("b")),
      ParsingCase("two lines", ["data: Hello\ndata:World\n\n"], .event("Hello\nWorld")),
      ParsingCase("empty data", ["data:\n\n"], .event("")),
      ParsingCase("a type", ["event: greeting\ndata: Hello\n\n"], .event("Hello", type: "greeting")),
      ParsingCase("an ID", ["id: abc\ndata: Hello\n\n"], .event("Hello", id: "abc")),
      ParsingCase(
        "type and ID in reverse order", ["data: Hello\nid: abc\nevent: greeting\n\n"],
        .event("Hello", type: "greeting", id: "abc")),
      ParsingCase("an ID with a NUL is ignored", ["id: a\0bc\ndata: Hello\n\n"], .event("Hello")),
      ParsingCase(
        "the last ID persists", ["id: abc\ndata: first\n\n", "data: second\n\n"], .event("first", id: "abc"),
        .event("second", id: "abc")),
      ParsingCase(
        "an empty ID resets it", ["id: abc\ndata: first\n\n", "id: \ndata: second\n\n"], .event("first", id: "abc"),
        .event("second")),
      ParsingCase(
        "an unknown field is ignored", ["event: greeting\ncolor: blue\ndata: Hello\n\n"],
        .event("Hello", type: "greeting")),
      ParsingCase("no space behind the colon", ["event:greeting\ndata:Hello\n\n"], .event("Hello", type: "greeting")),
      ParsingCase(
        "a second space is data", ["event:  greeting\ndata:  Hello\n\n"], .event(" Hello", type: " greeting")),
      ParsingCase("a field without a colon", ["data\n\ndata\ndata\n\n"], .event(""), .event("\n")),
      ParsingCase("characters of several bytes", ["data: €豆腐\n\n"], .event("€豆腐")),
      ParsingCase(
        "CRLF across chunks", ["data: Hello\r", "\ndata: World\r", "\n\r\ndata: OK\r", "\n", "\r", "\n"],
        .event("Hello\nWorld"), .event("OK")),
      // A gap is a message of its own to this package's callers, to a harness it is an event.
      ParsingCase(
        "this package's gap",
        ["id: 7\ndata: a\n\nevent: gap\ndata: {\"after\":\"1\",\"oldest\":\"\",\"reason\":\"expired\"}\n\n"],
        .event("a", id: "7"), .event(#"{"after":"1","oldest":"","reason":"expired"}"#, type: "gap", id: "7")),
    ])
  func events(_ row: ParsingCase) async throws { try await check(row) }

  @Test(
    "comments",
    arguments: [
      ParsingCase("one", [":Hello\n"], .comment("Hello")),
      ParsingCase("two in a row", [":Hello\n", ":World\n"], .comment("Hello"), .comment("World")),
      ParsingCase("before an event", [":Hello\n", "data: a\n\n"], .comment("Hello"), .event("a")),
      ParsingCase("after an event", ["data: a\n\n", ":Hello\n"], .event("a"), .comment("Hello")),
    ])
  func comments(_ row: ParsingCase) async throws { try await check(row) }

  @Test(
    "a byte order mark",
    arguments: [
      ParsingCase("at the start", ["\u{FEFF}data: Hello\n\n"], .event("Hello")),
      ParsingCase(
        "before type and ID", ["\u{FEFF}event: greeting\nid: abc\ndata: Hello\n\n"],
        .event("Hello", type: "greeting", id: "abc")),
      ParsingCase(
        "in later data it is data", ["data: a\n\n", "data: \u{FEFF}b\n\n"], .event("a"), .event("\u{FEFF}b")),
      ParsingCase("only the first is taken away", ["\u{FEFF}data: \u{FEFF}a\n\n"], .event("\u{FEFF}a")),
      ParsingCase("before a comment", ["\u{FEFF}:comment\ndata: a\n\n"], .comment("comment"), .event("a")),
      ParsingCase("before empty data", ["\u{FEFF}data:\n\n"], .event("")),
    ])
  func byteOrderMark(_ row: ParsingCase) async throws { try await check(row) }

  private func check(_ row: ParsingCase) async throws {
    try await withHarness { harness in
      let (_, stream) = try await harness.startStream()
      for chunk in row.chunks { try await stream.send(chunk) }
      try await harness.callbacks.expect(row.messages)
    }
  }

  @Test("line ends, whole and in pieces of one byte", arguments: ["\n", "\r\n", "\r"], [Int.max, 1])
  func lineEnds(end: String, pieceSize: Int) async throws {
    let lines = ["\u{FEFF}data: 1", "", "data: 2 €", "data: 3", "", "", "data:", "data: 4", "data:", "data: 5", "", ""]
    try await withHarness { harness in
      let (_, stream) = try await harness.startStream()
      var rest = Array(lines.joined(separator: end).utf8)[...]
      // After a CR that ends a block the next byte tells whether an LF belongs to it; an event need not wait for that.
      while !rest.isEmpty {
        try await stream.send(Array(rest.prefix(pieceSize)))
        rest = rest.dropFirst(pieceSize)
      }
      try await harness.callbacks.expect(.event("1"), .event("2 €\n3"), .event("\n4\n\n5"))
    }
  }

  @Test("an event of 10 MB in two chunks")
  func largeEvent() async throws {
    let data = String(repeating: "0123456789", count: 1_000_000)
    try await withHarness { harness in
      let (_, stream) = try await harness.startStream()
      async let sent: Void = {
        try await stream.send("data: \(data.prefix(5_000_000))")
        try await stream.send("\(data.dropFirst(5_000_000))\n\n")
      }()
      let message = try await harness.callbacks.next()
      try await sent
      // Without telling ten megabytes where it fails.
      #expect(message.event?.data == data, "\(message.event?.data.count ?? 0) characters")
    }
  }
}
