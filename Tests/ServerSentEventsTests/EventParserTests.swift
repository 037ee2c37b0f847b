import SSETestSupport
import ServerSentEvents
import Testing

@Suite("The event parser")
struct EventParserTests {
  @Test("follows the standard, whole, byte by byte and in the case's chunks", arguments: try ParserCase.all())
  func cases(_ row: ParserCase) throws {
    for pieces in [[row.bytes], row.bytes.singlePieces, row.chunks] { try expect(row, from: pieces) }
    let inChunks = try Findings(parsing: row.chunks)
    if let due = row.eventsAfterChunk { #expect(inChunks.eventCounts == due, "no event waits for later bytes") }
  }

  @Test("finds the same however the bytes are cut", arguments: try ParserCase.all())
  func randomCuts(_ row: ParserCase) throws {
    for seed in UInt64(0)..<20 {
      var generator = SeededGenerator(seed: seed)
      try expect(row, from: row.bytes.randomPieces(longest: 1 + row.bytes.count / 3, using: &generator))
    }
  }

  private func expect(_ row: ParserCase, from pieces: [[UInt8]]) throws {
    let found = try Findings(parsing: pieces)
    #expect(found.events == row.events)
    #expect(found.comments == row.comments ?? [])
    #expect(found.retry == row.retry)
    #expect(found.lastEventID.utf8.elementsEqual(row.lastEventID.utf8))
  }

  @Test("gives events, comments, retry times and IDs in their order")
  func order() throws {
    let elements = try elements(of: ": a\nretry: 5\ndata: x\n\nid: 7\n\n:b\n")
    #expect(
      elements == [
        .comment(" a"), .retry(.milliseconds(5)),
        .event(ServerSentEvent(data: "x", retry: .milliseconds(5))), .lastEventID("7"), .comment("b"),
      ])
  }

  @Test("gives a retry time before its block has ended")
  func retryAtOnce() throws {
    #expect(try elements(of: "retry: 5\n") == [.retry(.milliseconds(5))])
  }

  @Test("C31b: a retry time of 30 digits counts as 24 hours")
  func longestRetry() throws {
    let digits = String(repeating: "9", count: 30)
    let elements = try elements(of: "retry: \(digits)\ndata: x\n\n")
    #expect(elements.first == .retry(.seconds(86_400)))
    #expect(elements.count == 2)
  }

  @Test("passes comments over when they are not wanted")
  func withoutComments() throws {
    var parser = EventParser(deliversComments: false)
    parser.append(Array(": a\ndata: x\n\n".utf8))
    #expect(try parser.next() == .event(ServerSentEvent(data: "x")))
    #expect(try parser.next() == nil)
  }

  @Test("gives the data alone where nothing else is wanted")
  func dataAlone() throws {
    var parser = EventParser(limits: .init(), lastEventID: "", delivering: .data)
    parser.append(Array(": a\nretry: 5\nid: 8\nevent: e\ndata: x\n\nid: 9\n\nevent: e\n".utf8))
    #expect(try parser.next() == .event(ServerSentEvent(data: "x")))
    #expect(try parser.next() == nil)
    // A block is under way, whatever is made of it.
    #expect(!parser.isAtBlockBoundary)
  }

  @Test("carries the last event ID of an earlier connection on")
  func earlierLastEventID() throws {
    var parser = EventParser(lastEventID: "7")
    parser.append(Array("data: x\n\n".utf8))
    let event = try #require(try parser.next()?.event)
    #expect(event.lastEventID == "7")
    #expect(event.id == nil)
    #expect(parser.lastEventID == "7")
  }

  @Test(
    "knows whether the end would lose anything",
    arguments: [
      ("", true), ("\u{FEFF}", true), (": x\n", true), ("foo: 1\n", true), ("data: x\n\n", true),
      ("data: x\r\n\r", true), ("data: x\r\n\r\n", true), ("data: x\n", false), ("da", false), (": x", false),
      ("id: 1\n", false),
      ("event: a\n", false), ("retry: 1\n", false), ("data: x\n\nid", false), ("data: x\n\ndata\n", false),
    ])
  func blockBoundary(_ stream: String, _ expected: Bool) throws {
    for pieces in [[Array(stream.utf8)], Array(stream.utf8).singlePieces] {
      var parser = EventParser()
      for piece in pieces {
        parser.append(piece)
        while try parser.next() != nil {}
      }
      #expect(parser.isAtBlockBoundary == expected)
    }
  }

  @Test(
    "gives an unfinished event at the end only when asked to",
    arguments: [
      ("data: x\n", "x"), ("data: x", "x"), ("data: x\ndata: y", "x\ny"), ("id: 1\n", nil), ("data: x\n\n", nil),
    ])
  func unfinishedEvent(_ stream: String, _ data: String?) throws {
    for isWanted in [true, false] {
      var parser = EventParser()
      parser.append(Array(stream.utf8))
      while try parser.next() != nil {}
      let found = parser.finish(deliveringIncompleteEvent: isWanted)
      #expect(found?.event?.data == (isWanted ? data : nil))
      #expect(parser.isAtBlockBoundary)
    }
  }

  private func elements(of stream: String) throws -> [EventStreamElement] {
    var parser = EventParser()
    parser.append(Array(stream.utf8))
    var elements: [EventStreamElement] = []
    while let element = try parser.next() { elements.append(element) }
    return elements
  }
}
