import Foundation
import SSEClient
import SSETestSupport
import Testing

/// What the streams of these tests carry.
struct Chunk: Decodable, Equatable {
  let text: String
}

/// The two ways to read values.
enum Door: CaseIterable {
  case stream
  case source

  /// The values until the end, or until as many have come.
  func values<Value: Decodable & SendableMetatype>(
    of request: EventRequest, as type: Value.Type, until terminator: String? = nil,
    invalidPayloads: InvalidPayloadPolicy = .fail, decoder: JSONDecoder = JSONDecoder(), atMost most: Int = .max
  ) async throws -> [Value] {
    switch self {
    case .stream:
      let events = EventClient().events(
        request, as: type, until: terminator, invalidPayloads: invalidPayloads, decoder: decoder)
      return try await collect(values: events, atMost: most)
    case .source:
      let source = EventClient().source(request)
      return try await collect(
        values: source.decoded(as: type, until: terminator, invalidPayloads: invalidPayloads, decoder: decoder),
        atMost: most)
    }
  }
}

/// Reads until the end, or until as many values have come.
func collect<Values: AsyncSequence>(values: Values, atMost most: Int = .max) async throws -> [Values.Element] {
  var found: [Values.Element] = []
  for try await value in values {
    found.append(value)
    if found.count == most { break }
  }
  return found
}

struct NoError: Error {
  let instead: String
}

/// The error that reading ends with.
func clientError<Value>(_ read: () async throws -> Value) async throws -> EventClientError {
  do {
    throw NoError(instead: "\(try await read())")
  } catch let error as EventClientError {
    return error
  }
}

