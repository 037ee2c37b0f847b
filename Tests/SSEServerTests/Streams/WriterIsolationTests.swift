import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite("S11b: a writer may be used from anywhere, in order for each caller")
struct WriterIsolationTests {
  static let count = 200

  /// What one caller sends: its name and a number.
  static func send(_ name: String, to events: EventWriter) async throws {
    for index in 0..<count { try await events.send("\(name) \(index)") }
  }

  actor Sender {
    func send(to events: EventWriter) async throws {
      for index in 0..<count { try await events.send("actor \(index)") }
    }
  }

  @MainActor static func sendOnMainActor(to events: EventWriter) async throws {
    for index in 0..<count { try await events.send("main \(index)") }
  }

  /// The numbers that a reader got from one caller.
  static func numbers(_ name: String, in response: RawStream) -> [Int] {
    (response.chunks ?? []).compactMap { chunk in
      chunk.hasPrefix("data: \(name) ") ? Int(chunk.dropFirst("data: \(name) ".count).dropLast(2)) : nil
    }
  }

  private func check(_ callers: [String], _ handler: @escaping Router.EventHandler) async throws {
    var router = Router()
    router.events("/", handler)
    try await withEventServer(router) { baseURL in
      let response = try await RawConnection.get("/", at: baseURL).readThroughLastChunk()
      #expect(response.chunks?.count == callers.count * Self.count + 1)
      for caller in callers {
        #expect(Self.numbers(caller, in: response) == Array(0..<Self.count), "\(caller)")
      }
    }
  }

  @Test("S11b: a handler on the main actor")
  func mainActorHandler() async throws {
    try await check(["main"]) { @MainActor _, events in try await Self.sendOnMainActor(to: events) }
  }

  @Test("S11b: an actor")
  func actor() async throws {
    try await check(["actor"]) { _, events in try await Sender().send(to: events) }
  }

  @Test("S11b: async let and child tasks, all at once")
  func concurrently() async throws {
    try await check(["let", "handler", "child 1", "child 2", "actor", "main"]) { _, events in
      async let other: Void = Self.send("let", to: events)
      async let main: Void = Self.sendOnMainActor(to: events)
      async let actor: Void = Sender().send(to: events)
      try await Self.send("handler", to: events)
      try await withThrowingTaskGroup { group in
        for name in ["child 1", "child 2"] { group.addTask { try await Self.send(name, to: events) } }
        try await group.waitForAll()
      }
      _ = try await (other, main, actor)
    }
  }
}
