public import ServerSentEvents

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

extension EventSource {
  /// The events as JSON of a type, whatever type of event they have.
  ///
  ///     for try await chunk in source.decoded(as: Chunk.self, until: "[DONE]") { … }
  ///
  /// - Parameters:
  ///   - terminator: The data of the event that ends the sequence. That event is not decoded; the connection is closed
  ///     at once and not made again. Where the stream ends for good without it, `EventClientError.endedEarly` is
  ///     thrown. Nil, the default: the sequence ends as the source does.
  ///   - invalidPayloads: What becomes of the sequence when an event's data is no such JSON.
  ///   - decoder: What decodes the data, with its strategies for dates and keys.
  public func decoded<Value: Decodable>(
    as type: Value.Type, until terminator: String? = nil, invalidPayloads: InvalidPayloadPolicy = .fail,
    decoder: JSONDecoder = JSONDecoder()
  ) -> DecodedEvents<Value, EventClientError> {
    decoded(until: terminator, invalidPayloads: invalidPayloads) { try decoder.decode(type, from: Data($0.data.utf8)) }
  }

  /// The events as what a closure makes of each, in any format; nil ignores the event, and what is thrown makes it an
  /// invalid payload. See `decoded(as:until:invalidPayloads:decoder:)`.
  public func decoded<Value>(
    until terminator: String? = nil, invalidPayloads: InvalidPayloadPolicy = .fail,
    _ decode: @escaping (ServerSentEvent) throws -> Value?
  ) -> DecodedEvents<Value, EventClientError> {
    DecodedEvents(
      source: self, decoder: EventDecoder(until: terminator, invalidPayloads: invalidPayloads, decode: decode))
  }

  /// The events as a decoding for each event type makes them. It throws `EventClientError`, and what the decoding's
  /// closures throw.
  public func decoded<Value>(
    _ decoding: EventDecoding<Value>, invalidPayloads: InvalidPayloadPolicy = .fail
  ) -> DecodedEvents<Value, any Error> {
    DecodedEvents(source: self, decoder: decoding.decoder(invalidPayloads: invalidPayloads))
  }
}
