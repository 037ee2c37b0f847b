import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

private let sseResume = Product.path("sse-resume")

@Suite("The program sse-resume")
struct SSEResumeTests {
  /// A line of the follower's file.
  struct Line: Decodable, Equatable {
    struct Gap: Decodable, Equatable {
      var after: String
      var reason: String
    }
    var id: String?
    var data: String?
    var gap: Gap?
  }

  private func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sse-resume-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
  }

  /// What the follower has handled; a line that it is writing is left out.
  private func handled(in folder: URL) throws -> [Line] {
    let file = folder.appending(path: "events.jsonl")
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
    return try text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
  }

  private func position(in folder: URL) -> String? {
    try? String(contentsOf: folder.appending(path: "last-event-id"), encoding: .utf8)
  }

  @Test("killed again and again at random moments, it loses no number and handles none twice", .timeLimit(.minutes(2)))
  func kills() async throws {
    let numbers = Topic(history: 1_000_000)
    var router = Router()
    router.events("/numbers", from: numbers)
    var generator = SeededGenerator(seed: 4)
    try await withFolder { folder in
      try await withEventServer(router, timeLimit: .seconds(110)) { baseURL in
        let arguments = ["follow", (baseURL / "numbers").absoluteString, "--folder", folder.path()]
        let published = Recorder<Int>()
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask {
            for number in 1... {
              if Task.isCancelled { break }
              try await numbers.publish(ServerSentEvent(data: "\(number)"))
              published.note(number)
              try? await Task.sleep(for: .milliseconds(1))  // Its cancellation ends the loop.
            }
          }
          for run in 1...25 {
            let before = try handled(in: folder).count
            try await withRunningProgram(sseResume, arguments) { follower in
              // The first needs a position; most of the others handle some events, a few are killed before they can.
              if run == 1 || run % 4 != 0 {
                try await eventually("run \(run) handles events") { try handled(in: folder).count > before + 1 }
              }
              try await Task.sleep(for: .microseconds(Int.random(in: 0...30_000, using: &generator)))
              follower.send(SIGKILL)
              try await eventually("it is dead") { follower.exitStatus != nil }
            }
          }
          group.cancelAll()
          try await group.waitForAll()
        }
        let last = "\(published.count)"
        try await withRunningProgram(sseResume, arguments) { _ in
          try await eventually("it has handled \(last)", within: .seconds(60)) {
            try handled(in: folder).last?.data == last
          }
        }
        // It begins with what comes after its first connect.
        let lines = try handled(in: folder)
        let first = try #require(lines.first?.data.flatMap { Int($0) })
        #expect(lines.map(\.data) == (first...published.count).map { "\($0)" })
        #expect(lines.allSatisfy { $0.gap == nil })
        #expect(lines.count > 25)
      }
    }
  }

  /// The two moments at which a kill leaves the files apart.
  @Test("an event that was handled, its ID not stored, is not handled again; one that was not is handled now")
  func crashes() async throws {
    let numbers = Topic()
    var router = Router()
    router.events("/numbers", from: numbers)
    try await withFolder { folder in
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      var ids: [String] = []
      for number in 1...3 { ids.append(try await numbers.publish(ServerSentEvent(data: "\(number)"))) }
      let lines = [1, 2].map { #"{"data":"\#($0)","id":"\#(ids[$0 - 1])","type":"message"}"# }
      try Data("\(lines[0])\n\(lines[1])\n{\"data\":\"3".utf8).write(to: folder.appending(path: "events.jsonl"))
      try Data(ids[0].utf8).write(to: folder.appending(path: "last-event-id"))
      try await withEventServer(router) { baseURL in
        try await withRunningProgram(
          sseResume, ["follow", (baseURL / "numbers").absoluteString, "--folder", folder.path()]
        ) { follower in
          try await eventually("it stores the last ID") { position(in: folder) == ids[2] }
          let line = try await follower.output(matching: /sse-resume: (goes on behind .*)\n/)
          #expect(line == "goes on behind \(ids[0])")
        }
      }
      #expect(try handled(in: folder).map(\.data) == ["1", "2", "3"])
    }
  }

  @Test("a server that has lost its history makes a gap, which is noted")
  func gap() async throws {
    let numbers = Topic()
    var router = Router()
    router.events("/numbers", from: numbers)
    try await withFolder { folder in
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data("other-17".utf8).write(to: folder.appending(path: "last-event-id"))
      try await withEventServer(router) { baseURL in
        try await withRunningProgram(
          sseResume, ["follow", (baseURL / "numbers").absoluteString, "--folder", folder.path()]
        ) { follower in
          _ = try await follower.output(matching: /events (behind other-17) are missing/)
          let id = try await numbers.publish(ServerSentEvent(data: "1"))
          try await eventually("it goes on") { position(in: folder) == id }
        }
      }
      let lines = try handled(in: folder)
      #expect(lines.count == 2)
      #expect(lines.first?.gap?.after == "other-17")
      #expect(lines.last?.data == "1")
    }
  }

  @Test("what would control the terminal is shown, and kept as it is in the file")
  func controls() async throws {
    let listener = try RawListener()
    try await withFolder { folder in
      try await withRunningProgram(sseResume, ["follow", listener.url, "--folder", folder.path()]) { follower in
        let connection = try await listener.accept()
        try await connection.read(through: "\r\n\r\n")
        try await connection.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        try await connection.write("id: 1\ndata: \u{1B}[31mred\n\n")
        #expect(try await follower.output(matching: /1 (.*red)\n/) == #"\u{1B}[31mred"#)
      }
      #expect(try handled(in: folder).first?.data == "\u{1B}[31mred")
    }
  }

  @Test("the server's numbers can be resumed, and the follower may be first")
  func serving() async throws {
    try await withFolder { folder in
      try await withRunningProgram(sseResume, ["--port", "0", "--interval-ms", "20"]) { server in
        let url = try await server.output(matching: /(http:\S+\/numbers)\n/)
        for count in [3, 6] {
          try await withRunningProgram(sseResume, ["follow", url, "--folder", folder.path()]) { _ in
            try await eventually("\(count) numbers") { try handled(in: folder).count >= count }
          }
        }
        let numbers = try handled(in: folder).compactMap { $0.data.flatMap { Int($0) } }
        let first = try #require(numbers.first)
        #expect(numbers == Array(first..<(first + numbers.count)))
        server.send(SIGTERM)
        try await eventually("it has ended with 0") { server.exitStatus == 0 }
      }
      // Port 1 is a service that no machine of today has: the follower waits for it.
      try await withRunningProgram(sseResume, ["follow", "http://127.0.0.1:1/", "--folder", folder.path()]) {
        follower in
        _ = try await follower.output(matching: /refused.* (\(again in .*\))\n/)
        #expect(follower.exitStatus == nil)
      }
    }
  }
}
