import Testing

@testable import SSECommandLine

@Suite("Fields of JSON")
struct JSONTextTests {
  private func text(_ json: String, _ path: String) -> String? {
    JSONText(Array(json.utf8)).text(at: JSONPath(path))
  }

  @Test(
    "a value is found by its path",
    arguments: [
      (#"{"choices":[{"delta":{"content":"Hi"}}]}"#, "choices.0.delta.content", "Hi"),
      (#"{"a":{"b":1},"b":2}"#, "b", "2"),
      (#"[[1,2],[3,4]]"#, "1.0", "3"),
      (#"{"0":"name"}"#, "0", "name"),
      (#"{"":{"":1}}"#, ".", "1"),
      (#"{"a":1,"a":2}"#, "a", "2"),
      (#"{"\u0061\"":1}"#, "a\"", "1"),
      ("\t{ \"a\" :\r\n[ 1 , { } ] } ", "a", "[ 1 , { } ]"),
      (#"{"z":1,"a":1.10}"#, "", #"{"z":1,"a":1.10}"#),
      ("\"text\"", "", "text"),
      ("true", "", "true"),
    ])
  func found(json: String, path: String, value: String) {
    #expect(text(json, path) == value)
  }

  @Test(
    "a number is as it was written", arguments: ["0", "-0", "1.10", "1e400", "-12.5E+3", "12345678901234567890123"])
  func numbers(number: String) {
    #expect(text("{\"n\":\(number)}", "n") == number)
  }

  @Test(
    "a string is printed as the text it stands for",
    arguments: [
      (#""a\"b\\c\/d""#, "a\"b\\c/d"), (#""\b\f\n\r\t""#, "\u{8}\u{C}\n\r\t"), (#""é\u00e9\uD83D\uDE00""#, "éé😀"),
      (#""\ud83dx""#, "\u{FFFD}x"), (#""""#, ""),
    ])
  func strings(json: String, value: String) {
    #expect(text(json, "") == value)
  }

  @Test(
    "what is not there, null, and what is not JSON is nothing",
    arguments: [
      (#"{"a":1}"#, "b"), (#"{"a":1}"#, "a.b"), (#"{"a":null}"#, "a"), ("[1]", "1"), ("[1]", "-1"), ("[1]", "00"),
      (#"{"a":{"b":1},"a":2}"#, "a.b"), ("[DONE]", ""), ("", ""), ("nul", ""), ("{\"a\":1", "a"), ("{\"a\":1} x", "a"),
      ("{\"a\":1,}", "a"), ("[1,]", "0"), ("{a:1}", "a"), ("01", ""), ("1.", ""), (".5", ""), ("1e", ""), ("-", ""),
      ("\"a", ""), ("\"\\x\"", ""), ("\"\\u12g4\"", ""), ("\"\n\"", ""), ("{\"a\" 1}", "a"), ("{\"a\":}", "a"),
      ("[1 2]", "0"), ("truefalse", ""),
    ])
  func nothing(json: String, path: String) {
    #expect(text(json, path) == nil)
  }

  @Test("nesting is followed to its limit, and costs no stack beyond")
  func nesting() {
    let deepest = JSONText.deepestNesting
    let path = Array(repeating: "0", count: deepest).joined(separator: ".")
    let nested = { (depth: Int) in String(repeating: "[", count: depth) + "1" + String(repeating: "]", count: depth) }
    #expect(text(nested(deepest), path) == "1")
    #expect(text(nested(deepest + 1), path) == nil)
    #expect(text(String(repeating: "[", count: 10_000_000), "") == nil)
  }

  @Test("objects and arrays are told from other text")
  func containers() {
    for json in ["{}", " [1]", "{\"a\":[]}\n"] { #expect(JSONText(Array(json.utf8)).isContainer) }
    for text in ["", "1", "\"{}\"", "{", "a=b", "[DONE]"] { #expect(!JSONText(Array(text.utf8)).isContainer) }
  }
}
