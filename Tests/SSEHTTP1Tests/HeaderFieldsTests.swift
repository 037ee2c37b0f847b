import SSEHTTP1
import Testing

@Suite("Header fields")
struct HeaderFieldsTests {
  @Test("are found without regard to case, several joined")
  func looking() {
    let headers: HeaderFields = ["Accept": "a", "X": "1", "aCCEPT": "b, c"]
    #expect(headers["ACCEPT"] == "a, b, c")
    #expect(headers.values(of: "accept") == ["a", "b, c"])
    #expect(headers.list("accept") == ["a", "b", "c"])
    #expect(headers["Y"] == nil)
    #expect(headers.contains("x"))
    #expect(!headers.contains("xx"))
    #expect(headers.count == 3)
    #expect(headers.map(\.name) == ["Accept", "X", "aCCEPT"])
    #expect(headers.description == "Accept: a\nX: 1\naCCEPT: b, c")
  }

  @Test("setting replaces all of a name in the first one's place")
  func setting() {
    var headers: HeaderFields = ["A": "1", "B": "2", "a": "3", "C": "4"]
    headers["a"] = "5"
    #expect(headers.map { "\($0.name)=\($0.value)" } == ["A=5", "B=2", "C=4"])
    headers["D"] = "6"
    headers["b"] = nil
    #expect(headers.map { "\($0.name)=\($0.value)" } == ["A=5", "C=4", "D=6"])
    headers.append("a", "7")
    headers.remove("A")
    #expect(headers == ["C": "4", "D": "6"])
  }

  @Test("are equal without regard to the case of names, but not of values")
  func equality() {
    #expect(["A": "b"] as HeaderFields == ["a": "b"])
    #expect((["A": "b"] as HeaderFields).hashValue == (["a": "b"] as HeaderFields).hashValue)
    #expect(["A": "b"] as HeaderFields != ["A": "B"])
    #expect(["A": "1", "B": "2"] as HeaderFields != ["B": "2", "A": "1"])
    #expect(["\u{212A}": "1"] as HeaderFields != ["k": "1"], "only ASCII letters have a case")
  }

  @Test(
    "a list is split at commas outside of quotes, empty elements left out",
    arguments: [
      ("a,b", ["a", "b"]), (" a ,\t, b ,", ["a", "b"]), ("", []), (",", []), ("\"a,b\", c", ["\"a,b\"", "c"]),
      (#""a\",b",c"#, [#""a\",b""#, "c"]), (#"a\,b"#, [#"a\"#, "b"]), ("\"a,b", ["\"a,b"]),
      ("é,\u{301}", ["é", "\u{301}"]),
    ])
  func lists(_ value: String, _ elements: [String]) {
    #expect((["X": value] as HeaderFields).list("x").map(String.init) == elements)
  }

  @Test("trimming takes bytes, not characters")
  func trimming() {
    #expect(Array(Token.trimmed(" \t a b\t ").utf8) == Array("a b".utf8))
    #expect(Array(Token.trimmed(" \u{301}x").utf8) == Array("\u{301}x".utf8))
    #expect(Token.trimmed(" \t ").isEmpty)
  }
}
