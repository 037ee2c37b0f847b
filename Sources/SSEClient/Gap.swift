public import ServerSentEvents

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A hole in a stream, as a server of this package tells of it: an event of type `gap` without an `id`, whose data is
///
///     {"after":"ID ASKED FOR","oldest":"OLDEST HELD, OR EMPTY","reason":"expired"}
public struct Gap: Sendable, Hashable {
  /// Why events are missing.
  public enum Reason: String, Sendable, Hashable, Decodable {
    /// The server no longer holds them.
    case expired
    /// The server does not know the ID that was asked for.
    case unknown
    /// The server has lost them in a restart.
    case restarted
    /// The reader was too slow, and the server left them out.
    case skipped
  }

  /// The ID that was asked for; for `.skipped` the last one that was sent.
  public let after: String
  /// The ID of the oldest event that the server holds; empty where it holds none.
  public let oldest: String
  /// Why events are missing.
  public let reason: Reason
  /// The topic, where several share the connection.
  public let topic: String?
  /// The event as it came.
  public let event: ServerSentEvent

  private struct Payload: Decodable {
    let after: String
    let oldest: String
    let reason: Reason
    let topic: String?
  }

  /// Nil for an event of the application's own, whatever its type.
  init?(_ event: ServerSentEvent) {
    guard event.type == "gap", event.id == nil,
      let payload = try? JSONDecoder().decode(Payload.self, from: Data(event.data.utf8))  // Else the application's.
    else { return nil }
    after = payload.after
    oldest = payload.oldest
    reason = payload.reason
    topic = payload.topic
    self.event = event
  }
}
