import Foundation
import SSETestSupport
import Testing

@testable import SSESockets

@Suite("Lines for an operator", .timeLimit(.minutes(1)))
struct LogOutputTests {
  /// Long enough that a pipe is full after a few of them.
  private static let longLine = String(repeating: "x", count: 1_000)

  @Test("Lines that nobody reads do not block; what was dropped is counted once somebody reads")
  func unread() throws {
    let pipe = Pipe()
    let output = LogOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor)
    for _ in 0..<1_000 { output.write(line: Self.longLine) }
    let before = try #require(try pipe.fileHandleForReading.read(upToCount: 60 * 1_001))
    let written = before.split(separator: UInt8(ascii: "\n")).count
    #expect(written == 60)
    output.write(line: "again")
    try pipe.fileHandleForWriting.close()
    let lines = try #require(try pipe.fileHandleForReading.readToEnd()).split(separator: UInt8(ascii: "\n"))
      .map { String(decoding: $0, as: UTF8.self) }
    let kept = lines.count { $0 == Self.longLine }
    #expect(lines.suffix(2) == ["\(1_000 - 60 - kept) lines of the log were dropped, as nobody read them", "again"])
  }

  @Test("A reader that has gone raises no signal, and its coming back is no condition for going on")
  func readerGone() throws {
    let pipe = Pipe()
    let output = LogOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor)
    output.write(line: "one")
    try pipe.fileHandleForReading.close()
    for _ in 0..<3 { output.write(line: "two") }
  }

  @Test("A descriptor that is closed is no harm")
  func closed() { LogOutput(descriptor: -1).write(line: "one") }
}
