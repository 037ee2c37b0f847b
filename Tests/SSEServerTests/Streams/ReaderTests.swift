import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("A reader that leaves, or is slow")
struct ReaderTests {
  /// What a handler waits for when its reader leaves.
  enum Waiting: String, CaseIterable {
    case eventLoopClock, continuousClock, anotherSequence, slowReader

    func run(_ events: EventWriter) async throws {
      switch self {
      case .eventLoopClock: try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
      case .continuousClock: try await Task.sleep(for: .seconds(3_600), clock: .continuous)
      case .anotherSequence: for await _ in AsyncStream<Int>(unfolding: { await Self.never() }) {}
      case .slowReader:
        while !Task.isCancelled { try await events.send(String(repeating: "x", count: 10_000)) }
      }
    }

    private static func never() async -> Int? {
      try? await Task.sleep(for: .seconds(3_600), clock: .continuous)  // Cancelled: the sequence ends.
      return nil
    }
  }

  enum Leaving: String, CaseIterable {
    case closing, resetting, halfClosing

    func leave(_ reader: RawConnection) {
      switch self {
      case .closing: reader.close()
      case .resetting: reader.reset()
      case .halfClosing: reader.shutDownWriting()
      }
    }
  }

  /// A route whose handler says when it begins to wait and when it was cancelled.
  static func router(_ waiting: Waiting, _ notes: Recorder<String>) -> Router {
    var router = Router()
    router.events("/") { _, events in
      try await events.send("hello")
      await withTaskCancellationHandler {
        notes.note("waits")
        do { try await waiting.run(events) } catch {}  // Cancelled, or the reader has left: the same here.
        notes.note("returned")
      } onCancel: {
        notes.note("cancelled")
      }
    }
    return router
  }

  @Test("S9: the handler is cancelled", arguments: Waiting.allCases, Leaving.allCases)
  func leaves(_ waiting: Waiting, _ leaving: Leaving) async throws {
    let notes = Recorder<String>()
    try await withEventServer(Self.router(waiting, notes)) { baseURL in
      let reader = try await RawConnection.get("/", at: baseURL)
      try await reader.read(through: "data: hello\n\n")
      try await notes.wait(for: "waits")
      leaving.leave(reader)
      try await notes.wait(for: "cancelled")
      try await notes.wait(for: "returned")
    }
  }

  @Test("S9: with half-closing allowed a reader that half-closes stays, after one comment")
  func halfCloseAllowed() async throws {
    var configuration = EventServerConfiguration()
    configuration.halfClose = .allowed
    let (steps, step) = AsyncStream.makeStream(of: Void.self)
    var router = Router()
    router.events("/") { _, events in
      try await events.send("before")
      for await _ in steps { try await events.send("after") }
    }
    try await withEventServer(router, configuration: configuration) { baseURL in
      let reader = try await RawConnection.get("/", at: baseURL)
      try await reader.read(through: "data: before\n\n")
      reader.shutDownWriting()
      try await reader.read(through: ":\n\n")
      step.yield()
      try await reader.read(through: "data: after\n\n")
      step.finish()
      try await reader.read(through: "0\r\n\r\n")
    }
  }

  @Test("S9: the closure that makes a sequence is cancelled too")
  func leavesBeforeTheSequence() async throws {
    let notes = Recorder<String>()
    var configuration = EventServerConfiguration()
    configuration.headDelay = .zero
    var router = Router()
    router.events("/") { _ in
      try await withTaskCancellationHandler {
        try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
      } onCancel: {
        notes.note("cancelled")
      }
      return AsyncStream<ServerSentEvent> { _ in }
    }
    try await withEventServer(router, configuration: configuration) { baseURL in
      let reader = try await RawConnection.get("/", at: baseURL)
      _ = try await reader.readHead()
      reader.close()
      try await notes.wait(for: "cancelled")
    }
  }

  @Test("S9: with half-closing allowed nothing follows the last chunk")
  func halfCloseAtTheEnd() async throws {
    var configuration = EventServerConfiguration()
    configuration.halfClose = .allowed
    let sent = Recorder<Bool>()
    var router = Router()
    router.events("/") { _, events in
      try await events.send(String(repeating: "x", count: 12_000_000))
      sent.note(true)
    }
    try await withEventServer(router, timeLimit: .seconds(60), configuration: configuration) { baseURL in
      let reader = try await RawConnection.get("/", at: baseURL, receiveBuffer: 65_536)
      try await sent.wait(for: true)
      reader.shutDownWriting()
      let text = try await reader.readToEnd()
      #expect(text.hasSuffix("x\n\n\r\n0\r\n\r\n"))
    }
  }

