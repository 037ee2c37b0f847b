import Foundation
import SSEServer

/// The article's form, which ChatGPT's own page reads: each event holds the whole text so far, so a reader shows the
/// last one that came and needs to remember nothing.
struct Conversation {
  private let messageID = UUID().uuidString.lowercased()
  private let conversationID = UUID().uuidString.lowercased()
  private let created = Date.now.timeIntervalSince1970
  private var text = ""

  mutating func append(_ word: String, to events: EventWriter) async throws {
    text += word
    try await events.send(json: event("in_progress"))
  }

  func finish(_ events: EventWriter) async throws {
    try await events.send(json: event("finished_successfully"))
    try await events.send("[DONE]")
  }

  private func event(_ status: String) -> Event {
    let message = Event.Message(id: messageID, created: created, content: .init(parts: [text]), status: status)
    return Event(message: message, conversationID: conversationID)
  }
}

// MARK: - As JSON

private struct Event: Encodable {
  struct Author: Encodable {
    let role = "assistant"
  }

  struct Content: Encodable {
    let contentType = "text"
    let parts: [String]

    private enum CodingKeys: String, CodingKey {
      case parts
      case contentType = "content_type"
    }
  }

  struct Message: Encodable {
    let id: String
    let author = Author()
    let created: Double
    let content: Content
    let status: String

    private enum CodingKeys: String, CodingKey {
      case id, author, content, status
      case created = "create_time"
    }
  }

  let message: Message
  let conversationID: String
  @NullIfMissing var error: String? = nil

  private enum CodingKeys: String, CodingKey {
    case message, error
    case conversationID = "conversation_id"
  }
}
