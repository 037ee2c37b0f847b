import Synchronization

/// The clients that run, by their numbers.
final class ClientTable: Sendable {
  /// A harness that never ends its clients gets no more than these.
  static let most = 1_000

  private struct State {
    var clients: [Int: ContractClient] = [:]
    var lastNumber = 0
    var isClosed = false
  }

  private let state = Mutex(State())
  /// Clients that are to be run; ends when the table is closed.
  let started: AsyncStream<(Int, ContractClient)>
  private let starting: AsyncStream<(Int, ContractClient)>.Continuation

  init() {
    (started, starting) = AsyncStream.makeStream(of: (Int, ContractClient).self)
  }

  subscript(number: Int) -> ContractClient? { state.withLock { $0.clients[number] } }

  /// The client's number; nil where the service has too many, or ends.
  func add(_ client: ContractClient) -> Int? {
    state.withLock { state in
      guard !state.isClosed, state.clients.count < Self.most else { return nil }
      state.lastNumber += 1
      state.clients[state.lastNumber] = client
      // Within the lock, so that none is added behind the end.
      starting.yield((state.lastNumber, client))
      return state.lastNumber
    }
  }

  func remove(_ number: Int) { state.withLock { _ = $0.clients.removeValue(forKey: number) } }

  /// No further client starts.
  func close() {
    state.withLock { $0.isClosed = true }
    starting.finish()
  }

  func stopAll() {
    let clients = state.withLock { state in
      state.isClosed = true
      return state.clients.values
    }
    for client in clients { client.stop() }
  }
}
