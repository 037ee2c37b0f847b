import Foundation
import SSEClient

enum Part {
  case text(String)
  case stopped(reason: String?)
}

struct TextDelta: Decodable {
  struct Delta: Decodable { let text: String }
  let delta: Delta
}

struct MessageDelta: Decodable {
  struct Delta: Decodable { let stopReason: String? }
  let delta: Delta
}

struct ProviderError: Error, Decodable {
  struct Details: Decodable { let type, message: String }
  let error: Details
}

let decoder = JSONDecoder()
decoder.keyDecodingStrategy = .convertFromSnakeCase

let parts = EventDecoding<Part>(decoder: decoder)
  .on("content_block_delta", as: TextDelta.self) { .text($0.delta.text) }
  .on("message_delta", as: MessageDelta.self) { .stopped(reason: $0.delta.stopReason) }
  .failing(on: "error", as: ProviderError.self)
  .ending(at: "message_stop")

let client = EventClient()
let request = EventRequest(
  "http://127.0.0.1:8080/v1/messages", method: .post, body: .json(["model": "small", "prompt": "Hello"]))
do {
  for try await part in client.events(request, decoding: parts) { print(part) }
} catch let error as ProviderError {
  print(error.error.message)
}

struct Frame: Decodable {
  let text: String?
  let error: ProviderError.Details?
}

let texts = EventDecoding<String>()
  .on("message", as: Frame.self) { frame in
    if let error = frame.error { throw ProviderError(error: error) }
    return frame.text
  }
  .ending(atData: "[DONE]")
for try await text in client.events(request, decoding: texts) { print(text) }
