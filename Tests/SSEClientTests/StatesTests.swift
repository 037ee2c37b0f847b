import SSESockets
import SSETestSupport
import Testing

@testable import SSEClient

/// `source.states`. Who observes may miss states that have passed, so each step waits for the newest.
@Suite struct StatesTests {
  private func name(_ state: EventSource.State) -> String {
    switch state {
    case .idle: "idle"
    case .connecting: "connecting"
    case .open: "open"
    case .waiting(let delay, let error): "waiting \(delay) \(error.kind)"
    case .closed(.finished): "finished"
    case .closed(.left): "left"
    case .closed(.failed(let error)): "failed \(error.kind)"
    }
  }

  private func present(_ source: EventSource) async -> String? {
    var iterator = source.states.makeAsyncIterator()
    return await iterator.next().map(name)
  }

  private func reaches(_ source: EventSource, _ expected: String) async throws {
    try await eventually("the state \(expected)") { await present(source) == expected }
  }

  @Test("A source is idle, connecting, open, waiting, connecting again, and closed when its stream is finished")
  func life() async throws {
    let listener = try RawListener()
    let source = EventClient().source(listener.url)
    #expect(await present(source) == "idle")
    async let events = collect(source)
    let (peer, _) = try await listener.acceptRequest()
    #expect(await present(source) == "connecting")
    try await peer.write(Peer.head)
    try await reaches(source, "open")
    try await peer.write("retry: 300\ndata: a\n\n")
    peer.close()
    try await reaches(source, "waiting \(Duration.milliseconds(300)) ended")
    let (again, _) = try await listener.acceptRequest()
    #expect(await present(source) == "connecting")
    try await again.write(Peer.noContent)
    again.close()
    #expect(try await events.count == 1)
    #expect(await present(source) == "finished")
  }

  @Test("An error and a break close a source, each with its reason; a source that is read again is open again")
  func closings() async throws {
    let listener = try RawListener()
    let source = EventClient().source(listener.url)
    async let outcome = outcome(of: source)
    try await listener.answer("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
    _ = await outcome
    #expect(await present(source) == "failed unexpectedStatus")
    async let events = collect(source, atMost: 1)
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(Peer.head + "data: a\n\n")
    _ = try await events
    #expect(await present(source) == "left")
  }

  @Test("Connecting is one state, also while an attempt is prepared, redirected and prepared again")
  func connectingOnce() async throws {
    let listener = try RawListener()
    var configuration = EventClientConfiguration()
    configuration.prepareAttempt = { _ in }
    let source = EventClient(configuration: configuration).source(listener.url)
    async let events = collect(source, atMost: 1)
    let first = try await listener.acceptRequest()
    let connecting = await source.state.next(after: 1)
    try await first.peer.write("HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n")
    try await listener.answer("HTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n")
    let last = try await listener.acceptRequest()
    #expect(await source.state.next(after: 1)?.version == connecting?.version)
    try await last.peer.write(Peer.head + "data: a\n\n")
    #expect(try await events.count == 1)
  }

  @Test("A task that is cancelled leaves its source")
  func cancelled() async throws {
    let listener = try RawListener()
    let source = EventClient().source(listener.url)
    try await withThrowingTaskGroup { group in
      group.addTask { _ = try await collect(source) }
      _ = try await listener.acceptRequest()
      group.cancelAll()
      try await group.waitForAll()
    }
    #expect(await present(source) == "left")
  }

  @Test("Any number of observers get a change, each of them")
  func observers() async throws {
    let state = ObservedValue(1)
    try await withThrowingTaskGroup { group in
      for _ in 0..<50 {
        group.addTask { await state.next(after: 1)?.0 }
      }
      try await eventually("50 wait") { state.waiterCount == 50 }
      state.set(2)
      for try await value in group { #expect(value == 2) }
    }
    #expect(state.waiterCount == 0)
  }

  @Test("A cancelled observer ends at once and leaves nothing behind; one that is cancelled already gets nil")
  func cancelledObserver() async throws {
    let source = EventClient().source("http://127.0.0.1/")
    await withTaskGroup { group in
      group.addTask {
        var count = 0
        for await _ in source.states { count += 1 }
        #expect(count == 1)
      }
      do { try await eventually("it waits") { source.state.waiterCount == 1 } } catch { Issue.record("\(error)") }
      group.cancelAll()
    }
    #expect(source.state.waiterCount == 0)
    let late = await withTaskGroup(of: String?.self) { group in
      group.cancelAll()
      group.addTask { await present(source) }
      return await group.next() ?? "none"
    }
    #expect(late == nil)
  }
}
