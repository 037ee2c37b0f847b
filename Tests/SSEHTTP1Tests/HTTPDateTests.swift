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

  private func systemText(_ seconds: Int64) -> String {
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    var buffer = [CChar](repeating: 0, count: 64)
    let count = strftime(&buffer, buffer.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
