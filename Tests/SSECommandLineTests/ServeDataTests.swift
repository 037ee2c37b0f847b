import Foundation
import SSEServer
import SSETestSupport
import Testing

@testable import SSECommandLine

@Suite("sse serve --data", .timeLimit(.minutes(2)))
struct ServeDataTests {
  /// Runs a hub on a folder while `body` runs.
  private func withHub(
    on folder: URL, _ options: [String] = [], _ body: (_ hub: RunningProgram, _ port: Int) async throws -> Void
  ) async throws {
    let words = ["serve", "--port", "0", "--data", folder.path(), "--history", "100000"] + options
    try await withRunningProgram(sse, words) { hub in try await body(hub, try await hub.port()) }
  }

  @Test("after a restart topics go on: the same IDs, and what was published before")
  func restart() async throws {
    try await withFolder { folder in
      let data = folder.appending(path: "new/folder")
      var id = ""
      try await withHub(on: data) { _, port in
        id = try await ask(port, "POST", "/publish?topic=a.b&type=t", body: "1").body
      }
      #expect(FileManager.default.fileExists(atPath: data.appending(path: "a.b.log").path()))
      try await withHub(on: data) { _, port in
        let reader = try await read(port, "/events?topic=a.b&lastEventID=earliest")
        let text = try await reader.read(through: "data: 1\n\n")
        let read = try #require(text.firstMatch(of: /event: t\nid: (\S+)\n/)).1
        #expect(id == #"{"id":"\#(read)"}"#)
        let next = try await ask(port, "POST", "/publish?topic=a.b", body: "2")
        #expect(next.body == #"{"id":"\#(read.dropLast())2"}"#)
      }
    }
  }

