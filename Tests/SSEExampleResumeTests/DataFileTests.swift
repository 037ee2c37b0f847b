import Foundation
import SSEClient
import SSEServer
import SSETestSupport
import Testing

private let sseResume = Product.path("sse-resume")

/// The server of numbers keeps them in a file: an event whose ID `publish` has given is never lost, whatever ends the
/// process.
@Suite("The program sse-resume with a file")
struct DataFileTests {
  private func withFile(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sse-resume-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.appending(path: "numbers.log"))
  }

  /// The numbers that a file holds, with their IDs, the last 10,000 at most.
  private func numbers(in file: URL) async throws -> [(id: String, number: Int)] {
    let topic = try Topic(log: .file(file), history: 10_000)
    guard let newest = topic.newest, let id = newest.id, let last = Int(newest.data) else { return [] }
    let epoch = try #require(id.split(separator: "-").first)
    var numbers: [(String, Int)] = []
    for try await event in topic.subscribe(after: "\(epoch)-\(max(0, last - 10_000))") {
      numbers.append((try #require(event.id), try #require(Int(event.data))))
      if event.id == id { break }
    }
    return numbers
  }

  /// What the program has written that is whole: numbers with their IDs.
  private func shown(_ output: String) -> [(id: Substring, number: Int)] {
    output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().compactMap { line in
      let words = line.split(separator: " ")
      guard words.count == 2, let number = Int(words[1]) else { return nil }
      return (words[0], number)
    }
  }

  @Test(
    "killed at random moments while it publishes at full speed, it has kept every acknowledged number, in order",
    .timeLimit(.minutes(3)))
  func kills() async throws {
    var generator = SeededGenerator(seed: 11)
    try await withFile { file in
      var epochs: Set<Substring> = []
      var last = 0
      for run in 1...25 {
        var acknowledged: [(id: Substring, number: Int)] = []
        try await withRunningProgram(
          sseResume, ["--port", "0", "--interval-ms", "0", "--show", "--data", file.path()]
        ) { server in
          _ = try await server.output(matching: /\w-\d+ (\d+)\n/)
          try await Task.sleep(for: .microseconds(Int.random(in: 0...200_000, using: &generator)))
          server.send(SIGKILL)
          try await eventually("it is dead") { server.exitStatus != nil }
          acknowledged = shown(server.output)
        }
        // It went on behind the last number that was kept, which may not have been acknowledged.
        let first = try #require(acknowledged.first)
        let newest = try #require(acknowledged.last)
        #expect(first.number == last + 1, "run \(run)")
        #expect(acknowledged.map(\.number) == Array(first.number...newest.number))

        let kept = try await numbers(in: file)
        last = try #require(kept.last?.number)
        #expect(last == newest.number || last == newest.number + 1, "run \(run)")
        #expect(kept.map(\.number) == Array((last - kept.count + 1)...last), "run \(run)")
        #expect(kept.count == min(last, 10_000))
        // Each ID's sequence is the number: nothing was lost, and nothing came twice.
        #expect(kept.allSatisfy { $0.id.hasSuffix("-\($0.number)") })
        epochs.formUnion(kept.map { $0.id.prefix { $0 != "-" } })
        epochs.formUnion(acknowledged.map { $0.id.prefix { $0 != "-" } })
      }
      #expect(epochs.count == 1)
      #expect(FileManager.default.fileExists(atPath: file.path() + ".old"), "a file was left for a new one meanwhile")
    }
  }

  @Test("a reader goes on through a kill of the server, without a gap or a double")
  func reader() async throws {
    try await withFile { file in
      var arguments = ["--port", "0", "--interval-ms", "1", "--data", file.path()]
      var numbers: [Int] = []
      var lastID = ""
      for run in 1...4 {
        try await withRunningProgram(sseResume, arguments) { server in
          let url = try await server.output(matching: /(http:\S+\/numbers)\n/)
          var request = EventRequest(url, lastEventID: lastID)
          request.reconnect = .never
          for try await message in EventClient().source(request).messages {
            if case .gap(let gap) = message { Issue.record("run \(run): \(gap)") }
            guard case .event(let event) = message else { continue }
            lastID = event.lastEventID
            numbers.append(try #require(Int(event.data)))
            if numbers.count == 50 * run { break }
          }
          // On the same port, as a reader would find it.
          arguments[1] = "\(try await server.port())"
          server.send(SIGKILL)
          try await eventually("it is dead") { server.exitStatus != nil }
        }
      }
      let first = try #require(numbers.first)
      #expect(numbers == Array(first..<(first + 200)))
    }
  }

  @Test("a full disk ends it with what is wrong; what was acknowledged is kept, and it goes on when there is room")
  func fullDisk() async throws {
    try await withFile { file in
      let arguments = ["--port", "0", "--interval-ms", "0", "--show", "--data", file.path()]
      // A limit of a file's size stands for the disk's: 40 KiB.
      let result = try await Program.run(
        "bash", ["-c", #"trap "" XFSZ; ulimit -f 40; exec "$0" "$@""#, sseResume] + arguments)
      #expect(result.status == 1)
      let reason = "cannot write to it: File too large; raise the limit of a file's size"
      #expect(result.errors == "sse-resume: the topic's file \(file.path()): \(reason)\n")
      let acknowledged = shown(result.output)
      #expect(acknowledged.count > 100)
      let kept = try await numbers(in: file)
      #expect(kept.map(\.number) == acknowledged.map(\.number))
      try await withRunningProgram(sseResume, arguments) { server in
        let number = try await server.output(matching: /\w-\d+ (\d+)\n/)
        #expect(Int(number) == acknowledged.count + 1)
      }
    }
  }

  @Test("a file that another process has open is refused, by it and by this one")
  func inUse() async throws {
    try await withFile { file in
      let arguments = ["--port", "0", "--show", "--data", file.path()]
      try await withRunningProgram(sseResume, arguments) { server in
        _ = try await server.output(matching: /\w-\d+ (\d+)\n/)
        #expect(throws: TopicError.file(path: file.path(), .inUse)) { try Topic(log: .file(file)) }
        let second = try await Program.run(sseResume, arguments)
        #expect(second.status == 1)
        #expect(second.errors.contains("another topic has it open"))
      }
    }
  }
}
