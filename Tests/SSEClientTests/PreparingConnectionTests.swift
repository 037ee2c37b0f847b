import SSETestSupport
import Synchronization
import Testing

@testable import SSEClient

/// The closure that prepares attempts, called by clients over raw connections.
@Suite(.timeLimit(.minutes(1))) struct PreparingConnectionTests {
  struct NoToken: Error {}

  private static func source(
    _ url: String, _ prepare: @escaping @Sendable (inout EventAttempt) async throws -> Void
  ) -> EventSource {
    var configuration = EventClientConfiguration()
    configuration.prepareAttempt = prepare
    return EventClient(configuration: configuration).source(url)
  }

  private static let refusal = "HTTP/1.1 401 Who\r\nContent-Length: 7\r\n\r\nexpired"

  @Test("C41: each request has the token of its own attempt, a reconnect too")
  func tokens() async throws {
    let listener = try RawListener()
    let source = Self.source(listener.url) { attempt in
      await Task.yield()
      attempt.headers["Authorization"] = "Bearer \(attempt.number) after '\(attempt.lastEventID)'"
    }
    async let events = collect(source)
    var heads: [String] = []
    for id in 1...2 { heads.append(try await listener.answer(Peer.head + "retry: 0\nid: \(id)\ndata: a\n\n")) }
    heads.append(try await listener.answer(Peer.noContent))
    #expect(try await events.count == 2)
    let tokens = heads.flatMap { lines($0).filter { $0.hasPrefix("Authorization: ") } }
    #expect(
      tokens == [
        "Authorization: Bearer 1 after ''", "Authorization: Bearer 2 after '1'", "Authorization: Bearer 3 after '2'",
      ])
  }

  @Test("C41: what the closure throws ends the sequence, once, and nothing is connected; also before a reconnect")
  func failure() async throws {
    let listener = try RawListener()
    for successes in [0, 1] {
      var iterator = Self.source(listener.url) { attempt in
        if attempt.number > successes { throw NoToken() }
      }.makeAsyncIterator()
      async let answered: String? = successes > 0 ? listener.answer(Peer.head + "retry: 0\ndata: a\n\n") : nil
      for _ in 0..<successes { #expect(try await iterator.next()?.data == "a") }
      do throws(EventClientError) {
        _ = try await iterator.next()
        Issue.record("no error")
      } catch {
        guard case .preparationFailed(is NoToken, "\(listener.url)/") = error else {
          Issue.record("\(error)")
          return
        }
      }
      #expect(try await iterator.next() == nil)
      _ = try await answered
    }
    #expect(try await listener.accept(within: 50) == nil)
  }

  @Test("C48: after a 401 the closure is asked once more with the answer; a second 401 is the error")
  func unauthorized() async throws {
    let listener = try RawListener()
    let refusals = Mutex<[String?]>([])
    let source = Self.source(listener.url) { attempt in
      refusals.withLock { $0.append(attempt.refusal?.text) }
      attempt.headers["Authorization"] = attempt.refusal == nil ? "Bearer old" : "Bearer new"
    }
    async let first = outcome(of: source)
    #expect(lines(try await listener.answer(Self.refusal)).contains("Authorization: Bearer old"))
    #expect(lines(try await listener.answer(Self.refusal)).contains("Authorization: Bearer new"))
    guard case .failure(.unexpectedStatus(let response)) = await first else {
      Issue.record("no refusal")
      return
    }
    #expect(response.head.status == .unauthorized)
    #expect(refusals.withLock { $0 } == [nil, "expired"])

    async let second = collect(source, atMost: 1)
    try await listener.answer(Self.refusal)
    #expect(lines(try await listener.answer(Peer.head + "data: a\n\n")).contains("Authorization: Bearer new"))
    #expect(try await second.map(\.data) == ["a"])
  }

  @Test("C61: cancelled while the closure works, next() gives nil, and nothing is connected", arguments: [true, false])
  func cancelled(throwing: Bool) async throws {
    let listener = try RawListener()
    let isCalled = Mutex(false)
    let source = Self.source(listener.url) { _ in
      isCalled.withLock { $0 = true }
      do {
        try await ContinuousClock().sleep(for: .seconds(3_600))
      } catch {
        // One that takes no notice goes on, and its request is not sent.
        if throwing { throw error }
      }
    }
    try await withThrowingTaskGroup { group in
      group.addTask { try await collect(source).count }
      try await eventually("the closure is called") { isCalled.withLock { $0 } }
      group.cancelAll()
      #expect(try await group.next() == 0)
    }
    #expect(try await listener.accept(within: 50) == nil)
  }

  @Test("C53b: after a 301 to another port neither this attempt's nor a later one's token is sent there")
  func redirected() async throws {
    let (first, second) = (try RawListener(), try RawListener())
    let source = Self.source(first.url) { $0.headers["X-Token"] = "secret \($0.number)" }
    async let events = collect(source)
    let asked = try await first.answer("HTTP/1.1 301 Elsewhere\r\nLocation: \(second.url)/x\r\n\r\n")
    #expect(lines(asked).contains("X-Token: secret 1"))
    for answer in [Peer.head + "retry: 0\ndata: a\n\n", Peer.noContent] {
      let head = try await second.answer(answer)
      #expect(head.hasPrefix("GET /x HTTP/1.1\r\n"))
      #expect(!head.contains("secret"))
    }
    #expect(try await events.count == 1)
  }
}
