// Anthropic's messages with this package's client. The file stands alone: copy it into a project of yours.
import Foundation
import SSEClient

/// What is said to and by Anthropic's API.
enum Anthropic {
  struct Message: Encodable, Sendable {
    enum Role: String, Encodable, Sendable { case user, assistant }

    let role: Role
    let content: String
  }

  /// The data of an `error` event in the middle of a stream. An error that comes instead of a stream is
  /// `EventClientError.unexpectedStatus`, which holds the body.
  struct StreamError: Error, Decodable, CustomStringConvertible {
    struct Content: Decodable, Sendable {
      let type: String
      let message: String
    }
    let error: Content

    var description: String { "\(error.message) (\(error.type))" }
  }

  fileprivate struct Request: Encodable {
    let model: String
    let messages: [Message]
    let maxTokens: Int
    let stream = true

    private enum CodingKeys: String, CodingKey {
      case model, messages, stream
      case maxTokens = "max_tokens"
    }
  }

  fileprivate struct BlockDelta: Decodable, Sendable {
    struct Delta: Decodable, Sendable {
      /// Nil in deltas of other kinds, such as a tool's input.
      let text: String?
    }
    let delta: Delta
  }
}

extension EventClient {
  /// The text of a message, piece by piece as it is written.
  ///
  ///     let question = Anthropic.Message(role: .user, content: "Hello")
  ///     for try await text in client.message(to: [question], model: "claude-sonnet-4-5", key: key) {
  ///       print(text, terminator: "")
  ///     }
  ///
  /// Leaving the loop closes the connection, which ends the message. It is asked for once and never again; one that
  /// breaks off is an error. Throws `EventClientError`, or `Anthropic.StreamError`.
  ///
  /// - Parameters:
  ///   - maxTokens: The longest message. The API wants it to be said.
  ///   - baseURL: Where the API's "/v1" is.
  ///   - key: Sent as `X-Api-Key`; nil sends none.
  func message(
    to messages: [Anthropic.Message], model: String, maxTokens: Int = 1_024, at baseURL: URL, key: String? = nil
  ) -> some AsyncSequence<String, any Error> {
    var request = EventRequest(
      baseURL.appending(path: "v1/messages"), method: .post, headers: ["Anthropic-Version": "2023-06-01"],
      body: .json(Anthropic.Request(model: model, messages: messages, maxTokens: maxTokens)))
    if let key { request.headers["X-Api-Key"] = key }
    let text = EventDecoding<String>()
      .on("content_block_delta", as: Anthropic.BlockDelta.self) { $0.delta.text }
      .failing(on: "error", as: Anthropic.StreamError.self)
      .ending(at: "message_stop")
    return events(request, decoding: text)
  }
}
