public import ServerSentEvents

/// The events of a topic in the process that publishes them, without a connection; see `Topic.subscribe(after:)`.
public struct TopicSubscription: AsyncSequence, Sendable {
  /// An event with the ID that the topic gave it, or the topic's gap event.
  public typealias Element = ServerSentEvent
  /// Thrown where the reader has fallen behind the history and the topic's rule is to end.
  public typealias Failure = TopicError

  let topic: Topic
  let start: TopicLog.Start

  /// An iterator that begins where the subscription does. It is one of the topic's readers until it is let go.
  public func makeAsyncIterator() -> Iterator { Iterator(cursor: TopicCursor(topic, start: start)) }

  /// Reads a topic.
  public struct Iterator: AsyncIteratorProtocol {
    let cursor: TopicCursor

    /// The next event. Suspends until there is one; nil when the task is cancelled, and after an error.
    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(TopicError) -> ServerSentEvent? {
      try await cursor.next()
    }
  }
}

@available(*, unavailable)
extension TopicSubscription.Iterator: Sendable {}

extension Topic {
  /// The events of this topic, for a task of this process.
  ///
  ///     for try await event in topic.subscribe() { print(event.id ?? "", event.data) }
  ///
  /// It begins with what is published after this call, or after `lastEventID` where that is given; a hole is an event
  /// here too. A reader that falls behind the history gets what the topic's rule says; with `.endConnection` the
  /// sequence throws `TopicError.overtaken`, whose ID another subscription can go on from. With `.publisherWaits` a
  /// task that holds an iterator and does not read keeps all publishers waiting.
  ///
  /// The sequence does not end by itself: leave the loop, or cancel its task.
  public func subscribe(after lastEventID: String? = nil) -> TopicSubscription {
    TopicSubscription(topic: self, start: start(after: lastEventID))
  }
}