  @Test("every name has a file of its own, whatever it is made of; a topic that is only read leaves none for ever")
  func names() async throws {
    let names = [".", "..", "-", "a", "a.log", "a.log.old", ".hidden", String(repeating: "x", count: 64)]
    try await withFolder { folder in
      do {
        let topics = try HubTopics(folder: try HubFolder(folder.path()))
        for name in names { try await topics.topic(name, for: .publisher).publish(name) }
        _ = try topics.topic("read", for: .reader, now: 1)
      }
      let settings = HubTopics.Settings(most: names.count + 1)
      let again = try HubTopics(settings, folder: try HubFolder(folder.path()))
      #expect(again.byName.keys.sorted() == (names + ["read"]).sorted())
      for name in names { #expect(await again.byName[name]?.metrics().eventsPublished == 1) }
      // Room for another one is that of the name that was only read.
      _ = try again.topic("new", for: .publisher, now: .max)
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "read.log").path()))
    }
  }

  @Test("kill -9 in the middle of a publish storm: each event that was answered for is there after the restart, once")
  func kill() async throws {
    try await withFolder { folder in
      let answered = Recorder<Publication>()
      for round in 1...10 {
        try await withHub(on: folder) { hub, port in
          // At a moment that is another one each time.
          let enough = answered.values.count + Int.random(in: 1...400)
          await withTaskGroup { group in
            for writer in 1...4 {
              // Each ends when its connection is cut.
              group.addTask { try? await publish("\(round)-\(writer)", to: port, answered) }
            }
            group.addTask {
              try? await eventually("enough was published") { answered.values.count >= enough }
              hub.send(SIGKILL)
            }
          }
          try await eventually("it is dead") { hub.exitStatus == SIGKILL }
        }
      }
      try await withHub(on: folder) { _, port in
        let stored = try await everything(port)
        #expect(stored.count >= answered.values.count)
        let sequences = stored.map(\.sequence)
        #expect(sequences == Array(1...stored.count))
        let data = Dictionary(uniqueKeysWithValues: stored.map { ($0.id, $0.data) })
        for event in answered.values where data[event.id] != event.data {
          Issue.record("\(event.id), \(event.data), is \(data[event.id] ?? "not there")")
        }
      }
    }
  }

  @Test("a folder that cannot be made, and one with more topics than there may be, are one line and 1")
  func refused() async throws {
    try await withFolder { folder in
      let file = folder.appending(path: "file").path()
      try Data().write(to: URL(fileURLWithPath: file))
      let unusable = try await Program.run(sse, ["serve", "--port", "0", "--data", file])
      #expect(unusable.status == 1)
      #expect(unusable.errors.hasPrefix("sse: cannot use the folder \(file)"))
      for name in ["a", "b"] { try Data().write(to: folder.appending(path: "\(name).log")) }
      let full = try await Program.run(
        sse, ["serve", "--port", "0", "--data", folder.path(), "--max-topics", "1"])
      #expect(full.status == 1)
      #expect(full.errors.contains("2 topics, more than the 1"))
    }
  }

  @Test("a folder in which nothing can be made is refused at the start")
  func unwritable() async throws {
    try await withFolder { folder in
      let data = folder.appending(path: "data")
      try FileManager.default.createDirectory(at: data, withIntermediateDirectories: false)
      var words = [sse, "serve", "--port", "0", "--data", data.path()]
      if geteuid() == 0 {
        // To whom every folder is writable: it has to be another user, who can reach a copy of the program.
        for url in [folder, data] {
          try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path())
        }
        words[0] = folder.appending(path: "sse").path()
        try FileManager.default.copyItem(atPath: sse, toPath: words[0])
        words = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] + words
      } else {
        try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: data.path())
      }
      let refused = try await Program.run(words[0], Array(words.dropFirst()))
      #expect(refused.status == 1)
      #expect(refused.errors == "sse: cannot use the folder \(data.path()): Permission denied\n")
    }
  }

  @Test("why a folder cannot be made is the system's word")
  func reason() async throws {
    try await withFolder { folder in
      let file = folder.appending(path: "file").path()
      try Data().write(to: URL(fileURLWithPath: file))
      let error = #expect(throws: HubFolderError.self) { _ = try HubFolder("\(file)/sub") }
      #expect(error == .unusable("\(file)/sub", reason: "Not a directory"))
    }
  }

  @Test("an event for which its file has no room is refused; the hub goes on, and a restart has what was taken")
  func fullFile() async throws {
    try await withFolder { folder in
      // At 16 KiB the system sends a signal that would end the process.
      let words = ["-c", #"ulimit -f 16; exec "$0" serve --port 0 --data "$1""#, sse, folder.path()]
      var answers: [HubAnswer] = []
      try await withRunningProgram("bash", words) { program in
        let port = try await program.port()
        let body = String(repeating: "x", count: 6_000)
        for _ in 1...3 { answers.append(try await ask(port, "POST", "/publish", body: body)) }
        #expect(answers.map(\.status) == [202, 202, 500])
        #expect(answers[2].body.contains("nothing was published"))
        answers.append(try await ask(port, "POST", "/publish", body: "small"))
        #expect(answers[3].status == 202)
        #expect(try await ask(port, "POST", "/publish?topic=other", body: body).status == 202)
      }
      try await withHub(on: folder) { _, port in
        let reader = try await read(port, "/events?lastEventID=earliest")
        let text = try await reader.read(through: "data: small\n\n")
        let ids = text.matches(of: /id: (\S+)\n/).map { #"{"id":"\#($0.1)"}"# }
        #expect(ids == answers.filter { $0.status == 202 }.map(\.body))
      }
    }
  }

  @Test("a second hub on the same folder is refused")
  func twice() async throws {
    try await withFolder { folder in
      try await withHub(on: folder) { _, port in
        _ = try await ask(port, "POST", "/publish", body: "1")
        let second = try await Program.run(sse, ["serve", "--port", "0", "--data", folder.path()])
        #expect(second.status == 1)
        #expect(second.errors.contains("another topic has it open"))
      }
    }
  }

  // MARK: - A storm

  private struct Publication: Sendable {
    let id: String
    let data: String
  }

  /// Publishes on one connection until that is cut, and notes each event that was answered for.
  private func publish(_ name: String, to port: Int, _ answered: Recorder<Publication>) async throws {
    let connection = try await RawConnection.connect(port: port)
    defer { connection.close() }
    for number in 1...100_000 {
      let data = "\(name)-\(number)"
      // A connection is kept for a thousand requests.
      if number % 999 == 0 { return }
      try await connection.write(
        "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(data.utf8.count)\r\n\r\n\(data)")
      let answer = try await connection.read(through: "}")
      guard answer.hasPrefix("HTTP/1.1 202 "), let id = answer.firstMatch(of: /"id":"([^"]+)"/)?.1 else {
        Issue.record("\(answer)")
        return
      }
      answered.note(Publication(id: String(id), data: data))
    }
  }

  private struct StoredEvent: Decodable {
    let id: String
    let data: String
    var sequence: Int { Int(id.split(separator: "-").last ?? "") ?? 0 }
  }

  /// All events of the topic that those publish to who name none.
  private func everything(_ port: Int) async throws -> [StoredEvent] {
    let metrics = try await ask(port, "GET", "/metrics").body
    let count = try #require(metrics.firstMatch(of: /sse_topic_held_events{topic="default"} (\d+)\n/)).1
    let url = "http://127.0.0.1:\(port)/events?lastEventID=earliest"
    let lines = try await Program.run(sse, ["listen", url, "--jsonl", "--no-proxy", "--max", String(count)])
    #expect(lines.errors == "")
    return try lines.output.split(separator: "\n").map {
      try JSONDecoder().decode(StoredEvent.self, from: Data($0.utf8))
    }
  }
}
