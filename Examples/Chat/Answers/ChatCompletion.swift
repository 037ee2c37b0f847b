import Foundation
import SSEServer

/// An answer of OpenAI's chat completions, whole or as a stream: the role first, then the text piece by piece, the
/// reason of its end, what was used where that is asked for, and the mark `[DONE]`.
struct ChatCompletion: Sendable {
  let id = "chatcmpl-\(UUID().uuidString.lowercased())"
  let created = Int(Date.now.timeIntervalSince1970)
  let request: ChatRequest
  let reply: Reply

  func response() throws -> Response {
    guard request.wantsStream else { return try .json(whole) }
    return .events { events in
      try await events.send(json: chunk(Chunk.Delta(role: "assistant", content: "")))
      try await reply.write { word in
        try await events.send(json: chunk(Chunk.Delta(content: word)))
      }
      try await events.send(json: chunk(Chunk.Delta(), finishReason: "stop"))
      if request.wantsUsage { try await events.send(json: usageChunk) }
      try await events.send("[DONE]")
    }
  }

  private func chunk(_ delta: Chunk.Delta, finishReason: String? = nil) -> Chunk {
    let choice = Chunk.Choice(delta: delta, finishReason: finishReason)
    return Chunk(id: id, created: created, model: request.answeringModel, choices: [choice])
  }

  private var usageChunk: Chunk {
    Chunk(id: id, created: created, model: request.answeringModel, choices: [], usage: usage)
  }

  private var whole: Whole {
    let choice = Whole.Choice(message: .init(content: reply.text))
    return Whole(id: id, created: created, model: request.answeringModel, choices: [choice], usage: usage)
  }

  private var usage: Usage { Usage(promptTokens: request.wordCount, completionTokens: reply.words.count) }
}

// MARK: - As JSON

extension ChatCompletion {
  fileprivate struct Chunk: Encodable {
    struct Delta: Encodable {
      var role: String?
      var content: String?
    }

    struct Choice: Encodable {
      let index = 0
      let delta: Delta
      @NullIfMissing var finishReason: String? = nil

      private enum CodingKeys: String, CodingKey {
        case index, delta
        case finishReason = "finish_reason"
      }
    }

    let id: String
    let object = "chat.completion.chunk"
    let created: Int
    let model: String
    let choices: [Choice]
    var usage: Usage?
  }

  fileprivate struct Whole: Encodable {
    struct Message: Encodable {
      let role = "assistant"
      let content: String
    }

    struct Choice: Encodable {
      let index = 0
      let message: Message
      let finishReason = "stop"

      private enum CodingKeys: String, CodingKey {
        case index, message
        case finishReason = "finish_reason"
      }
    }

    let id: String
    let object = "chat.completion"
    let created: Int
    let model: String
    let choices: [Choice]
    let usage: Usage
  }

  fileprivate struct Usage: Encodable {
    let promptTokens: Int
    let completionTokens: Int

    private enum CodingKeys: String, CodingKey {
      case promptTokens = "prompt_tokens"
      case completionTokens = "completion_tokens"
      case totalTokens = "total_tokens"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(promptTokens, forKey: .promptTokens)
      try container.encode(completionTokens, forKey: .completionTokens)
      try container.encode(promptTokens + completionTokens, forKey: .totalTokens)
    }
  }
}
