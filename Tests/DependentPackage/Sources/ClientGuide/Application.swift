// What the guide to the client takes for the reader's own code.

/// Where tokens come from.
struct Tokens {
  func current(renewing: Bool) async throws -> String { renewing ? "new" : "old" }
}

/// Where events are kept.
struct Ledger {
  func lastEventID() throws -> String { "" }
  func enter(_ order: String) throws {}
  func store(lastEventID: String) throws {}
}

let tokens = Tokens()
let ledger = Ledger()
