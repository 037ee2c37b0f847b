import Foundation
import SSETestSupport
import ServerSentEvents
import Testing

/// One row of Fixtures/parser_cases.json; the file's "about" says what the keys mean.
struct ParserCase: Decodable, Sendable, CustomTestStringConvertible {
  struct Event: Decodable, Sendable, Hashable {
    let type: String
    let data: String
    let id: String?
    let lastEventID: String

    init(_ event: ServerSentEvent) {
      type = event.type
      data = event.data
      id = event.id
      lastEventID = event.lastEventID
    }

    // Strings are equal when they are canonically equivalent; a parser must not change a byte.
    static func == (a: Event, b: Event) -> Bool {
      a.type.utf8.elementsEqual(b.type.utf8) && a.data.utf8.elementsEqual(b.data.utf8)
        && a.id.map { Array($0.utf8) } == b.id.map { Array($0.utf8) }
        && a.lastEventID.utf8.elementsEqual(b.lastEventID.utf8)
    }
  }

  let name: String
  let input: String?
  let inputHex: String?
  let splits: [Int]?
  let eventsAfterChunk: [Int]?
  let events: [Event]
  let comments: [String]?
  let retry: Int?
  let lastEventID: String

  var testDescription: String { name }

  var bytes: [UInt8] {
    if let input { return Array(input.utf8) }
    let digits = Array(inputHex ?? "")
    return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0..<$0 + 2]), radix: 16) }
  }

  /// The input in the case's own chunks.
  var chunks: [[UInt8]] { bytes.pieces(cutAt: splits ?? []) }

  static func all() throws -> [ParserCase] {
    struct File: Decodable { let cases: [ParserCase] }
    let url = try #require(
      Bundle.module.url(forResource: "parser_cases", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).cases
  }
}

extension EventStreamElement {
  var event: ServerSentEvent? {
    if case .event(let event) = self { event } else { nil }
  }
}

/// What a parser found in a stream.
struct Findings: Hashable {
  var events: [ParserCase.Event] = []
  var comments: [String] = []
  /// In milliseconds.
  var retry: Int?
  var lastEventID = ""
  /// How many events there were after each piece.
  var eventCounts: [Int] = []

  /// Parses to the end of the pieces.
  init(parsing pieces: [[UInt8]], with parser: EventParser = EventParser()) throws {
    var parser = parser
    for piece in pieces {
      parser.append(piece)
      while let element = try parser.next() { add(element) }
      eventCounts.append(events.count)
    }
    #expect(parser.finish() == nil)
    lastEventID = parser.lastEventID
  }

  private mutating func add(_ element: EventStreamElement) {
    switch element {
    case .event(let event): events.append(ParserCase.Event(event))
    case .comment(let text): comments.append(text)
    case .retry(let delay): retry = Int(delay / .milliseconds(1))
    case .lastEventID: break
    }
  }
}
