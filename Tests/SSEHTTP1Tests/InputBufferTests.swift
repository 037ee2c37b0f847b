import Testing

@testable import SSEHTTP1

@Suite("The input buffer")
struct InputBufferTests {
  @Test("what is unread moves only once it is the smaller half, so that a backlog is not moved with each piece")
  func moving() {
    var input = InputBuffer()
    input.append(Array(repeatElement(Array("0123456\n".utf8), count: 100).joined()))
    for _ in 0..<50 { #expect(input.nextLine()?.count == 8) }
    input.append(Array("x".utf8))
    #expect(input.bytes.count == 801)
    #expect(input.take(atMost: 8)?.count == 8)
    input.append(Array("y\n".utf8))
    #expect(input.bytes.count == 803 - 51 * 8)
    for _ in 0..<49 { #expect(input.nextLine()?.count == 8) }
    #expect(input.nextLine().map { Array(input.bytes[$0]) } == Array("xy\n".utf8))
    #expect(input.unread.isEmpty)
  }

  @Test("a line that comes in pieces is found, also behind bytes that were taken")
  func linesInPieces() {
    var input = InputBuffer()
    input.append(Array("abc".utf8))
    #expect(input.nextLine() == nil)
    #expect(input.take(atMost: 2) == 0..<2)
    input.append(Array("d\ne".utf8))
    #expect(input.nextLine().map { Array(input.bytes[$0]) } == Array("cd\n".utf8))
    #expect(input.nextLine() == nil)
    #expect(input.take(atMost: .max).map { Array(input.bytes[$0]) } == Array("e".utf8))
    #expect(input.take(atMost: .max) == nil)
  }

  @Test("no memory is held when nothing is unread")
  func memory() {
    var input = InputBuffer()
    input.append(Array("a\nb".utf8))
    _ = input.nextLine()
    input.releaseIfEmpty()
    #expect(input.bytes.capacity > 0)
    _ = input.take(atMost: 1)
    input.releaseIfEmpty()
    #expect(input.bytes.capacity == 0)
    input.append(Array("c\n".utf8))
    #expect(input.nextLine() == 0..<2)
  }
}
