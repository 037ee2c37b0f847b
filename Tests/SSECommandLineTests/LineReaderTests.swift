import Foundation
import SSETestSupport
import Testing

@testable import SSECommandLine

@Suite("Lines of an input")
struct LineReaderTests {
  private func lines(_ text: String) async throws -> [String] {
    try await withFolder { folder in
      let file = folder.appending(path: "lines")
      try Data(text.utf8).write(to: file)
      var reader = LineReader(try Input(path: file.path()))
      var lines: [String] = []
      while let line = try reader.next() { lines.append(String(decoding: line, as: UTF8.self)) }
      #expect(reader.count == lines.count)
      return lines
    }
  }

  @Test(
    "they end with LF or CRLF, the last one with the input too",
    arguments: [
      ("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\r\nb\n\nc", ["a", "b", "", "c"]), ("\n", [""]), ("a\rb\n", ["a\rb"]),
      ("a\r", ["a"]),
    ] as [(String, [String])])
  func ends(text: String, expected: [String]) async throws {
    let lines = try await lines(text)
    #expect(lines == expected)
  }

  @Test("they may be longer than what is read at once")
  func long() async throws {
    let expected = [200_000, 65_535, 65_536, 1, 0, 65_537].map { String(repeating: "x", count: $0) }
    let lines = try await lines(expected.joined(separator: "\n") + "\n")
    #expect(lines == expected)
  }

  @Test("one that is longer than the limit is an error")
  func tooLong() async throws {
    await #expect(throws: LineTooLong.self) {
      _ = try await lines("a\n" + String(repeating: "x", count: LineReader.longestLine + 65_536))
    }
  }
}
