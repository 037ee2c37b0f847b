import SSEHTTP1
import Testing

@Suite("Percent-encoding")
struct PercentCodingTests {
  @Test(
    "is resolved, or nil where it is broken",
    arguments: [
      ("", ""), ("a+b", "a+b"), ("%41%c3%a9%C3%A9", "Aéé"), ("%2e%2e%2F", "../"), ("%00", "\0"), ("%25%34%31", "%41"),
      ("é%CC%81", "é\u{301}"), ("%", nil), ("%4", nil), ("%zz", nil), ("%%41", nil), ("%-1", nil), ("%c3", nil),
      ("%ff", nil), ("%ed%a0%80", nil), ("%c0%af", nil),
    ] as [(String, String?)])
  func decoding(_ text: String, _ expected: String?) {
    #expect(PercentCoding.decoded(text[...]).map { Array($0.utf8) } == expected.map { Array($0.utf8) })
  }

  @Test(
    "a query's names and values in their order",
    arguments: [
      ("", ""), ("a=1&b=2&a=3", "a:1 b:2 a:3"), ("a", "a:"), ("a=", "a:"), ("=b", ":b"), ("a=b=c", "a:b=c"),
      ("&&a=1&", "a:1"), ("a+b=c%2Bd+e", "a b:c+d e"), ("%26=%3D", "&:="), ("a=%zz+", "a:%zz+"),
      ("a=\u{301}&b=1", "a:\u{301} b:1"),
      ("a=1&\u{301}=2", "a:1 \u{301}:2"),
    ])
  func queries(_ query: String, _ expected: String) {
    let items = PercentCoding.queryItems(query).map { "\($0.name):\($0.value)" }.joined(separator: " ")
    #expect(Array(items.utf8) == Array(expected.utf8))
  }
}
