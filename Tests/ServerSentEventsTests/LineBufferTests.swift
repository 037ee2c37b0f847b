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
    var nothing: LineBuffer.Piece?
    append("data: x\r", to: &lines)
    lines.releaseMemory(keeping: &nothing)
    #expect(lines.capacity > 0)
    #expect(lines.next() != nil)
    lines.releaseMemory(keeping: &nothing)
    #expect(lines.capacity == 0)
    append("\n", to: &lines)
    #expect(lines.next() == nil)
    lines.releaseMemory(keeping: &nothing)
    #expect(lines.capacity == 0)
  }

  @Test("an array that held nothing but the rest of a block is let go while the block is open")
  func restOfBlock() throws {
    func isHeldElsewhere(_ array: inout [UInt8]) -> Bool {
      let address = array.withUnsafeBytes { $0.baseAddress }
      array[0] &+= 0  // Copies where it is.
      return array.withUnsafeBytes { $0.baseAddress } != address
    }
    var parser = EventParser()
    for line in ["data: a\n", "data: b\n", "da", "ta: c\n"] {
      var bytes = Array(line.utf8)
      parser.append(bytes)
      #expect(try parser.next() == nil)
      #expect(!isHeldElsewhere(&bytes))
    }
  }

  @Test("bytes are read in the array in which they came, but for the rest of a block, and are let go when read")
  func sharedBytes() {
    let stream = Array("data: x\n\ndata: y\n\nda".utf8)
    var lines = LineBuffer()
    var kept: LineBuffer.Piece?
    lines.append(stream[...], keeping: &kept)
    #expect(lines.isStored(in: stream))
    #expect(wholeLines(of: &lines) == ["data: x", "", "data: y", ""])
    #expect(lines.readWaiting(keeping: &kept) == false)
    lines.releaseMemory(keeping: &kept)
    #expect(!lines.isStored(in: stream), "two bytes would keep an array")
    #expect(Array(lines[0..<lines.count]) == Array("da".utf8))

    let rest = Array("ta: z\n\ndata: {}\n\n".utf8)
    lines.append(rest[...], keeping: &kept)
    #expect(!lines.isStored(in: rest))
    #expect(wholeLines(of: &lines) == ["data: z", ""])
    #expect(lines.readWaiting(keeping: &kept) == true)
    #expect(lines.isStored(in: rest))
    #expect(wholeLines(of: &lines) == ["data: {}", ""])
    lines.releaseMemory(keeping: &kept)
    #expect(lines.isEmpty)
    #expect(lines.capacity == 0)
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

  private func wholeLines(of lines: inout LineBuffer) -> [String] {
    var found: [String] = []
    while let line = lines.next() { found.append(lines.text(line)) }
    return found
  }

  private func firstLineEnd(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    var isASCII = true
    let end = LineEnd.first(in: bytes, from: start, isASCII: &isASCII)
    #expect(isASCII == bytes[start..<(end ?? bytes.count)].allSatisfy { $0 < 0x80 })
    return end
  }
}

extension LineBuffer {
  fileprivate func isStored(in array: [UInt8]) -> Bool {
    self[0..<count].withUnsafeBytes { own in
      array.withUnsafeBytes { array in
        guard let first = own.baseAddress, let start = array.baseAddress else { return false }
        return (start..<start + array.count).contains(first)
      }
    }
  }
}
