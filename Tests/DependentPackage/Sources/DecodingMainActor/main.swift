import SSEClient

nonisolated struct Chunk: Decodable {
  let text: String
}

for try await chunk in EventClient().events("http://127.0.0.1:8080/chunks", as: Chunk.self) {
  print(chunk.text)
}

struct Price: Decodable {
  let amount: Double
}

for try await price in EventClient().source("http://127.0.0.1:8080/prices").decoded(as: Price.self) {
  print(price.amount)
}
