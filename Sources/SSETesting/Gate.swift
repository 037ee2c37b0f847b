/// Something closed that a test opens once: who waits at it goes on then, and who comes later goes through.
///
///     let answers = Gate()
///     try await withScriptedServer([[.eventStream(), .wait(for: answers), .event("late"), .holdOpen]]) { server in
///       … // the client sees the stream open, and no event
///       answers.open()
///     }
public final class Gate: Sendable {
  private let isPassable = Observed(false)

  /// A closed gate.
  public init() {}

  /// Whether it has been opened.
  public var isOpen: Bool { isPassable.facts }

  /// Opens it for good. Any thread; may be called again.
  public func open() { isPassable.update { $0 = true } }

  /// Suspends until it is open.
  ///
  /// - Throws: `CancellationError` at once when the task is cancelled.
  public func wait() async throws { try await isPassable.first { $0 ? true : nil } }
}
