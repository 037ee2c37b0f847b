import Foundation
import SSEServer

/// What this example reads of a request, which both providers write alike: what was said so far, and whether the answer
/// is to be a stream.
struct ChatRequest: Decodable, Sendable {
  struct Message: Decodable, Sendable {
    let role: String
    /// A text, or a list of parts some of which are text; a call of a tool has none.
    let content: Content?
  }

  struct StreamOptions: Decodable, Sendable {
    let includeUsage: Bool?

    private enum CodingKeys: String, CodingKey { case includeUsage = "include_usage" }
  }

  /// A conversation may hold pictures.
  static let longestBody = 8_388_608

  let model: String?
  let messages: [Message]
  let stream: Bool?
  let streamOptions: StreamOptions?

  private enum CodingKeys: String, CodingKey {
    case model, messages, stream
    case streamOptions = "stream_options"
  }

  var wantsStream: Bool { stream ?? false }
  var wantsUsage: Bool { streamOptions?.includeUsage ?? false }
  var answeringModel: String { model ?? builtInModel }

  /// What is answered: what the user said last.
  var prompt: String { messages.last { $0.role == "user" }?.content?.text ?? "" }

  /// The words that were sent, which stand for the tokens that a provider counts.
  var wordCount: Int { messages.reduce(0) { $0 + words(in: $1.content?.text ?? "") } }
}

/// What the word generator calls itself where a request names no model.
let builtInModel = "words"

/// How many words a text has; they stand for tokens.
func words(in text: String) -> Int { text.split(whereSeparator: \.isWhitespace).count }

extension ChatRequest.Message {
  enum Content: Decodable, Sendable {
    case text(String)
    case parts([Part])

    struct Part: Decodable, Sendable {
      let text: String?
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let parts = try? container.decode([Part].self) {
        self = .parts(parts)
      } else {
        self = .text(try container.decode(String.self))
      }
    }

    var text: String {
      switch self {
      case .text(let text): text
      case .parts(let parts): parts.compactMap(\.text).joined(separator: "\n")
      }
    }
  }
}

extension ChatRequest {
  /// Reads it from a request's body; what is wrong with that becomes the answer, in the provider's form.
  static func read(_ request: Request, for provider: Provider) async throws -> ChatRequest {
    let body = try await request.body(upTo: longestBody)
    let wrong: String
    do {
      let chat = try JSONDecoder().decode(ChatRequest.self, from: Data(body))
      if !chat.messages.isEmpty { return chat }
      wrong = "'messages' is empty"
    } catch let error as DecodingError {
      wrong = explanation(of: error)
    }
    throw try provider.refusal(.badRequest, wrong)
  }

  private static func explanation(of error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, let context): "'\(path(context.codingPath + [key]))' is missing"
    case .typeMismatch(_, let context) where context.codingPath.isEmpty: "the body is JSON, but not an object"
    case .typeMismatch(_, let context): "'\(path(context.codingPath))' is of the wrong type"
    case .valueNotFound(_, let context): "'\(path(context.codingPath))' is null"
    default: "the body is not valid JSON"
    }
  }

  /// "messages[0].role"
  private static func path(_ keys: [any CodingKey]) -> String {
    keys.reduce("") { path, key in
      if let index = key.intValue { return "\(path)[\(index)]" }
      return path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
    }
  }
}
