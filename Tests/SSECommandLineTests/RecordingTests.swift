import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@testable import SSECommandLine

@Suite("Recordings", .timeLimit(.minutes(1)))
struct RecordingTests {
  private func events(of path: String) throws -> [RecordedEvent] {
    var reader = try RecordingReader(path: path)
    var events: [RecordedEvent] = []
    while let event = try reader.next() { events.append(event) }
    return events
  }

  @Test("what was recorded is what comes back, whatever is in it")
  func roundTrip() async throws {
    let original = [
      ServerSentEvent(data: "", type: "message"),
      ServerSentEvent(data: "line\nline \"\\/\u{1B}\u{0}é😀\u{2028}", type: "tick", id: "", retry: .milliseconds(1)),
      ServerSentEvent(data: String(repeating: "x", count: 1_000_000), id: "7"),
    ]
    try await withFolder { folder in
      let path = folder.appending(path: "recording").path()
      let output = try Output(path: path)
      for (number, event) in original.enumerated() {
        try output.write(RecordedEvent(event, time: Double(number) / 10).line())
      }
      let found = try events(of: path)
      #expect(found.map(\.event) == original)
      #expect(found.map(\.time) == [0, 0.1, 0.2])
    }
  }

  @Test("each event is in the file as soon as it is printed, also one that is not printed, and can be replayed")
  func record() async throws {
    let listener = try RawListener()
    try await withFolder { folder in
      let path = folder.appending(path: "recording").path()
      let words = ["listen", listener.url, "--record", path, "--type", "b"]
      try await withRunningProgram(sse, words) { program in
        let (peer, _) = try await listener.acceptRequest()
        try await peer.write(Peer.head + "event: a\nid: 1\ndata: x\n\nevent: b\ndata: y\ndata: z\n\n")
        _ = try await program.output(matching: /(y\nz\n)/)
        program.send(SIGKILL)
      }
      let recorded = try events(of: path)
      #expect(recorded.map(\.data) == ["x", "y\nz"])
      #expect(recorded.map(\.type) == ["a", "b"])
      #expect(recorded.map(\.id) == ["1", nil])
      let replayed = try await Program.run(sse, ["listen", "--replay", path, "--raw", "--speed", "1000"])
      #expect(replayed.output == "event: a\nid: 1\ndata: x\n\nevent: b\ndata: y\ndata: z\n\n")
      #expect(replayed.status == 0)
    }
  }

  @Test("a replay is chosen from and ended like a stream")
  func replay() async throws {
    try await withFolder { folder in
      let path = folder.appending(path: "recording").path()
      let lines = (1...5).map { #"{"time":\#(Double($0) / 1_000),"type":"t\#($0 % 2)","data":"{\"n\":\#($0)}"}"# }
      // The last line has no end.
      try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
      let all = try await Program.run(sse, ["listen", "--replay", path, "--json", "n"])
      #expect(all.output == "1\n2\n3\n4\n5\n")
      let some = try await Program.run(sse, ["listen", "--replay", path, "--type", "t1", "--max", "2"])
      #expect(some.output == "{\"n\":1}\n{\"n\":3}\n")
      let none = try await Program.run(sse, ["listen", "--replay", path, "--type", "t3"])
      #expect(none.status == 3)
    }
  }

  @Test(
    "a line that is no event is named, after those before it",
    arguments: [
      "", "{", "data: x", #"{"time":1,"data":"x"}"#, #"{"time":"1","type":"a","data":"x"}"#,
      #"{"time":-1,"type":"a","data":"x"}"#, #"{"time":1e300,"type":"a","data":"x"}"#,
    ])
  func broken(line: String) async throws {
    try await withFolder { folder in
      let path = folder.appending(path: "recording").path()
      try (#"{"time":0,"type":"message","data":"first"}"# + "\n\(line)\n").write(
        toFile: path, atomically: true, encoding: .utf8)
      let result = try await Program.run(sse, ["listen", "--replay", path])
      #expect(result.output == "first\n")
      #expect(result.errors.hasPrefix("sse: \(path): line 2 is no event of a recording"))
      #expect(result.status == 1)
    }
  }

  @Test("an empty file is an empty recording")
  func empty() async throws {
    let result = try await Program.run(sse, ["listen", "--replay", "/dev/null"])
    #expect(result.status == 3)
    #expect(result.errors.isEmpty)
  }
}
