import SSETestSupport
import Testing

@testable import SSEServer

#if os(Linux)
  #if canImport(Musl)
    import Musl
  #else
    import Glibc
  #endif

  @Suite("S49: a reader's network vanishes", .serialized, .timeLimit(.minutes(1)))
  struct VanishedReaderTimingTests {
    @Test("S49: it is noticed within three keep-alive intervals", arguments: ["/topic", "/handler"])
    func vanished(path: String) async throws {
      let records = Recorder<EventServerAccessRecord>()
      var configuration = EventServerConfiguration()
      configuration.keepAlive = .seconds(1)
      configuration.accessLog = { records.note($0) }
      var router = Router()
      router.events("/topic", from: Topic())
      router.events("/handler") { _, events in
        try await events.flush()
        try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
      }
      try await withRunningServer(EventServer(router, port: 0, configuration: configuration)) { running in
        let reader = try await running.get(path)
        let head = try await reader.readHead()
        #expect(head.contains("Event-Stream-Keep-Alive: 1\r\n"))
        try reader.vanish()
        let start = ContinuousClock.now
        let record = try await records.first { _ in true }
        #expect(record.ending == .readerVanished)
        // Not at the first comment, which might only be late; and a quarter more for the kernel's and the test's
        // timers.
        #expect((.seconds(1.5)...(.seconds(3.75))).contains(.now - start), "\(.now - start)")
        #expect(await running.server.metrics().responsesEnded == [.readerVanished: 1])
      }
    }
  }

  extension RawConnection {
    /// From now on the kernel drops all that comes for this connection: a classic BPF program that lets nothing pass.
    func vanish() throws {
      // struct sock_filter { code, jt, jf, k }: BPF_RET | BPF_K, 0.
      var filter: (UInt16, UInt8, UInt8, UInt32) = (0x06, 0, 0, 0)
      let result = withUnsafeMutablePointer(to: &filter) { filter in
        var program = (length: UInt16(1), filter: UnsafeMutableRawPointer(filter))  // struct sock_fprog
        return setsockopt(
          descriptor, SOL_SOCKET, Int32(SO_ATTACH_FILTER), &program, socklen_t(MemoryLayout.size(ofValue: program)))
      }
      guard result == 0 else { throw Failure.system("setsockopt", errno: errno) }
    }
  }
#endif
