import SSEHTTP1
import SSETestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

@Suite("HTTP dates")
struct HTTPDateTests {
  static let known: [(Int64, String)] = [
    (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
    (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
    (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"), (2_147_483_648, "Tue, 19 Jan 2038 03:14:08 GMT"),
    (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"), (1_795_682_181, "Thu, 26 Nov 2026 08:36:21 GMT"),
  ]

  @Test("are written as IMF-fixdate", arguments: known)
  func written(_ seconds: Int64, _ text: String) {
    #expect(HTTPDate.text(secondsSince1970: seconds) == text)
  }

  @Test("are what the C library writes, on each fifth day from 1969 to 2101")
  func againstTheSystem() {
    var generator = SeededGenerator(seed: 1)
    let wrong = stride(from: Int64(-366), to: 48_000, by: 5).first { day in
      let seconds = day * 86_400 + Int64.random(in: 0..<86_400, using: &generator)
      return HTTPDate.text(secondsSince1970: seconds) != systemText(seconds)
    }
    #expect(wrong == nil)
  }

  @Test("are read as they are written, on each fifth day from 1969 to 2101")
  func readBack() {
    var generator = SeededGenerator(seed: 2)
    let wrong = stride(from: Int64(-366), to: 48_000, by: 5).first { day in
      let seconds = day * 86_400 + Int64.random(in: 0..<86_400, using: &generator)
      return HTTPDate.secondsSince1970(HTTPDate.text(secondsSince1970: seconds), now: 0) != seconds
    }
    #expect(wrong == nil)
  }

  static let today: Int64 = 1_795_682_181  // 2026-11-26

  @Test(
    "are read in the two obsolete forms too",
    arguments: [
      ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777), ("Sun Nov  6 08:49:37 1994", 784_111_777),
      // 50 years ahead are the future, 51 the past.
      ("Monday, 01-Jan-76 00:00:00 GMT", 3_345_062_400), ("Saturday, 01-Jan-77 00:00:00 GMT", 220_924_800),
      ("Thursday, 26-Nov-26 08:36:21 GMT", today),
    ] as [(String, Int64)])
  func obsolete(text: String, seconds: Int64) {
    #expect(HTTPDate.secondsSince1970(text, now: Self.today) == seconds)
  }

  @Test(
    "that are none are not read",
    arguments: [
      "", "soon", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 2024 00:00:00 GMT",
      "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT",
      "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nix 1994 08:49:37 GMT", "Sun, 06 Nov 19944 08:49:37 GMT",
      "Sun, 6x Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 8:49:37 GMT", "Sun Nov 6 08:49:37 94",
      "Sun, 06 Nov 1994 08:49:37 GMT GMT", "Sun, 06 Nov 1994 :: GMT",
    ])
  func notRead(text: String) {
    #expect(HTTPDate.secondsSince1970(text, now: Self.today) == nil)
  }

  private func systemText(_ seconds: Int64) -> String {
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    var buffer = [CChar](repeating: 0, count: 64)
    let count = strftime(&buffer, buffer.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
