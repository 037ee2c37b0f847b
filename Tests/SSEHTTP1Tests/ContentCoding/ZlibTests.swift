import Synchronization
import Testing

@testable import SSEHTTP1

@Suite("zlib")
struct ZlibTests {
  @Test("a missing library is an error that says what to install")
  func missing() throws {
    let error = #expect(throws: ContentCodingError.self) {
      try Zlib(libraryNames: ["libsse-none.so.7", "libsse-none.so"])
    }
    let description = try #require(error?.description)
    #expect(description.contains("libsse-none.so.7") && description.contains("libsse-none.so:"))
    #expect(description.contains("zlib1g"))
  }

  @Test("a library without its functions is an error that names the first")
  func wrong() throws {
    let error = #expect(throws: ContentCodingError.self) { try Zlib(libraryNames: ["libm.so.6"]) }
    #expect(error?.description.contains("zlibVersion") == true)
  }

  @Test("the first library that is there is taken")
  func second() throws {
    let zlib = try Zlib(libraryNames: ["libsse-none.so"] + Zlib.libraryNames)
    var decoder = try ContentDecoder(.gzip, longestUnused: 1_000, zlib: zlib)
    decoder.append(CodedBodies.stored[...])
    let piece = try decoder.next()
    #expect(piece == Array("data: one\n\n".utf8))
  }

  @Test(
    "a version that has other structures, and a lack of memory, are errors",
    arguments: [
      (-6, "is another than 1"), (-4, "no memory"),
    ] as [(CInt, String)])
  func refused(status: CInt, message: String) throws {
    var zlib = try Zlib.system()
    zlib.inflateInit = status == -6 ? { _, _, _, _ in -6 } : { _, _, _, _ in -4 }
    let error = #expect(throws: ContentCodingError.self) {
      _ = try ContentDecoder(.gzip, longestUnused: 1_000, zlib: zlib)
    }
    #expect(error?.description.contains(message) == true)
  }

  /// Calls of `inflateEnd`: C functions capture nothing.
  private static let ends = Atomic(0)

  @Test("each stream is freed once, whatever became of it")
  func freed() throws {
    var zlib = try Zlib.system()
    zlib.inflateEnd = { stream in
      ZlibTests.ends.add(1, ordering: .relaxed)
      return (try? Zlib.system())?.inflateEnd(stream) ?? -2
    }
    for body in [[], CodedBodies.stored, CodedBodies.stored.dropLast(), Array("no gzip".utf8)] {
      do throws(ContentCodingError) {
        var decoder = try ContentDecoder(.gzip, longestUnused: 1_000, zlib: zlib)
        decoder.append(body[...])
        while try decoder.next() != nil {}
      } catch {
        #expect(body == Array("no gzip".utf8))
      }
    }
    #expect(Self.ends.load(ordering: .relaxed) == 4)
  }
}
