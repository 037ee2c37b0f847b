import Foundation
import SSEServer

/// An answer of Anthropic's messages, whole or as a stream: named events, which open a message and a block of content
/// in it, add to the block, and close both.
struct AnthropicMessage: Sendable {
  let id = "msg_\(UUID().uuidString.lowercased())"
  let request: ChatRequest
  let reply: Reply

  func response() throws -> Response {
    guard request.wantsStream else { return try .json(whole) }
    return .events { events in
      func send(_ event: Event) async throws { try await events.send(json: event, type: event.type) }
      try await send(Event("message_start", message: opening))
      try await send(Event("content_block_start", index: 0, contentBlock: Block(text: "")))
      try await send(Event("ping"))
      try await reply.write { word in
        try await send(Event("content_block_delta", index: 0, delta: Delta(type: "text_delta", text: word)))
      }
      try await send(Event("content_block_stop", index: 0))
      let end = Delta(stopReason: "end_turn", stopSequence: NullIfMissing(wrappedValue: nil))
      try await send(Event("message_delta", delta: end, usage: usage))
      try await send(Event("message_stop"))
    }
  }

  private var opening: Message { Message(id: id, model: request.answeringModel, content: [], usage: usageAtStart) }

  private var whole: Message {
    Message(
      id: id, model: request.answeringModel, content: [Block(text: reply.text)], stopReason: "end_turn", usage: usage)
  }

  private var usage: Usage { Usage(inputTokens: request.wordCount, outputTokens: reply.words.count) }
  private var usageAtStart: Usage { Usage(inputTokens: request.wordCount, outputTokens: 1) }
}

// MARK: - As JSON

/// The data of any of the events, which repeats its type.
private struct Event: Encodable {
  let type: String
  let index: Int?
  let message: Message?
  let contentBlock: Block?
  let delta: Delta?
  let usage: Usage?

  init(
    _ type: String, index: Int? = nil, message: Message? = nil, contentBlock: Block? = nil, delta: Delta? = nil,
    usage: Usage? = nil
  ) {
    self.type = type
    self.index = index
    self.message = message
    self.contentBlock = contentBlock
    self.delta = delta
    self.usage = usage
  }

  private enum CodingKeys: String, CodingKey {
    case type, index, message, delta, usage
    case contentBlock = "content_block"
  }
}

private struct Message: Encodable {
  let id: String
  let type = "message"
  let role = "assistant"
  let model: String
  let content: [Block]
  @NullIfMissing var stopReason: String? = nil
  @NullIfMissing var stopSequence: String? = nil
  let usage: Usage

  private enum CodingKeys: String, CodingKey {
    case id, type, role, model, content, usage
    case stopReason = "stop_reason"
    case stopSequence = "stop_sequence"
  }
}

private struct Block: Encodable {
  let type = "text"
  let text: String
}

/// What is added to a block, or at the end to the message.
private struct Delta: Encodable {
  var type: String?
  var text: String?
  var stopReason: String?
  var stopSequence: NullIfMissing<String>?

  private enum CodingKeys: String, CodingKey {
    case type, text
    case stopReason = "stop_reason"
    case stopSequence = "stop_sequence"
  }
}

private struct Usage: Encodable {
  let inputTokens: Int
  let outputTokens: Int

  private enum CodingKeys: String, CodingKey {
    case inputTokens = "input_tokens"
    case outputTokens = "output_tokens"
  }
}
