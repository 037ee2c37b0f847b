/// What writes an event stream. One object, since it stands in the frames below each running handler.
final class EventStreamBody: Sendable {
  enum Source: Sendable {
    case handler(Router.EventHandler, Request)
    case closure(@Sendable (EventWriter) async throws -> Void)
  }

  /// Whether the head leaves before the first event.
  let sendsHeadAtOnce: Bool
  private let source: Source

  init(sendsHeadAtOnce: Bool, source: Source) {
    self.sendsHeadAtOnce = sendsHeadAtOnce
    self.source = source
  }

  func write(to events: EventWriter) async throws {
    switch source {
    case .handler(let handler, let request): try await handler(request, events)
    case .closure(let write): try await write(events)
    }
  }
}
