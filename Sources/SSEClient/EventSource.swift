import SSESockets
public import ServerSentEvents
import Synchronization

/// The events of a URL as an async sequence that reconnects and resumes, like the browser's `EventSource`.
///
///     let source = client.source(url)
///     for try await event in source { print(event.data) }
///
/// Nothing is connected before the first event is asked for. The connection belongs to the iterator: leaving the loop
/// closes it, also while the source is held. Cancelling the task ends the loop without an error and closes it too: at
/// once while the task waits for an event, else when it asks for the next one.
///
/// One iterator reads at a time, a second one throws `EventClientError.alreadyIterating`. A later one goes on from
/// `lastEventID`: the event in whose body the loop was left counts as not dealt with, and is asked for again.
///
/// The sequence ends when the server answers 204, or as `EventRequest.reconnect` says. It throws `EventClientError`
/// once and then ends.
public final class EventSource: AsyncSequence, Sendable {
  /// An event of the stream.
  public typealias Element = ServerSentEvent
  /// What the sequence throws.
  public typealias Failure = EventClientError

  /// Where an iterator of this source goes on.
  struct Position: Sendable, Equatable {
    var lastEventID = ""
    var reconnection = Reconnection.History()
    /// Where permanent redirects have led.
    var moved: Shared<OutgoingRequest.Target>?
  }

  private struct Iteration {
    var position: Position
    var isUnderWay = false
  }

  let request: Shared<EventRequest>
  let configuration: Shared<EventClientConfiguration>
  /// For errors.
  let url: String
  private let iteration: Mutex<Iteration>
  let state = ObservedValue(State.idle)

  init(_ request: EventRequest, configuration: Shared<EventClientConfiguration>) {
    self.request = Shared(request)
    self.configuration = configuration
    iteration = Mutex(Iteration(position: Position(lastEventID: request.lastEventID)))
    url = RequestURL.withoutCredentials(request.url)
  }

  /// The last event ID string as of the last event that was dealt with; empty where there is none. It moves when the
  /// next element is asked for, so that what is stored was dealt with. A reconnect sends it as `Last-Event-ID`.
  public var lastEventID: String { iteration.withLock { $0.position.lastEventID } }

  // MARK: - Its iterator

  /// Takes the source for one iterator; nil while another has it.
  func beginIteration() -> Position? {
    iteration.withLock { iteration in
      guard !iteration.isUnderWay else { return nil }
      iteration.isUnderWay = true
      return iteration.position
    }
  }

  func resumes(from lastEventID: String) { iteration.withLock { $0.position.lastEventID = lastEventID } }

  func endIteration(at position: Position, because reason: State.ClosingReason) {
    // Before another iterator may begin: its states come after this one.
    state.set(.closed(reason))
    iteration.withLock { iteration in
      iteration.position = position
      iteration.isUnderWay = false
    }
  }
}

extension EventSource {
  /// An iterator with a connection of its own, made when the first event is asked for.
  public func makeAsyncIterator() -> Iterator { Iterator(reader: EventReader(self, deliversComments: false)) }

  /// Reads the events. Letting go of it closes the connection.
  public struct Iterator: AsyncIteratorProtocol {
    @usableFromInline let reader: EventReader

    /// The next event; nil at the end and when the task is cancelled. What has been received is delivered without
    /// suspension and without leaving the caller's actor.
    @inlinable public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(EventClientError) -> ServerSentEvent? {
      var event: ServerSentEvent?
      if !reader.nextBufferedEvent(into: &event) { try await reader.nextEvent(into: &event) }
      return event
    }
  }
}

@available(*, unavailable)
extension EventSource.Iterator: Sendable {}
