// Chat completions with this package's client. The file stands alone: copy it into a project of yours.
import Foundation
import SSEClient

/// What is said to and by OpenAI's API, or one that speaks like it.
enum OpenAI {
  struct Message: Encodable, Sendable {
    enum Role: String, Encodable, Sendable { case system, user, assistant }

    let role: Role
    let content: String
  }

  /// An error that came in the middle of a stream. One that comes instead of a stream is
  /// `EventClientError.unexpectedStatus`, which holds the body.
  struct StreamError: Error, Decodable, CustomStringConvertible {
    let message: String

    var description: String { message }
  }

  fileprivate struct Request: Encodable {
    let model: String
    let messages: [Message]
    let stream = true
  }

  fileprivate struct Chunk: Decodable, Sendable {
    struct Choice: Decodable, Sendable {
      struct Delta: Decodable, Sendable {
        let content: String?
      }
      let delta: Delta
    }
    let choices: [Choice]?
    let error: StreamError?
  }
}

extension EventClient {
  /// The text of a chat completion, piece by piece as it is written.
  ///
  ///     let question = OpenAI.Message(role: .user, content: "Hello")
  ///     for try await text in client.chatCompletion(of: [question], model: "gpt-5-mini", key: key) {
  ///       print(text, terminator: "")
  ///     }
  ///
  /// Leaving the loop closes the connection, which ends the completion. It is asked for once and never again; one that
  /// breaks off is an error. Throws `EventClientError`, or `OpenAI.StreamError`.
  ///
  /// - Parameters:
  ///   - baseURL: Where the API's "/v1" is.
  ///   - key: Sent as `Authorization: Bearer`; nil sends none.
  func chatCompletion(
    of messages: [OpenAI.Message], model: String, at baseURL: URL, key: String? = nil
  ) -> some AsyncSequence<String, any Error> {
    var request = EventRequest(
      baseURL.appending(path: "v1/chat/completions"), method: .post,
      body: .json(OpenAI.Request(model: model, messages: messages)))
    if let key { request.headers["Authorization"] = "Bearer \(key)" }
    let text = EventDecoding<String>()
      .on("message", as: OpenAI.Chunk.self) { chunk in
        if let error = chunk.error { throw error }
        return chunk.choices?.first?.delta.content
      }
      .ending(atData: "[DONE]")
    return events(request, decoding: text)
  }
}
