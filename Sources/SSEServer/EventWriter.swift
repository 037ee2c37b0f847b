import SSESockets
public import ServerSentEvents

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Why an `EventWriter` cannot write.
public enum EventWriterError: Error, Hashable, CustomStringConvertible {
  /// The reader has gone. The handler's task has been cancelled too.
  case readerLeft
  /// The handler has returned, or has called `close(retry:)`.
  case streamEnded

  /// What happened, in a sentence.
  public var description: String {
    switch self {
    case .readerLeft: "the reader has left"
    case .streamEnded: "the stream has ended; an EventWriter is of use only until its handler returns or closes it"
    }
  }
}

/// Sends events to one reader. A handler gets one and may use it from any task and any actor until it returns; the
/// events of one caller arrive in its order.
///
/// The first event of a moment leaves at once; a burst is merged into few packets and leaves at the end of the event
/// loop's turn. A handler's head is held back until the first `send`, `comment` or `flush`, at most for
/// `EventServerConfiguration.headDelay`: until then a handler may throw an `HTTPStatus` or a `Response`.
public struct EventWriter: Sendable {
  private let stream: LoopBound<OutgoingStream>

  init(_ stream: OutgoingStream) {
    self.stream = LoopBound(stream, loop: stream.socket.loop)
  }

  /// Sends an event. Suspends first while the reader is slow and 64 KiB wait for it, so that no more than that and one
  /// event are ever held, however many tasks send.
  ///
  /// - Throws: `EventStreamError` when the type or id holds a line end or NUL, or the data is larger than
  ///   `EventServerLimits.event` (nothing is written); `EventWriterError.readerLeft` and `.streamEnded`;
  ///   `CancellationError` when the task is cancelled and there is no room.
  public func send(_ event: ServerSentEvent) async throws {
    guard stream.loop.isCurrent else { return try await onLoop { stream in try stream.write(event) } }
    let stream = stream.onLoop
    if stream.isFull { try await stream.waitForRoom() }
    try stream.write(event)
    if stream.mustYield { await Task.yield() }
  }

  /// Sends an event of this type whose data is the text; see `send(_:)`.
  public func send(_ data: String, type: String = "message", id: String? = nil) async throws {
    try await send(ServerSentEvent(data: data, type: type, id: id))
  }

  /// Sends an event whose data is the value in JSON: compact, slashes not escaped, keys sorted. The value is encoded
  /// by the caller's task. Throws what its encoding throws, else as `send(_:)`.
  public func send(json value: some Encodable, type: String = "message", id: String? = nil) async throws {
    try await send(ServerSentEvent(data: JSON.text(value), type: type, id: id))
  }

  /// Sends a comment, which readers ignore (HTML Standard, 9.2.6); each line of it becomes one.
  public func comment(_ text: String) async throws {
    try await onLoop { stream in try stream.write(comment: text) }
  }

  /// Tells the reader how long to wait before it reconnects, in whole milliseconds (HTML Standard, `retry`).
  public func retry(after delay: Duration) async throws {
    try await onLoop { stream in try stream.write(retry: delay) }
  }

  /// Sends at once what waits, the head included: a handler that will be silent opens its stream with it.
  public func flush() async throws {
    try await stream.run { stream in Result { try stream.flush() } }.get()
  }

  /// Ends the stream properly, and at once where the reader is not slow: later sends throw `.streamEnded`, but the
  /// handler may go on, and is no longer cancelled when the reader leaves. With `retry` the reader is first told how
  /// long to wait before it comes back. A second call does nothing; over HTTP/1.0 the end shows when the handler
  /// returns.
  public func close(retry: Duration? = nil) async throws {
    try await onLoop { stream in try stream.close(retry: retry) }
  }

  /// Runs `write` on the loop's thread, once there is room.
  private func onLoop(_ write: @escaping @Sendable (OutgoingStream) throws -> Void) async throws {
    while true {
      // Nil when there is none: another sender may have taken it since.
      let result = await stream.run { stream in stream.isFull ? nil : Result { try write(stream) } }
      if let result { return try result.get() }
      try await withTaskExecutorPreference(stream.loop) { try await Self.waitForRoom(stream) }
    }
  }

  /// On the loop: a `@concurrent` function runs where the task prefers.
  @concurrent private static func waitForRoom(_ stream: LoopBound<OutgoingStream>) async throws {
    try await stream.onLoop.waitForRoom()
  }
}
