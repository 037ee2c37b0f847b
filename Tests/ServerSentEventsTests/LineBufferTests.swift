import Testing

@testable import ServerSentEvents

@Suite("The line buffer")
struct LineBufferTests {
  @Test("what is unread moves only once it is the smaller half, so that a backlog is not moved with each piece")
  func moving() {
    var lines = LineBuffer()
    append(String(repeating: "0123456\n", count: 100), to: &lines)
    for _ in 0..<50 { #expect(lines.next() != nil) }
    append("x", to: &lines)
    #expect(lines.count == 801)
    #expect(lines.next() != nil)
    append("y\n", to: &lines)
    #expect(lines.count == 803 - 51 * 8)
    var rest: [String] = []
    while let line = lines.next() { rest.append(lines.text(line)) }
    #expect(rest == Array(repeating: "0123456", count: 49) + ["xy"])
  }

  @Test("no memory is held when nothing is unread")
  func memory() {
    var lines = LineBuffer()
    append("data: x\r", to: &lines)
    lines.releaseMemory()
    #expect(lines.capacity > 0)
    #expect(lines.next() != nil)
    lines.releaseMemory()
    #expect(lines.capacity == 0)
    append("\n", to: &lines)
    #expect(lines.next() == nil)
    lines.releaseMemory()
    #expect(lines.capacity == 0)
  }

  @Test("whole lines are read where they are, and let go when they have been read")
  func wholeLines() {
    let line = Array("data: x\n".utf8)
    var lines = LineBuffer()
    var kept: LineBuffer.Piece?
    lines.append(line[...], keeping: &kept)
    #expect(lines.isStored(where: line))
    #expect(lines.next()?.range == 0..<7)
    lines.releaseMemory()
    #expect(lines.capacity == 0)
    lines.append(line[..<4], keeping: &kept)
    #expect(!lines.isStored(where: line), "a part of a line would keep a whole array")
    lines.append(line[4...], keeping: &kept)
    #expect(lines.next().map { lines.text($0) } == "data: x")
  }

  @Test("line ends are found wherever they stand in words of 8 bytes and blocks of 32", arguments: 0..<80)
  func lineEnds(_ place: Int) {
    for (before, end) in [(0x0B, 0x0A), (0x0C, 0x0D), (0x8A, 0x0A), (0x8D, 0x0D), (0x00, 0x0A), (0xFF, 0x0D)]
      as [(UInt8, UInt8)]
    {
      var bytes = [UInt8](repeating: before, count: 80)
      bytes.withUnsafeBytes { #expect(firstLineEnd(in: $0, from: 0) == nil) }
      bytes[place] = end
      for start in 0...80 {
        bytes.withUnsafeBytes { #expect(firstLineEnd(in: $0, from: start) == (start <= place ? place : nil)) }
      }
    }
  }

  private func append(_ text: String, to lines: inout LineBuffer) {
    var nothing: LineBuffer.Piece?
    Array(text.utf8).withUnsafeBytes { lines.append($0, keeping: &nothing) }
  }

  private func firstLineEnd(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    var isASCII = true
    let end = LineEnd.first(in: bytes, from: start, isASCII: &isASCII)
    #expect(isASCII == bytes[start..<(end ?? bytes.count)].allSatisfy { $0 < 0x80 })
    return end
  }
}

extension LineBuffer {
  fileprivate func isStored(where array: [UInt8]) -> Bool {
    self[0..<count].withUnsafeBytes { own in array.withUnsafeBytes { own.baseAddress == $0.baseAddress } }
  }
}
