import SSEClient

struct Question: Encodable {
  let model = "words", stream = true, messages = [["role": "user", "content": "Hello"]]
}

struct Chunk: Decodable {
  struct Choice: Decodable { let delta: Delta }
  struct Delta: Decodable { let content: String? }
  let choices: [Choice]
}

let chat = EventRequest(
  "http://127.0.0.1:50081/v1/chat/completions", method: .post,
  headers: ["Authorization": "Bearer none"], body: .json(Question()))
for try await chunk in EventClient().events(chat, as: Chunk.self, until: "[DONE]") {
  print(chunk.choices.first?.delta.content ?? "", terminator: "")
}
