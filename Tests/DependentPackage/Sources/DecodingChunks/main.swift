import SSEClient

struct Chunk: Decodable {
  struct Choice: Decodable { let delta: Delta }
  struct Delta: Decodable { let content: String? }
  let choices: [Choice]
}

let client = EventClient()
let request = EventRequest(
  "http://127.0.0.1:8080/v1/chat/completions", method: .post,
  body: .json(["model": "small", "prompt": "Hello"]))

for try await chunk in client.events(request, as: Chunk.self, until: "[DONE]") {
  print(chunk.choices.first?.delta.content ?? "", terminator: "")
}

do {
  for try await chunk in client.events(request, as: Chunk.self, until: "[DONE]") { print(chunk) }
} catch EventClientError.endedEarly {
  print("The answer is not whole.")
} catch EventClientError.invalidPayload(let payload) {
  print(payload.event.data, payload.underlyingError)
}

let chunks = client.events(
  request, as: Chunk.self, until: "[DONE]",
  invalidPayloads: .skip { payload in print("skipped: \(payload)") })
for try await chunk in chunks { print(chunk) }

struct NotANumber: Error {}

let temperatures = client.source("http://127.0.0.1:8080/temperature").decoded { event in
  guard let degrees = Double(event.data) else { throw NotANumber() }
  return degrees
}
for try await degrees in temperatures { print(degrees) }
