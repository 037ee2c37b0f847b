// What the guide to the server takes for the reader's own code.

struct Order: Encodable {
  let number: Int
}

struct OrderError: Error {
  let number: Int
}

/// Where orders come from.
struct Orders {
  func of(_ shop: Int, from: Int) -> AsyncStream<Order> { AsyncStream { $0.finish() } }
}

/// Something that calls back.
struct Prices {
  struct Subscription {
    func cancel() {}
  }
  func subscribe(to symbol: String, _ call: @escaping @Sendable (String) -> Void) -> Subscription { Subscription() }
}

/// Who may do what.
struct Accounts {
  func isValid(_ token: String) async throws -> Bool { false }
}

struct Settings {
  let token: String
}

let orders = Orders()
let prices = Prices()
let accounts = Accounts()
let settings = Settings(token: "")
let blocked: Set<String> = []
