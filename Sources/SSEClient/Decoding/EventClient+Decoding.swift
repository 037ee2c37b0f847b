#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

extension EventClient {
  /// The events of a URL as JSON of a type; see the function with an `EventRequest`.
  public func events<Value: Decodable & SendableMetatype>(
    _ url: URL, as type: Value.Type, until terminator: String? = nil, invalidPayloads: InvalidPayloadPolicy = .fail,
    decoder: JSONDecoder = JSONDecoder()
  ) -> AsyncThrowingStream<Value, any Error> {
    events(EventRequest(url), as: type, until: terminator, invalidPayloads: invalidPayloads, decoder: decoder)
  }

  /// The events of a URL as JSON of a type; see the function with an `EventRequest`.
  public func events<Value: Decodable & SendableMetatype>(
    _ url: String, as type: Value.Type, until terminator: String? = nil, invalidPayloads: InvalidPayloadPolicy = .fail,
    decoder: JSONDecoder = JSONDecoder()
  ) -> AsyncThrowingStream<Value, any Error> {
    events(EventRequest(url), as: type, until: terminator, invalidPayloads: invalidPayloads, decoder: decoder)
  }

  /// The events that a request is answered with, as JSON of a type, whatever type of event they have.
  ///
  ///     let chat = EventRequest(url, method: .post, body: .json(prompt))
  ///     for try await chunk in client.events(chat, as: Chunk.self, until: "[DONE]") { … }
  ///
  /// What `events(_:)` says of connecting, leaving, cancelling and a second task holds here too. The stream throws
  /// `EventClientError`, once.
  ///
  /// The type's conformance must not be bound to an actor: in a module whose default isolation is the main actor it is
  /// written `nonisolated struct Chunk: Decodable`. For one that is bound use `source(request).decoded(as:)`.
  ///
  /// - Parameters:
  ///   - terminator: The data of the event that ends the stream. That event is not decoded; the connection is closed
  ///     at once and not made again. Where the answer ends for good without it, `EventClientError.endedEarly` is
  ///     thrown: after a POST, which is asked once, that says that the answer is not whole. Nil, the default: the
  ///     stream ends as `EventRequest.reconnect` says.
  ///   - invalidPayloads: What becomes of the stream when an event's data is no such JSON.
  ///   - decoder: What decodes the data, with its strategies for dates and keys.
  public func events<Value: Decodable & SendableMetatype>(
    _ request: EventRequest, as type: Value.Type, until terminator: String? = nil,
    invalidPayloads: InvalidPayloadPolicy = .fail, decoder: JSONDecoder = JSONDecoder()
  ) -> AsyncThrowingStream<Value, any Error> {
    let source = source(request)
    let reader = DecodingReader(
      source,
      decoder: EventDecoder(until: terminator, invalidPayloads: invalidPayloads) {
        try decoder.decode(type, from: Data($0.data.utf8))
      })
    let exclusive = ExclusiveReader(url: source.url) { try await reader.next() }
    return AsyncThrowingStream(unfolding: { try await exclusive.next() })
  }

  /// The events of a URL as a decoding for each event type makes them; see the function with an `EventRequest`.
  public func events<Value>(
    _ url: URL, decoding: EventDecoding<Value>, invalidPayloads: InvalidPayloadPolicy = .fail
  ) -> AsyncThrowingStream<Value, any Error> {
    events(EventRequest(url), decoding: decoding, invalidPayloads: invalidPayloads)
  }

  /// The events of a URL as a decoding for each event type makes them; see the function with an `EventRequest`.
  public func events<Value>(
    _ url: String, decoding: EventDecoding<Value>, invalidPayloads: InvalidPayloadPolicy = .fail
  ) -> AsyncThrowingStream<Value, any Error> {
    events(EventRequest(url), decoding: decoding, invalidPayloads: invalidPayloads)
  }

  /// The events that a request is answered with, as a decoding for each event type makes them.
  ///
  /// What `events(_:)` says of connecting, leaving, cancelling and a second task holds here too. The stream throws
  /// `EventClientError` or what the decoding's closures throw, once.
  public func events<Value>(
    _ request: EventRequest, decoding: EventDecoding<Value>, invalidPayloads: InvalidPayloadPolicy = .fail
  ) -> AsyncThrowingStream<Value, any Error> {
    let source = source(request)
    let reader = DecodingReader(source, decoder: decoding.decoder(invalidPayloads: invalidPayloads))
    let exclusive = ExclusiveReader(url: source.url) { try await reader.next() }
    return AsyncThrowingStream(unfolding: { try await exclusive.next() })
  }
}
