import Testing

@testable import SSECommandLine

@Suite("Arguments")
struct ArgumentsTests {
  static let header = CommandOption("header", short: "H", value: "FIELD", "")
  static let count = CommandOption("count", value: "NUMBER", "")
  static let verbose = CommandOption("verbose", short: "v", "")
  static let options = [header, count, verbose]

  @Test(
    "values are taken from the next word, behind '=', and directly behind a short name",
    arguments: [["--header", "a=b"], ["--header=a=b"], ["-H", "a=b"], ["-Ha=b"]])
  func value(_ words: [String]) throws {
    let arguments = try Arguments(words + ["url"], options: Self.options)
    #expect(try arguments.value(of: Self.header) == "a=b")
    #expect(arguments.words == ["url"])
    #expect(!arguments.has(Self.verbose))
  }

  @Test("flags, words and repeated options come in any order; behind '--' all is words")
  func order() throws {
    let arguments = try Arguments(["-", "-v", "-H1", "url", "-H", "2", "--", "--count", "-x"], options: Self.options)
    #expect(arguments.words == ["-", "url", "--count", "-x"])
    #expect(arguments.values(of: Self.header) == ["1", "2"])
    #expect(arguments.has(Self.verbose))
  }

  @Test("a value may begin with '-' or be empty")
  func oddValues() throws {
    #expect(try Arguments(["--header", "--verbose"], options: Self.options).values(of: Self.header) == ["--verbose"])
    #expect(try Arguments(["--header="], options: Self.options).values(of: Self.header) == [""])
  }

  @Test(
    "it refuses",
    arguments: [
      (["--hedaer", "x"], .unknownOption("--hedaer", nearest: "--header")),
      (["--hep"], .unknownOption("--hep", nearest: "--help")),
      (["--something-else"], .unknownOption("--something-else", nearest: nil)),
      (["-x"], .unknownOption("-x", nearest: nil)),
      (["--header"], .missingValue(option: "--header")),
      (["-H"], .missingValue(option: "-H")),
      (["--verbose=yes"], .unexpectedValue(option: "--verbose")),
      (["-vH"], .unexpectedValue(option: "-v")),
    ] as [([String], UsageError)])
  func refused(words: [String], error: UsageError) {
    #expect(throws: error) { try Arguments(words, options: Self.options) }
  }

  @Test("numbers are held to their bounds", arguments: ["0", "11", "1.5", "x", "", "99999999999999999999"])
  func integers(text: String) throws {
    let arguments = try Arguments(["--count", text], options: Self.options)
    let error = UsageError.badValue(option: "--count", text, expected: "a whole number from 1 to 10")
    #expect(throws: error) { try arguments.integer(of: Self.count, in: 1...10) }
  }

  @Test("numbers with a fraction are held to their bounds", arguments: ["0", "-1", "10.5", "x", "nan", "inf", "1e400"])
  func numbers(text: String) throws {
    let arguments = try Arguments(["--count=\(text)"], options: Self.options)
    let error = UsageError.badValue(option: "--count", text, expected: "a number above 0, at most 10")
    #expect(throws: error) { try arguments.number(of: Self.count, upTo: 10) }
  }

  @Test("an option that has one value is not given twice")
  func repeated() throws {
    let arguments = try Arguments(["--count", "1", "--count", "2"], options: Self.options)
    #expect(throws: UsageError.repeated(option: "--count")) { try arguments.value(of: Self.count) }
  }

  @Test(
    "a misspelt word finds the nearest one, unless none is near",
    arguments: [
      ("lisen", "listen"), ("listne", "listen"), ("LISTEN", nil), ("bench", nil), ("", nil),
      (String(repeating: "listen", count: 1_000), nil),
    ])
  func spelling(word: String, nearest: String?) {
    #expect(Spelling.nearest(to: word, in: ["listen", "something"]) == nearest)
  }
}