/// `client.events(_:as:until:)` and `source.decoded(as:until:)` over raw connections.
@Suite(.timeLimit(.minutes(1))) struct DecodingTests {
  @Test("events are decoded as JSON, whatever their type, across reconnects", arguments: Door.allCases)
  func decodes(door: Door) async throws {
    let listener = try RawListener()
    async let chunks = door.values(of: EventRequest(listener.url), as: Chunk.self)
    try await listener.answer(Peer.head + "retry: 1\nid: 1\ndata: {\"text\":\ndata: \"a\"}\n\n")
    let head = try await listener.answer(Peer.head + "event: other\ndata: {\"text\": \"b\", \"more\": 1}\n\n")
    try await listener.answer(Peer.noContent)
    #expect(try await chunks == [Chunk(text: "a"), Chunk(text: "b")])
    #expect(lines(head).contains("Last-Event-ID: 1"))
  }

  private struct Dated: Decodable, Equatable { let sentAt: Date }

  @Test("the caller's decoder decodes", arguments: Door.allCases)
  func decoder(door: Door) async throws {
    let listener = try RawListener()
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.dateDecodingStrategy = .secondsSince1970
    async let dates = door.values(of: EventRequest(listener.url), as: Dated.self, decoder: decoder)
    try await listener.answer(Peer.head + "retry: 1\ndata: {\"sent_at\": 5}\n\n")
    try await listener.answer(Peer.noContent)
    #expect(try await dates == [Dated(sentAt: Date(timeIntervalSince1970: 5))])
  }

  @Test("a closure decodes other formats, and nil ignores an event")
  func closure() async throws {
    let listener = try RawListener()
    async let numbers = {
      let source = EventClient().source(listener.url)
      return try await collect(values: source.decoded(until: "end") { $0.data == "-" ? nil : try number(in: $0) })
    }()
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(Peer.head + "data: 1\n\ndata: -\n\ndata: 2\n\ndata: end\n\n")
    #expect(try await numbers == [1, 2])
  }

  @Test("a URL, as text and as a URL, is asked as a request is")
  func urls() async throws {
    let listener = try RawListener()
    let url = try #require(URL(string: listener.url))
    let client = EventClient()
    for events in [
      client.events(url, as: Chunk.self, until: "."), client.events(listener.url, as: Chunk.self, until: "."),
      client.events(url, decoding: chunks), client.events(listener.url, decoding: chunks),
    ] {
      async let found = collect(values: events)
      let (peer, _) = try await listener.acceptRequest()
      try await peer.write(Peer.head + "data: {\"text\":\"a\"}\n\ndata: .\n\n")
      #expect(try await found == [Chunk(text: "a")])
    }
  }

  private let chunks = EventDecoding<Chunk>().on("message", as: Chunk.self) { $0 }.ending(atData: ".")

  // MARK: - The end

  @Test(
    "C81: the sequence ends at the terminator, its socket is closed though the peer keeps it open, nothing connects",
    arguments: Door.allCases, [HTTPMethod.get, .post])
  func terminator(door: Door, method: HTTPMethod) async throws {
    let listener = try RawListener()
    async let chunks = door.values(of: EventRequest(listener.url, method: method), as: Chunk.self, until: "[DONE]")
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(Peer.head + "retry: 1\ndata: {\"text\":\"a\"}\n\ndata: [DONE]\n\ndata: {\"text\":\"b\"}\n\n")
    #expect(try await chunks == [Chunk(text: "a")])
    _ = try await peer.ending()
    #expect(try await listener.accept(within: 50) == nil)
  }

  @Test("C81: after the terminator next() gives nil, the held iterator has no connection, and the terminator is done")
  func terminatorOnce() async throws {
    let listener = try RawListener()
    let source = EventClient().source(listener.url)
    var iterator = source.decoded(as: Chunk.self, until: "[DONE]").makeAsyncIterator()
    async let peer = {
      let (peer, _) = try await listener.acceptRequest()
      try await peer.write(Peer.head + "retry: 1\nid: 1\ndata: {\"text\":\"a\"}\n\nid: 2\ndata: [DONE]\n\n")
      return peer
    }()
    #expect(try await iterator.next() == Chunk(text: "a"))
    #expect(source.lastEventID == "")
    #expect(try await iterator.next() == nil)
    _ = try await peer.ending()
    #expect(source.lastEventID == "2")
    #expect(try await iterator.next() == nil)
    #expect(try await listener.accept(within: 50) == nil)
  }

  @Test("C82: a POST whose answer ends before the terminator is thrown as ended early, once", arguments: Door.allCases)
  func endedEarly(door: Door) async throws {
    let listener = try RawListener()
    let request = EventRequest(listener.url, method: .post)
    async let error = clientError { try await door.values(of: request, as: Chunk.self, until: "[DONE]") }
    try await listener.answer(Peer.head + "data: {\"text\":\"a\"}\n\n")
    guard case .endedEarly(let awaited, let url) = try await error else {
      Issue.record("\(try await error)")
      return
    }
    #expect(url == listener.url)
    #expect(awaited.contains("[DONE]"))
    #expect(try await error.description.contains("before data '[DONE]'"))
    #expect(try await listener.accept(within: 50) == nil)
  }

  @Test("C82: nothing but an error is early: a cut is thrown as cut, and afterwards next() gives nil")
  func cut() async throws {
    let listener = try RawListener()
    let source = EventClient().source(EventRequest(listener.url, method: .post))
    var iterator = source.decoded(as: Chunk.self, until: "[DONE]").makeAsyncIterator()
    async let answered = listener.answer(Peer.chunkedHead + Peer.chunk("data: {\"text\":\"a\"}\n\n"))
    #expect(try await iterator.next() == Chunk(text: "a"))
    do throws(EventClientError) {
      _ = try await iterator.next()
      Issue.record("no error")
    } catch {
      #expect(error.kind == "cut")
    }
    #expect(try await iterator.next() == nil)
    _ = try await answered
  }

  @Test("C82: an early end is thrown once, afterwards next() gives nil")
  func endedEarlyOnce() async throws {
    let listener = try RawListener()
    let request = EventRequest(listener.url, reconnect: .never)
    var iterator = EventClient().source(request).decoded(as: Chunk.self, until: "[DONE]").makeAsyncIterator()
    async let answered = listener.answer(Peer.head)
    do throws(EventClientError) {
      _ = try await iterator.next()
      Issue.record("no error")
    } catch {
      #expect(error.kind == "endedEarly")
    }
    #expect(try await iterator.next() == nil)
    _ = try await answered
  }

  @Test(
    "C82: a GET that ends before the terminator is asked again; 204 ends it without an error", arguments: Door.allCases)
  func goesOn(door: Door) async throws {
    let listener = try RawListener()
    async let chunks = door.values(of: EventRequest(listener.url), as: Chunk.self, until: "[DONE]")
    try await listener.answer(Peer.head + "retry: 1\ndata: {\"text\":\"a\"}\n\n")
    try await listener.answer(Peer.head + "data: {\"text\":\"b\"}\n\n")
    try await listener.answer(Peer.noContent)
    #expect(try await chunks == [Chunk(text: "a"), Chunk(text: "b")])
  }

  @Test("without a terminator a POST ends with its answer", arguments: Door.allCases)
  func noTerminator(door: Door) async throws {
    let listener = try RawListener()
    async let chunks = door.values(of: EventRequest(listener.url, method: .post), as: Chunk.self)
    try await listener.answer(Peer.head + "data: {\"text\":\"a\"}\n\n")
    #expect(try await chunks == [Chunk(text: "a")])
  }

  @Test("how a sequence of values ends is its source's state")
  func states() async throws {
    for (data, wanted) in [("[DONE]", "finished"), ("no", "failed(invalidPayload)"), ("{\"text\":\"\"}", "left")] {
      let listener = try RawListener()
      let source = EventClient().source(listener.url)
      async let answered = {
        let (peer, _) = try await listener.acceptRequest()
        try await peer.write(Peer.head + "data: \(data)\n\n")
        return peer
      }()
      do {
        _ = try await collect(values: source.decoded(as: Chunk.self, until: "[DONE]"), atMost: 1)
      } catch {}
      _ = try await answered
      for await state in source.states {
        switch state {
        case .closed(.finished): #expect(wanted == "finished")
        case .closed(.left): #expect(wanted == "left")
        case .closed(.failed(let error)): #expect(wanted == "failed(\(error.kind))")
        default: Issue.record("\(state)")
        }
        break
      }
    }
  }
}

/// A number in plain text.
func number(in event: ServerSentEvent) throws -> Int {
  guard let number = Int(event.data) else { throw NoNumber() }
  return number
}

struct NoNumber: Error, CustomStringConvertible {
  let description = "it is not a number"
}
