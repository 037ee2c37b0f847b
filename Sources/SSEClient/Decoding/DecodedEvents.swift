/// The events of a source as values of a type; see `EventSource.decoded(as:until:invalidPayloads:decoder:)`.
///
/// Its iterator reads the source: the connection belongs to it, and what the source says of leaving, cancelling and a
/// second iterator holds here too. Values are decoded when they are asked for, in the task and on the actor that asks.
///
/// After an error, and after the event that ends the sequence, the connection is closed and nothing connects again.
public struct DecodedEvents<Element, Failure: Error>: AsyncSequence {
  let source: EventSource
  let decoder: EventDecoder<Element, Failure>

  /// An iterator with a connection of its own, made when the first value is asked for.
  public func makeAsyncIterator() -> Iterator { Iterator(reader: DecodingReader(source, decoder: decoder)) }

  /// Reads and decodes the events. Letting go of it closes the connection.
  public struct Iterator: AsyncIteratorProtocol {
    let reader: DecodingReader<Element, Failure>

    /// The next value; nil at the end and when the task is cancelled. What has been received is delivered without
    /// suspension and without leaving the caller's actor.
    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(Failure) -> Element? {
      try await reader.next()
    }
  }
}

@available(*, unavailable)
extension DecodedEvents: Sendable {}

@available(*, unavailable)
extension DecodedEvents.Iterator: Sendable {}
