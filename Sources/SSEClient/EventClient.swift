public import ServerSentEvents

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Reads Server-Sent Events over HTTP.
///
///     let client = EventClient()
///     for try await event in client.events("http://localhost:50080/events/stream") {
///       print(event.type, event.data)
///     }
///
/// A client is a value that holds settings; each sequence that it makes has its own connection.
public struct EventClient: Sendable {
  /// The settings of the sequences that this client makes from now on.
  public var configuration: EventClientConfiguration {
    get { shared.value }
    set { shared = Shared(newValue) }
  }
  /// What its sequences hold of it.
  private(set) var shared: Shared<EventClientConfiguration>

  /// A client; nothing is connected yet.
  public init(configuration: EventClientConfiguration = .init()) {
    shared = Shared(configuration)
  }

  /// A client that makes its requests over a transport of the caller's; see `EventTransport`.
  public init(configuration: EventClientConfiguration = .init(), transport: @escaping EventTransport.Send) {
    var configuration = configuration
    configuration.transport = transport
    shared = Shared(configuration)
  }
}

extension EventClient {
  /// The events of a URL; see `events(_:)` with an `EventRequest`.
  public func events(_ url: URL) -> AsyncThrowingStream<ServerSentEvent, any Error> { events(EventRequest(url)) }

  /// The events of a URL; see `events(_:)` with an `EventRequest`.
  public func events(_ url: String) -> AsyncThrowingStream<ServerSentEvent, any Error> { events(EventRequest(url)) }

  /// The events that a request is answered with, across reconnects. A `break` out of a loop that was written in place
  /// closes the connection at once. A stream that is held in a variable closes it when it is let go; where that
  /// matters read a `source(_:)`. Cancelling the task closes it at once while the task waits for an event, else when
  /// it asks for the next one.
  ///
  /// Nothing is connected before the first event is asked for. A cancelled task gets nil, never `CancellationError`.
  /// One task at a time reads a stream; a second one is thrown `EventClientError.alreadyIterating`. But a second task
  /// that is cancelled ends the stream of the first too, and silently: an `AsyncThrowingStream` does. A source keeps
  /// tasks apart.
  ///
  /// A GET is asked again when its stream is over, as the HTML Standard says, until the server answers 204; see
  /// `EventRequest.reconnect`. The stream throws `EventClientError`, once.
  public func events(_ request: EventRequest) -> AsyncThrowingStream<ServerSentEvent, any Error> {
    let source = source(request)
    var iterator = source.makeAsyncIterator()
    let reader = ExclusiveReader(url: source.url) { try await iterator.next() }
    return AsyncThrowingStream(unfolding: { try await reader.next() })
  }

  /// An event source, which also tells its last event ID and what happens besides events.
  public func source(_ url: URL) -> EventSource { source(EventRequest(url)) }

  /// An event source, which also tells its last event ID and what happens besides events.
  public func source(_ url: String) -> EventSource { source(EventRequest(url)) }

  /// An event source, which also tells its last event ID and what happens besides events.
  public func source(_ request: EventRequest) -> EventSource {
    EventSource(request, configuration: shared)
  }
}
