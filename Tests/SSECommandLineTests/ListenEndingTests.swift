import Foundation
import SSETestSupport
import Testing

@testable import SSECommandLine

@Suite("How sse listen ends", .timeLimit(.minutes(1)))
struct ListenEndingTests {
  @Test("a signal closes the connection and gives the status that shells give", arguments: [SIGINT, SIGTERM])
  func signals(signal: Int32) async throws {
    let listener = try RawListener()
    try await withRunningProgram(sse, ["listen", listener.url]) { program in
      let (peer, _) = try await listener.acceptRequest()
      try await peer.write(Peer.head + "data: a\n\n")
      _ = try await program.output(matching: /(a)\n/)
      try await program.sendOnceCaught(signal)
      #expect(try await peer.ending() == .endOfFile)
      try await eventually("it ends") { program.exitStatus == 128 + signal }
      #expect(program.output == "a\n")
    }
  }

  @Test("a signal ends it while it connects, waits to connect again, or replays")
  func signalsWhileWaiting() async throws {
    let silent = try RawListener()
    let ending = try RawListener()
    try await withFolder { folder in
      let recording = folder.appending(path: "recording").path()
      try #"{"time":1000,"type":"message","data":"x"}"#.write(toFile: recording, atomically: true, encoding: .utf8)
      for words in [["listen", silent.url], ["listen", ending.url], ["listen", "--replay", recording]] {
        try await withRunningProgram(sse, words) { program in
          if words.last == ending.url {
            let (peer, _) = try await ending.acceptRequest()
            try await peer.write(Peer.head + "retry: 100000\n\n")
            peer.close()
            _ = try await program.output(matching: /(again in 100)/)
          }
          try await program.sendOnceCaught(SIGTERM)
          try await eventually("it ends") { program.exitStatus == 143 }
        }
      }
    }
  }

  @Test("a signal ends it while nobody takes its output")
  func signalWhileBlocked() async throws {
    let listener = try RawListener()
    try await withFolder { folder in
      let pipe = folder.appending(path: "pipe").path()
      try #require(mkfifo(pipe, 0o600) == 0)
      let reader = open(pipe, O_RDWR)
      defer { close(reader) }
      try await withRunningProgram("sh", ["-c", "exec '\(sse)' listen \(listener.url) > '\(pipe)'"]) { program in
        let (peer, _) = try await listener.acceptRequest()
        // More than the pipe holds, and no more than the sockets do.
        let line = "data: \(String(repeating: "x", count: 1_000))\n\n"
        try await peer.write(Peer.head + String(repeating: line, count: 100))
        try await eventually("the pipe is full") {
          var count: Int32 = 0
          return ioctl(reader, UInt(FIONREAD), &count) == 0 && count > 60_000
        }
        try await program.sendOnceCaught(SIGTERM)
        try await eventually("it ends") { program.exitStatus == 143 }
        _ = try await peer.ending()
      }
    }
  }

  @Test(
    "a signal ends it while it waits for its input",
    arguments: ["http://127.0.0.1:1/ -d @- < PIPE", "http://127.0.0.1:1/ -d @PIPE", "--replay PIPE"])
  func signalWhileReading(words: String) async throws {
    try await withFolder { folder in
      let pipe = folder.appending(path: "pipe").path()
      try #require(mkfifo(pipe, 0o600) == 0)
      // Somebody who might write.
      let writer = open(pipe, O_RDWR)
      defer { close(writer) }
      let command = "exec '\(sse)' listen \(words.replacing("PIPE", with: "'\(pipe)'"))"
      try await withRunningProgram("sh", ["-c", command]) { program in
        try await program.sendOnceCaught(SIGTERM)
        try await eventually("it ends") { program.exitStatus == 143 }
        #expect(program.output.isEmpty)
      }
    }
  }

  @Test("when the reader of its output leaves it ends at once, quietly and with 0, though no further event comes")
  func pipe() async throws {
    let listener = try RawListener()
    try await withPipe(listener, "head -1") { program in
      let (peer, _) = try await listener.acceptRequest()
      try await peer.write(Peer.head + "data: a\n\n")
      #expect(try await peer.ending() == .endOfFile)
      try await eventually("it ends with 0") { program.exitStatus == 0 }
      #expect(program.output == "a\n")
    }
  }

  @Test("the same while events come one after the other")
  func pipeWhileWriting() async throws {
    let listener = try RawListener()
    try await withPipe(listener, "head -2") { program in
      let (peer, _) = try await listener.acceptRequest()
      try await peer.write(Peer.head)
      await #expect(throws: RawConnection.Failure.self) {
        for number in 1...1_000_000 { try await peer.write("data: \(number)\n\n") }
      }
      try await eventually("it ends with 0") { program.exitStatus == 0 }
      #expect(program.output == "1\n2\n")
    }
  }

  /// Runs it with its output a pipe to another program. Bash ends with the status of the one that failed.
  private func withPipe(
    _ listener: RawListener, _ reader: String, _ body: (RunningProgram) async throws -> Void
  ) async throws {
    let command = "set -o pipefail; '\(sse)' listen \(listener.url) | \(reader)"
    try await withRunningProgram("bash", ["-c", command], body)
  }

  @Test("an output that cannot be written is one line and 1")
  func fullDisk() async throws {
    let listener = try RawListener()
    async let result = Program.run("sh", ["-c", "'\(sse)' listen \(listener.url) > /dev/full"])
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(Peer.head + "data: a\n\n")
    let ended = try await result
    #expect(ended.errors == "sse: cannot write to standard output: No space left on device\n")
    #expect(ended.status == 1)
  }

  @Test("a standard output that is closed gets no event, and no descriptor of the tool's takes its place")
  func closedOutput() async throws {
    let listener = try RawListener()
    async let result = Program.run("sh", ["-c", "'\(sse)' listen \(listener.url) >&-"])
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(Peer.head + "data: a\n\n")
    #expect(try await peer.ending() == .endOfFile)
    let ended = try await result
    #expect(ended.errors == "sse: cannot write to standard output: Bad file descriptor\n")
    #expect(ended.status == 1)
  }

  @Test("--max closes the connection with the last event")
  func most() async throws {
    let listener = try RawListener()
    async let result = Program.run(sse, ["listen", listener.url, "--max", "2"])
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(Peer.head + "data: 1\n\ndata: 2\n\n")
    #expect(try await peer.ending() == .endOfFile)
    let ended = try await result
    #expect(ended.output == "1\n2\n")
    #expect(ended.status == 0)
  }

  @Test("--timeout ends it: 0 where an event was printed, else 3", arguments: [("data: 1\n\n", 0), (":\n\n", 3)])
  func timeout(text: String, status: Int32) async throws {
    let listener = try RawListener()
    async let result = Program.run(sse, ["listen", listener.url, "--timeout", "5"])
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(Peer.head + text)
    #expect(try await peer.ending() == .endOfFile)
    let ended = try await result
    #expect(ended.status == status)
    #expect(ended.errors.isEmpty)
  }
}
