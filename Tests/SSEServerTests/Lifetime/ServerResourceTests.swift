import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// What a server holds of the system; a suite that runs alone.
@Suite("A server's descriptors, threads and memory", .serialized)
struct ServerResourceTests {
  @Test("S54: after 20,000 connects and resets, handlers asleep for an hour, nothing is left")
  func nothingLeaks() async throws {
    var router = Router()
    router.events("/handler") { _, events in
      try await events.flush()
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    router.events("/topic", from: Topic())
    let server = EventServer(router, port: 0)
    try await withEventServer(server, timeLimit: .seconds(120)) { address in
      /// Connects and resets as often, and tells what is held when all have left.
      func storm(_ count: Int) async throws -> (descriptors: Int, threads: Int, bytes: Int) {
        for batch in stride(from: 0, to: count, by: 50) {
          var readers: [RawConnection] = []
          for index in batch..<min(batch + 50, count) {
            let reader = try await RawConnection.connect(port: address.port)
            let path = index % 2 == 0 ? "/handler" : "/topic"
            try await reader.write("GET \(path) HTTP/1.1\r\nHost: test\r\n\r\n")
            readers.append(reader)
          }
          for reader in readers {
            _ = try await reader.readHead()
            reader.reset()
          }
        }
        try await eventually("all have left") { await server.connections().isEmpty }
        ProcessFacts.trimMemory()
        return (ProcessFacts.descriptors, ProcessFacts.threads, ProcessFacts.residentBytes)
      }
      let before = try await storm(1_000)
      let after = try await storm(20_000)
      #expect(after.descriptors == before.descriptors)
      // Dispatch's threads of the raw connections come and go.
      #expect(abs(after.threads - before.threads) <= 4)
      #expect(abs(after.bytes - before.bytes) < 2_000_000)
    }
  }

  @Test("When run() has returned no descriptor and no thread of the server is left")
  func nothingOutlivesRun() async throws {
    func threadNames() -> [String] {
      let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
      return tasks.compactMap { try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8) }
    }
    var router = Router()
    router.events("/") { _, events in
      try await events.send("hello")
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    var descriptors: [Int] = []
    for _ in 0..<3 {
      try await withEventServer(router) { baseURL in
        let reader = try await RawConnection.get("/", at: baseURL)
        try await reader.read(through: "hello")
        #expect(threadNames().contains { $0.hasPrefix("sse-server-") })
        reader.close()
      }
      #expect(!threadNames().contains { $0.hasPrefix("sse-server-") })
      descriptors.append(ProcessFacts.descriptors)
    }
    #expect(descriptors[1] == descriptors[2])
  }

  @Test("S9: no more than 16 KiB of a further request are read, and what a topic's reader sends is read and dropped")
  func mostInput() async throws {
    var router = Router()
    router.events("/handler") { _, events in
      try await events.flush()
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    router.events("/topic", from: Topic())
    try await withEventServer(router) { baseURL in
      // Far more than the kernel holds for a connection.
      let most = 40_000_000
      for path in ["/handler", "/topic"] {
        let reader = try await RawConnection.get(path, at: baseURL)
        _ = try await reader.readHead()
        let count = try await reader.writeUntilRefused(atMost: most)
        #expect((count == most) == (path == "/topic"), "\(path): \(count)")
      }
    }
  }

  @Test("S53: out of descriptors, accepting pauses without a spin and goes on when one is free")
  func outOfDescriptors() async throws {
    let script = "ulimit -n 64; exec \(Product.path("sse-bench-server")) 0"
    try await withRunningProgram("bash", ["-c", script]) { process in
      let port = try await process.port()
      var readers: [RawConnection] = []
      for _ in 0..<70 {
        let reader = try await RawConnection.connect(port: port)
        try await reader.write("GET /events HTTP/1.1\r\nHost: test\r\n\r\n")
        readers.append(reader)
      }
      try await eventually("the server says that it pauses") { process.output.contains("no connection is accepted") }
      let before = process.processorTime
      try await Task.sleep(for: .seconds(1))  // Over which its processor time is taken.
      #expect(process.processorTime - before < .milliseconds(50))
      // Those at the front have been served; when they leave, those behind them are.
      for reader in readers.prefix(30) {
        _ = try await reader.readHead()
        reader.close()
      }
      for reader in readers.dropFirst(30) { _ = try await reader.readHead() }
    }
  }

  @Test("S50: a first SIGTERM drains, a second one cancels; the process ends with 0")
  func signals() async throws {
    try await withRunningProgram(Product.path("sse-bench-server"), ["0"]) { process in
      let port = try await process.port()
      let reader = try await RawConnection.connect(port: port)
      try await reader.write("GET /sleep HTTP/1.1\r\nHost: test\r\n\r\n")
      _ = try await reader.readHead()
      process.send(SIGTERM)
      try await eventually("no further connection") {
        do {
          _ = try await RawConnection.connect(port: port)
          return false
        } catch {
          return true
        }
      }
      #expect(process.exitStatus == nil)
      let second = ContinuousClock.now
      process.send(SIGTERM)
      let rest = try await reader.readToEnd()
      #expect(rest.contains("retry: "))
      #expect(!rest.contains("\r\n0\r\n\r\n"))
      try await eventually("it has ended") { process.exitStatus == 0 }
      // Long before the grace period is over, which would cancel it too.
      #expect(.now - second < .seconds(5))
    }
  }

  @Test("S5: ten events in one turn are at most two system calls, head included")
  func mergedWrites() async throws {
    let trace = FileManager.default.temporaryDirectory.appendingPathComponent("sse-trace-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: trace) }  // Gone is gone.
    // -D makes the server the child, and strace its grandchild that ends with it.
    let arguments = [
      "-D", "-f", "-qq", "-e", "trace=sendmsg,sendto", "-o", trace, Product.path("sse-bench-server"), "0",
    ]
    try await withRunningProgram("strace", arguments) { process in
      let port = try await process.port()
      var counts: [Int] = []
      // A tick of the coarse clock may end within the burst, which allows three calls: then it is tried again.
      for _ in 0..<50 where counts.last != 2 {
        let before = sends(in: trace)
        let reader = try await RawConnection.connect(port: port)
        try await reader.write("GET /stream?n=10 HTTP/1.1\r\nHost: test\r\n\r\n")
        try await reader.read(through: "\r\n0\r\n\r\n")
        reader.close()
        counts.append(sends(in: trace) - before)
      }
      // The last chunk goes with the burst; a third call is the tick's end.
      #expect(counts.allSatisfy { (2...3).contains($0) }, "\(counts)")
      #expect(counts.contains(2), "\(counts)")
    }
  }

  private func sends(in trace: String) -> Int {
    let text = (try? String(contentsOfFile: trace, encoding: .utf8)) ?? ""
    return text.split(separator: "\n")
      .filter { ($0.contains("sendmsg(") || $0.contains("sendto(")) && !$0.contains("resumed") }.count
  }
}

extension RawConnection {
  /// Writes until the kernel has taken nothing for half a second; how many bytes it took.
  fileprivate func writeUntilRefused(atMost most: Int) async throws -> Int {
    let descriptor = descriptor
    return try await onThread {
      let bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 65_536)
      var total = 0
      var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      while total < most, poll(&entry, 1, 500) > 0 {
        let count = send(descriptor, bytes, min(bytes.count, most - total), Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        guard count > 0 else { break }
        total += count
      }
      return total
    }
  }
}
