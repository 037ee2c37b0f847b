import Foundation
import SSEClient

/// What a harness is told of, as the JSON of a POST.
struct Callback: Encodable, Sendable {
  enum Kind: String, Encodable {
    case event, comment, error
  }

  struct Event: Encodable {
    var type: String
    var data: String
    /// The last event ID at its dispatch.
    var id: String
  }

  var kind: Kind
  var event: Event?
  /// The comment, or the error's message.
  var comment: String?

  /// Nil for what a harness does not hear of.
  init?(_ message: EventMessage, lastEventID: String) {
    switch message {
    case .opened: return nil
    case .event(let event):
      kind = .event
      self.event = Event(type: event.type, data: event.data, id: event.lastEventID)
    // A harness knows nothing of gaps: to it, this is the event that has told of it.
    case .gap(let gap):
      kind = .event
      event = Event(type: "gap", data: Self.json(gap), id: lastEventID)
    case .comment(let text):
      kind = .comment
      comment = text
    // As a browser fires `error` for each of them (HTML Standard, 9.2.3), also for a normal end.
    case .interrupted(let error, _):
      self = .error(error)
    }
  }

  private init(kind: Kind) { self.kind = kind }

  static func error(_ error: EventClientError) -> Callback {
    var callback = Callback(kind: .error)
    callback.comment = "\(error)"
    return callback
  }

  private static func json(_ gap: Gap) -> String {
    var fields = ["after": gap.after, "oldest": gap.oldest, "reason": gap.reason.rawValue]
    fields["topic"] = gap.topic
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let bytes = (try? encoder.encode(fields)) ?? Data()  // Strings always encode.
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension Callback {
  /// Why a callback was not delivered.
  struct Undeliverable: Error, CustomStringConvertible {
    let description: String
  }

  /// POSTs it; returns when a status of success has been answered.
  ///
  /// - Throws: `Undeliverable`, also when the task is cancelled meanwhile.
  func send(to url: String) async throws(Undeliverable) {
    // An event client makes this request too: it is a POST whose answer, since it is no event stream, comes as the
    // error that holds it; 204 is a stream without events.
    let request = EventRequest(
      url, method: .post, headers: ["Accept": "*/*"], body: .json(self), reconnect: .never)
    do throws(EventClientError) {
      for try await _ in EventClient().source(request) {}
    } catch {
      guard let status = error.refusal?.head.status, (200..<300).contains(status.code) else {
        throw Undeliverable(description: "\(error)")
      }
    }
    if Task.isCancelled { throw Undeliverable(description: "cancelled") }
  }
}
