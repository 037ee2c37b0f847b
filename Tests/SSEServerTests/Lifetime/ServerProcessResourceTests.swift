import Foundation
import SSETestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// What only a process of its own shows: its standard error, and its signals. A suite that runs alone, since it starts
/// many of them.
@Suite("A server as a process", .serialized, .timeLimit(.minutes(1)))
struct ServerProcessResourceTests {
  private static let server = Product.path("sse-bench-server")

  /// Asks for what no server understands, which is logged; whether it was answered all the same.
  private func sendBadRequest(_ port: Int) async throws {
    let connection = try await RawConnection.connect(port: port)
    try await connection.write("NO REQUEST \(String(repeating: "x", count: 2_000))\r\n\r\n")
    #expect(try await connection.readToEnd().hasPrefix("HTTP/1.1 400"))
  }

  @Test("The reader of its standard error may leave: it goes on")
  func readerOfErrorsLeft() async throws {
    try await withRunningProgram("bash", ["-c", "exec \(Self.server) 0 2> >(exec true)"]) { process in
      let port = try await process.port()
      for _ in 0..<10 { try await sendBadRequest(port) }
      #expect(process.exitStatus == nil)
    }
  }

  @Test("Nobody need read its standard error: it goes on")
  func nobodyReadsErrors() async throws {
    try await withRunningProgram("bash", ["-c", "exec \(Self.server) 0 2> >(exec sleep 60)"]) { process in
      let port = try await process.port()
      // More than a pipe holds.
      for _ in 0..<800 { try await sendBadRequest(port) }
      #expect(process.exitStatus == nil)
    }
  }

  @Test("Without a descriptor for its event loops it says so")
  func noEventLoop() async throws {
    let result = try await Program.run("bash", ["-c", "ulimit -n 4; exec \(Self.server) 0"])
    #expect(result.status == 1)
    #expect(result.errors.contains("cannot start an event loop: out of file descriptors"))
  }

  @Test("Without a descriptor for a connection it pauses, which is told and counted, and goes on when there is one")
  func acceptPause() async throws {
    // Its limit of connections, nine tenths of that, is not reached: it holds some ten for itself.
    try await withRunningProgram("bash", ["-c", "ulimit -n 30; exec \(Self.server) 0"]) { process in
      let port = try await process.port()
      let asking = try await RawConnection.connect(port: port)
      try await asking.write("GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n")
      try await asking.read(through: "\nsse_accept_pauses_total 0\n")
      var others: [RawConnection] = []
      for _ in 0..<40 { others.append(try await RawConnection.connect(port: port)) }
      _ = try await process.output(matching: /(no connection is accepted until a descriptor is free)/)
      for other in others { other.close() }
      let late = try await RawConnection.connect(port: port)
      try await late.write("GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n")
      try await late.read(through: "\nsse_accept_pauses_total ")
      let count = try await late.read(through: "\n")
      let told = process.output.matches(of: #/no connection is accepted/#).count
      #expect(told > 0)
      #expect(count == "\(told)\n")
    }
  }

  @Test("S9b: readers reset during a storm of events, SIGPIPE at its default: it lives")
  func resets() async throws {
    // With its signals at their defaults, as every program of the tests.
    try await withRunningProgram(Self.server, ["0"]) { process in
      let port = try await process.port()
      for _ in 0..<50 {
        let reader = try await RawConnection.connect(port: port)
        try await reader.write("GET /stream?n=100000000 HTTP/1.1\r\nHost: test\r\n\r\n")
        try await reader.read(through: "hello world")
        reader.reset()
      }
      let next = try await RawConnection.connect(port: port)
      try await next.write("GET /stream?n=1 HTTP/1.1\r\nHost: test\r\n\r\n")
      try await next.read(through: "\r\n0\r\n\r\n")
      #expect(process.exitStatus == nil)
    }
  }

  @Test("S15: handlers that send faster than their readers read cost no more than the waiting bytes' limit each")
  func slowReaders() async throws {
    try await withRunningProgram(Self.server, ["0"]) { process in
      let port = try await process.port()
      var readers: [RawConnection] = []
      func read(_ count: Int) async throws {
        for _ in 0..<count {
          let reader = try await RawConnection.connect(port: port, receiveBuffer: 4_096)
          try await reader.write("GET /stream?n=100000000 HTTP/1.1\r\nHost: test\r\n\r\n")
          _ = try await reader.readHead()
          readers.append(reader)
        }
        // Their handlers wait: the server does nothing any more.
        try await eventually("it stands still", within: .seconds(30)) {
          let before = process.processorTime
          try await Task.sleep(for: .milliseconds(300))  // Over which its processor time is taken.
          return process.processorTime - before <= .milliseconds(10)
        }
      }
      try await read(3)
      let before = process.residentBytes
      try await read(20)
      // 64 KiB in a buffer that has grown by doubling.
      #expect(process.residentBytes - before < 20 * 200_000, "\(process.residentBytes - before)")
    }
  }

  @Test("S50: the first SIGTERM drains, however early it is heard")
  func earlySignal() async throws {
    for _ in 0..<30 {
      // Ignored until it is heard, which the mask of caught signals tells. (A shell catches it for itself at first.)
      try await withRunningProgram("env", ["--ignore-signal=TERM", Self.server, "0"]) { process in
        try await process.sendOnceCaught(SIGTERM)
        try await eventually("it has ended") { process.exitStatus != nil }
        #expect(process.exitStatus == 0)
      }
    }
  }
}