  @Test("S9: with half-closing allowed a reader that has gone answers the comment with a reset, and has left")
  func goneWithHalfCloseAllowed() async throws {
    var configuration = EventServerConfiguration()
    configuration.halfClose = .allowed
    let notes = Recorder<String>()
    try await withEventServer(Self.router(.eventLoopClock, notes), configuration: configuration) { baseURL in
      let reader = try await RawConnection.get("/", at: baseURL)
      try await reader.read(through: "data: hello\n\n")
      reader.close()
      try await notes.wait(for: "cancelled")
    }
  }

  @Test("S9: what comes of a further request is kept for it")
  func pipelined() async throws {
    let (steps, step) = AsyncStream.makeStream(of: Void.self)
    var router = Router()
    router.events("/first") { _, events in
      try await events.send("waiting")
      for await _ in steps {}
    }
    router.events("/second") { _, events in try await events.send("second") }
    try await withEventServer(router) { baseURL in
      let reader = try await RawConnection.get("/first", at: baseURL)
      try await reader.read(through: "data: waiting\n\n")
      try await reader.write("GET /second HTTP/1.1\r\nHost: test\r\n")
      try await reader.write("Connection: close\r\n\r\n")
      step.finish()
      _ = try await reader.readChunkedRest()
      let second = try await reader.readUntilClose()
      #expect(second.chunks == ["data: second\n\n", ""])
    }
  }

  @Test("S9: more than the server keeps of a further request does not hide a leave")
  func floodThenLeave() async throws {
    let notes = Recorder<String>()
    try await withEventServer(Self.router(.eventLoopClock, notes)) { baseURL in
      let reader = try await RawConnection.get("/", at: baseURL)
      try await reader.read(through: "data: hello\n\n")
      try await reader.write([UInt8](repeating: UInt8(ascii: "x"), count: 60_000))
      reader.shutDownWriting()
      try await notes.wait(for: "cancelled")
    }
  }

  @Test("S9b: readers that reset during a storm of events do not end the server")
  func storm() async throws {
    var router = Router()
    router.events("/storm") { _, events in
      while !Task.isCancelled { try await events.send(String(repeating: "x", count: 1_000)) }
    }
    router.get("/") { _ in .text("alive") }
    try await withEventServer(router) { baseURL in
      try await withThrowingTaskGroup { group in
        for _ in 0..<30 {
          group.addTask {
            let reader = try await RawConnection.get("/storm", at: baseURL)
            try await reader.read(through: "xxx")
            reader.reset()
          }
        }
        try await group.waitForAll()
      }
      let other = try await RawConnection.get("/", at: baseURL)
      let head = try await other.readHead()
      #expect(head.hasPrefix("HTTP/1.1 200"))
    }
  }

  @Test("S15: sending faster than the reader reads suspends, and nothing is lost")
  func backPressure() async throws {
    let total = 12_000
    let sent = Recorder<Int>()
    var router = Router()
    router.events("/") { _, events in
      for index in 0..<total {
        try await events.send("\(index) \(String(repeating: "x", count: 1_000))")
        if index % 100 == 0 { sent.note(index) }
      }
    }
    try await withEventServer(router, timeLimit: .seconds(60)) { baseURL in
      let reader = try await RawConnection.get("/", at: baseURL, receiveBuffer: 65_536)
      _ = try await reader.readHead()
      try await standstill(of: sent)
      // Both kernels' buffers and our 64 KiB, not the 12 MB.
      #expect(sent.count * 100 * 1_000 < 8_000_000)
      let body = try await reader.readChunkedRest()
      let chunks = try #require(RawStream(head: "", body: body).chunks)
      #expect(chunks.count == total + 1)
      #expect(chunks.enumerated().allSatisfy { $0.offset == total || $0.element.hasPrefix("data: \($0.offset) ") })
    }
  }
}

extension RawConnection {
  /// The rest of a chunked body, through its last chunk.
  func readChunkedRest() async throws -> String { try await read(through: "\r\n0\r\n\r\n") }
}
