extension EventSource {
  /// Everything that happens on this source, in the order of the stream: openings, events, comments, gaps,
  /// interruptions. It is the same connection: one iterator reads it, of the source or of its messages.
  public var messages: Messages { Messages(source: self) }

  /// The messages of an event source.
  public struct Messages: AsyncSequence, Sendable {
    /// A message.
    public typealias Element = EventMessage
    /// What the sequence throws.
    public typealias Failure = EventClientError

    let source: EventSource

    /// An iterator with a connection of its own, made when the first message is asked for.
    public func makeAsyncIterator() -> Iterator { Iterator(reader: EventReader(source, deliversComments: true)) }

    /// Reads the messages. Letting go of it closes the connection.
    public struct Iterator: AsyncIteratorProtocol {
      let reader: EventReader

      /// The next message; nil at the end and when the task is cancelled. What has been received is delivered without
      /// suspension and without leaving the caller's actor.
      public mutating func next(
        isolation actor: isolated (any Actor)? = #isolation
      ) async throws(EventClientError) -> EventMessage? {
        guard let message = if let buffered = reader.nextBuffered() { buffered } else { try await reader.next() }
        else { return nil }
        if case .event(let event) = message, let gap = Gap(event) { return .gap(gap) }
        return message
      }
    }
  }
}

@available(*, unavailable)
extension EventSource.Messages.Iterator: Sendable {}
