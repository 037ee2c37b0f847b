import Foundation
import SSEClient

/// The article's ChatGPT form.
private struct ConversationEvent: Decodable {
  struct Message: Decodable {
    struct Content: Decodable {
      let parts: [String]
    }
    let content: Content
  }
  let message: Message
}

extension EventClient {
  /// The text of an answer as it grows: each element is the whole text so far.
  func conversation(about prompt: String, at baseURL: URL) -> some AsyncSequence<String, any Error> {
    let url = baseURL.appending(path: "conversation")
      .appending(queryItems: [URLQueryItem(name: "prompt", value: prompt)])
    // An answer that broke off is not asked for again: it would begin anew.
    let request = EventRequest(url, reconnect: .never)
    let text = EventDecoding<String>()
      .on("message", as: ConversationEvent.self) { $0.message.content.parts.first }
      .ending(atData: "[DONE]")
    return events(request, decoding: text)
  }
}
