import SSEServer
import SSETestSupport
import SSETesting
import Testing

/// What other protocols say first.
struct ForeignGreeting: Sendable, CustomTestStringConvertible {
  var name: String
  var bytes: [UInt8]
  var testDescription: String { name }

  static let all = [
    Self(name: "an HTTP/2 preface", bytes: Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)),
    Self(
      name: "a TLS hello",
      bytes: [0x16, 0x03, 0x01, 0x00, 0xF4, 0x01, 0x00, 0x00, 0xF0, 0x03, 0x03] + Array(repeating: 0x5A, count: 233)),
    Self(name: "an SSH banner", bytes: Array("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n".utf8)),
    Self(name: "bytes in no order", bytes: (0..<4_096).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ ($0 >> 3) &* 31) }),
    Self(name: "one word without an end", bytes: Array(repeating: UInt8(ascii: "a"), count: 60_000)),
    Self(name: "NULs", bytes: Array(repeating: 0, count: 100)),
    Self(
      name: "a terminal's escapes as a length",
      bytes: Array("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: \u{1B}]0;owned\u{7}\u{1B}[31m\r\n\r\n".utf8)),
    Self(
      name: "one letter with ten thousand accents as a length",
      bytes: Array(
        ("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: a" + String(repeating: "\u{301}", count: 5_000) + "\r\n\r\n")
          .utf8)
    ),
  ]
}

@Suite struct ForeignProtocolTests {
  @Test(
    "S32: another protocol is refused at once, in one printable line of at most 1 KB", arguments: ForeignGreeting.all)
  func isRefused(_ greeting: ForeignGreeting) async throws {
    let log = Recorder<EventServerLogEntry>()
    var configuration = EventServerConfiguration()
    configuration.log = { log.note($0) }
    try await withEventServer(Router(), configuration: configuration) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      try await connection.write(greeting.bytes)
      let answer = try await connection.readToEnd()
      #expect(answer == "" || answer.hasPrefix("HTTP/1.1 400 "))
      try await eventually("the refusal is logged") { !log.faults.isEmpty }
    }
    #expect(log.faults.count == 1)
    for entry in log.faults {
      let line = entry.description
      #expect(line.utf8.count <= 1_024)
      #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
    }
  }
}
