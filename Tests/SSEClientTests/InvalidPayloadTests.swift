import Foundation
import SSEClient
import SSETestSupport
import Testing

/// Events whose data is not what was to be decoded.
@Suite(.timeLimit(.minutes(1))) struct InvalidPayloadTests {
  struct Reply: Decodable, Equatable {
    struct Choice: Decodable, Equatable {
      let delta: Chunk
    }
    let choices: [Choice]
  }

  struct Row: Sendable, CustomTestStringConvertible {
    let data: String
    /// What the error's description says of it.
    let says: [String]
    var testDescription: String { data }
  }

  static let rows = [
    Row(data: "", says: ["is no Reply", "not valid JSON"]),
    Row(data: "[DONE]", says: ["is no Reply", "not valid JSON", "[DONE]"]),
    Row(data: "{\"choices\": [", says: ["not valid JSON"]),
    Row(data: "{}", says: ["there is no value for 'choices'", "its data: {}"]),
    Row(data: "{\"choices\": 5}", says: ["choices: Expected", "found number"]),
    Row(data: "{\"choices\": null}", says: ["choices: ", "null"]),
    Row(data: "{\"choices\": [{\"delta\": {}}]}", says: ["choices[0].delta: there is no value for 'text'"]),
    Row(data: "{\"choices\": [{\"delta\": {\"text\": 1}}]}", says: ["choices[0].delta.text: Expected", "String"]),
  ]

  @Test("C80: a payload that is not the type is an error with the event, and says where and why", arguments: rows)
  func description(row: Row) async throws {
    let error = try await error(of: "id: 7\nevent: reply\ndata: \(row.data)\n\n")
    guard case .invalidPayload(let payload) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(payload.event.data == row.data)
    #expect(payload.event.type == "reply")
    #expect(payload.event.lastEventID == "7")
    #expect(payload.expectedType == "Reply")
    #expect(payload.underlyingError is DecodingError)
    #expect(error.description.contains("'reply' with id '7'"))
    for text in row.says { #expect(error.description.contains(text), "\(error.description)") }
  }

  private func error(of events: String, door: Door = .source) async throws -> EventClientError {
    let listener = try RawListener()
    async let error = clientError { try await door.values(of: EventRequest(listener.url), as: Reply.self) }
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(Peer.head + "retry: 1\n\n" + events)
    let found = try await error
    // Closed, though the peer keeps it open.
    _ = try await peer.ending()
    #expect(try await listener.accept(within: 20) == nil)
    return found
  }

  @Test(
    "C80: it ends the sequence and closes the connection, and no later event is delivered", arguments: Door.allCases)
  func ends(door: Door) async throws {
    let error = try await error(of: "data: {}\n\ndata: {\"choices\": []}\n\n", door: door)
    #expect(error.kind == "invalidPayload")
  }

  @Test("C80: it is thrown once, afterwards next() gives nil, and a later iterator asks for the event again")
  func once() async throws {
    let listener = try RawListener()
    let source = EventClient().source(listener.url)
    var iterator = source.decoded(as: Chunk.self).makeAsyncIterator()
    async let peer = {
      let (peer, _) = try await listener.acceptRequest()
      try await peer.write(Peer.head + "id: 1\ndata: {\"text\":\"a\"}\n\nid: 2\ndata: {}\n\n")
      return peer
    }()
    #expect(try await iterator.next() == Chunk(text: "a"))
    await #expect(throws: EventClientError.self) { _ = try await iterator.next() }
    #expect(try await iterator.next() == nil)
    _ = try await peer.ending()
    #expect(source.lastEventID == "1")
    async let later = collect(values: source.decoded(as: Chunk.self))
    #expect(lines(try await listener.answer(Peer.noContent)).contains("Last-Event-ID: 1"))
    #expect(try await later.isEmpty)
  }

  @Test("C80: an option costs the event and not the stream, and tells of it", arguments: Door.allCases)
  func skips(door: Door) async throws {
    let listener = try RawListener()
    let skipped = Recorder<InvalidPayload>()
    async let chunks = door.values(
      of: EventRequest(listener.url, method: .post), as: Chunk.self, until: "[DONE]",
      invalidPayloads: .skip { skipped.note($0) })
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(Peer.head + "data: {\"text\":\"a\"}\n\ndata: no\n\nid: 3\ndata: {}\n\n")
    try await peer.write("data: {\"text\":\"b\"}\n\ndata: [DONE]\n\n")
    #expect(try await chunks == [Chunk(text: "a"), Chunk(text: "b")])
    #expect(skipped.values.map(\.event.data) == ["no", "{}"])
    #expect(skipped.values.map(\.url) == [listener.url, listener.url])
    #expect(skipped.values.last?.description.contains("'message' with id '3' is no Chunk") == true)
  }

  @Test("C80: what a closure throws makes the payload an invalid one")
  func closure() async throws {
    let listener = try RawListener()
    let skipped = Recorder<InvalidPayload>()
    async let numbers = collect(
      values: EventClient().source(listener.url).decoded(
        until: "end", invalidPayloads: .skip { skipped.note($0) }, number(in:)))
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(Peer.head + "data: 1\n\ndata: one\n\ndata: 2\n\ndata: end\n\n")
    #expect(try await numbers == [1, 2])
    #expect(skipped.values.map { $0.underlyingError is NoNumber } == [true])
    #expect(skipped.values.first?.description.contains("is no Int: it is not a number; its data: one") == true)
  }

  @Test("C80: the description is one line of bounded length, without what steers a terminal, whatever came")
  func oneLine() async throws {
    let zalgo = "x" + String(repeating: "\u{301}", count: 100_000)
    for data in [zalgo, "\u{1B}[2J\u{85}\u{202E}a\ndata: b", String(repeating: "{", count: 100_000)] {
      let error = try await error(of: "id: \(zalgo)\nevent: \(zalgo)\ndata: \(data)\n\n")
      guard case .invalidPayload(let payload) = error else {
        Issue.record("\(error)")
        return
      }
      for text in [error.description, payload.description] {
        #expect(text.utf8.count < 4_000)
        #expect(!text.contains { $0.isNewline })
        #expect(!text.unicodeScalars.contains { $0.value < 32 || $0.value == 0x85 || $0.value == 0x202E })
      }
      #expect(error.url == payload.url)
    }
  }
}
