import Foundation
import SSEClient
import SSETestSupport
import Testing

/// A decoding for each event type, over raw connections.
@Suite(.timeLimit(.minutes(1))) struct EventDecodingTests {
  enum Answer: Equatable {
    case started
    case text(String)
    case stopped(reason: String)
  }

  struct Delta: Decodable {
    let delta: Chunk
  }

  struct Stop: Decodable {
    let reason: String
  }

  struct ProviderError: Error, Decodable, Equatable {
    struct Details: Decodable, Equatable {
      let type: String
      let message: String
    }
    let error: Details
  }

  static let messages = EventDecoding<Answer>()
    .on("message_start") { _ in .started }
    .on("content_block_delta", as: Delta.self) { .text($0.delta.text) }
    .failing(on: "error", as: ProviderError.self)
    .ending(at: "message_stop")

  static let delta = "event: content_block_delta\ndata: {\"delta\": {\"text\": \"Hi\"}}\n\n"
  static let overloaded =
    "event: error\ndata: {\"error\": {\"type\": \"overloaded_error\", \"message\": \"Overloaded\"}}\n\n"

  /// How reading ends, with the values before, when the peer answers so and keeps the connection open.
  private func outcome<Value>(
    of decoding: EventDecoding<Value>, answering events: String, invalidPayloads: InvalidPayloadPolicy = .fail,
    door: Door = .source
  ) async throws -> (values: [Value], error: (any Error)?) {
    let listener = try RawListener()
    async let answered = {
      let (peer, _) = try await listener.acceptRequest()
      try await peer.write(Peer.head + "retry: 1\n\n" + events)
      return peer
    }()
    let request = EventRequest(listener.url)
    var values: [Value] = []
    var thrown: (any Error)?
    do {
      switch door {
      case .source:
        let source = EventClient().source(request)
        for try await value in source.decoded(decoding, invalidPayloads: invalidPayloads) { values.append(value) }
      case .stream:
        for try await value in EventClient().events(request, decoding: decoding, invalidPayloads: invalidPayloads) {
          values.append(value)
        }
      }
    } catch {
      thrown = error
    }
    _ = try await answered.ending()
    #expect(try await listener.accept(within: 20) == nil)
    return (values, thrown)
  }

  @Test("each type is decoded as its own, others are passed over, and the end ends it", arguments: Door.allCases)
  func types(door: Door) async throws {
    let events =
      "event: message_start\ndata: anything\n\nevent: ping\ndata: {}\n\n" + Self.delta
      + "event: message_stop\ndata: {}\n\n" + Self.delta
    let (values, error) = try await outcome(of: Self.messages, answering: events, door: door)
    #expect(values == [.started, .text("Hi")])
    #expect(error == nil)
  }

  @Test("a provider's error event is thrown as the caller's own error", arguments: Door.allCases)
  func providerError(door: Door) async throws {
    let (values, error) = try await outcome(
      of: Self.messages, answering: Self.delta + Self.overloaded + Self.delta, door: door)
    #expect(values == [.text("Hi")])
    #expect(error as? ProviderError == ProviderError(error: .init(type: "overloaded_error", message: "Overloaded")))
  }

  @Test("an error event that cannot be decoded is an invalid payload, also where those are skipped")
  func undecodableError() async throws {
    let skipped = Recorder<InvalidPayload>()
    let (values, error) = try await outcome(
      of: Self.messages, answering: "event: content_block_delta\ndata: {}\n\nevent: error\ndata: Overloaded\n\n",
      invalidPayloads: .skip { skipped.note($0) })
    #expect(values.isEmpty)
    #expect(skipped.values.map(\.event.type) == ["content_block_delta"])
    guard case .invalidPayload(let payload)? = error as? EventClientError else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(payload.event.data == "Overloaded")
    #expect(payload.expectedType == "ProviderError")
  }

  @Test("an error in the data of an ordinary event is thrown by its closure, as it is")
  func errorInData() async throws {
    struct Frame: Decodable {
      let text: String?
      let error: ProviderError.Details?
    }
    let decoding = EventDecoding<String>()
      .on("message", as: Frame.self) { frame in
        if let error = frame.error { throw ProviderError(error: error) }
        return frame.text
      }
      .ending(atData: "[DONE]")
    let (values, error) = try await outcome(
      of: decoding,
      answering: "data: {\"text\":\"a\"}\n\ndata: {}\n\ndata: {\"error\":{\"type\":\"t\",\"message\":\"m\"}}\n\n",
      invalidPayloads: .skip { _ in })
    #expect(values == ["a"])
    #expect(error as? ProviderError == ProviderError(error: .init(type: "t", message: "m")))
    let done = try await outcome(of: decoding, answering: "data: {\"text\":\"a\"}\n\ndata: [DONE]\n\n")
    #expect(done.values == ["a"])
    #expect(done.error == nil)
  }

  @Test("a type that is the end and named too gives the last value")
  func lastValue() async throws {
    let decoding = Self.messages.on("message_stop", as: Stop.self) { .stopped(reason: $0.reason) }
    let (values, error) = try await outcome(
      of: decoding, answering: Self.delta + "event: message_stop\ndata: {\"reason\": \"length\"}\n\n" + Self.delta)
    #expect(values == [.text("Hi"), .stopped(reason: "length")])
    #expect(error == nil)
  }

  @Test("where the last value is skipped, the end ends it all the same")
  func lastValueSkipped() async throws {
    let skipped = Recorder<InvalidPayload>()
    let decoding = Self.messages.on("message_stop", as: Stop.self) { .stopped(reason: $0.reason) }
    let (values, error) = try await outcome(
      of: decoding, answering: Self.delta + "event: message_stop\ndata: ?\n\n" + Self.delta,
      invalidPayloads: .skip { skipped.note($0) })
    #expect(values == [.text("Hi")])
    #expect(error == nil)
    #expect(skipped.count == 1)
  }

  @Test("the connection is closed when the last value is delivered, though its reader stays in the loop's body")
  func closedAtLastValue() async throws {
    let listener = try RawListener()
    let peers = Recorder<RawConnection>()
    async let answered: Void = {
      let (peer, _) = try await listener.acceptRequest()
      peers.note(peer)
      try await peer.write(Peer.head + "event: message_stop\ndata: {\"reason\": \"end\"}\n\n")
    }()
    let decoding = Self.messages.on("message_stop", as: Stop.self) { .stopped(reason: $0.reason) }
    var endings = 0
    for try await _ in EventClient().source(listener.url).decoded(decoding) {
      try await answered
      _ = try await peers.first { _ in true }.ending()
      endings += 1
    }
    #expect(endings == 1)
  }

  @Test("a type that is not named is an error where that is asked for; one that is the end is named")
  func unlisted() async throws {
    let strict = EventDecoding<Answer>(unlistedTypes: .fail)
      .on("content_block_delta", as: Delta.self) { .text($0.delta.text) }
      .ending(at: "message_stop")
    let (values, error) = try await outcome(
      of: strict, answering: Self.delta + "event: ping\ndata: {}\n\n" + Self.delta)
    #expect(values == [.text("Hi")])
    guard case .unexpectedType(let event, _)? = error as? EventClientError else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(event.type == "ping")
    #expect(error.map { "\($0)" }?.contains("'ping'") == true)
    let ended = try await outcome(of: strict, answering: Self.delta + "event: message_stop\ndata: {}\n\n")
    #expect(ended.values == [.text("Hi")])
    #expect(ended.error == nil)
  }

  @Test("C80: what a closure without a type throws makes the event an invalid payload")
  func invalidInClosure() async throws {
    let decoding = EventDecoding<Int>().on("number") { try number(in: $0) }.ending(at: "end")
    let events = "event: number\ndata: 1\n\nevent: number\ndata: x\n\nevent: number\ndata: 2\n\nevent: end\ndata\n\n"
    let (values, error) = try await outcome(of: decoding, answering: events)
    #expect(values == [1])
    guard case .invalidPayload(let payload)? = error as? EventClientError else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(payload.event.data == "x")
    #expect(try await outcome(of: decoding, answering: events, invalidPayloads: .skip { _ in }).values == [1, 2])
  }

  @Test("a closure for the others takes every event whose type is not named")
  func others() async throws {
    let numbers = EventDecoding<Int>(unlistedTypes: .fail).onOthers { try number(in: $0) }.ending(at: "end")
    let events = "data: 1\n\nevent: x\ndata: 2\n\nevent: y\ndata: 3\n\n"
    let all = try await outcome(of: numbers, answering: events + "event: end\ndata: 4\n\n")
    #expect(all.values == [1, 2, 3, 4])
    let some = try await outcome(
      of: numbers.on("x") { _ in nil }, answering: events + "data: four\n\n")
    #expect(some.values == [1, 3])
    #expect((some.error as? EventClientError)?.kind == "invalidPayload")
  }

  @Test("a type that is named twice counts as it was named last")
  func namedTwice() async throws {
    let decoding = EventDecoding<Int>().on("message") { _ in 1 }.on("message") { _ in 2 }.ending(atData: ".")
    #expect(try await outcome(of: decoding, answering: "data: x\n\ndata: .\n\n").values == [2])
  }

  @Test("C82: a POST that ends before the type that ends it is thrown as ended early", arguments: Door.allCases)
  func endedEarly(door: Door) async throws {
    let listener = try RawListener()
    let request = EventRequest(listener.url, method: .post)
    async let error = clientError {
      switch door {
      case .source: try await collect(values: EventClient().source(request).decoded(Self.messages))
      case .stream: try await collect(values: EventClient().events(request, decoding: Self.messages))
      }
    }
    try await listener.answer(Peer.head + Self.delta)
    guard case .endedEarly(let awaited, _) = try await error else {
      Issue.record("\(try await error)")
      return
    }
    #expect(awaited == "event 'message_stop'")
  }

  @Test("an error of the source is thrown as it is", arguments: Door.allCases)
  func sourceError(door: Door) async throws {
    let listener = try RawListener()
    let request = EventRequest(listener.url)
    async let error = clientError {
      switch door {
      case .source: try await collect(values: EventClient().source(request).decoded(Self.messages))
      case .stream: try await collect(values: EventClient().events(request, decoding: Self.messages))
      }
    }
    try await listener.answer("HTTP/1.1 404 Not Found\r\n\r\n")
    #expect(try await error.kind == "unexpectedStatus")
  }
}
