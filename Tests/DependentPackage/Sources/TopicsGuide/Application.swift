// What the code of Documentation/Topics.md takes from its application.

struct Quote: Encodable {
  let symbol: String
  let price: Double
}

let quote = Quote(symbol: "A", price: 1)

struct Feed {
  func start() {}
  func stop() {}
}

let feed = Feed()

struct Table {
  func text(_ symbol: String) -> String { symbol }
}

let table = Table()

func rounded(_ price: String) -> String { price }
