/// The words that a subcommand was given, read by the options that it has: `--name value`, `--name=value`, `-n value`,
/// `-nvalue`, flags, and words of its own. After `--` each word is one of those.
struct Arguments {
  private var values: [CommandOption: [String]] = [:]
  private var flags: Set<CommandOption> = []
  private(set) var words: [String] = []

  init(_ arguments: [String], options: [CommandOption]) throws(UsageError) {
    var rest = arguments[...]
    while let word = rest.popFirst() {
      if word == "--" {
        words += rest
        return
      }
      guard word.hasPrefix("-"), word != "-" else {
        words.append(word)
        continue
      }
      let (name, attached) = word.hasPrefix("--") ? Self.splitLong(word) : Self.splitShort(word)
      guard let option = options.first(where: { $0.word == name || $0.short.map { "-\($0)" } == name }) else {
        throw .unknownOption(name, nearest: Spelling.nearest(to: name, in: options.map(\.word) + ["--help"]))
      }
      if option.value == nil {
        if attached != nil { throw .unexpectedValue(option: name) }
        flags.insert(option)
      } else if let value = attached ?? rest.popFirst() {
        values[option, default: []].append(value)
      } else {
        throw .missingValue(option: name)
      }
    }
  }

  private static func splitLong(_ word: String) -> (name: String, value: String?) {
    guard let equals = word.firstIndex(of: "=") else { return (word, nil) }
    return (String(word[..<equals]), String(word[word.index(after: equals)...]))
  }

  private static func splitShort(_ word: String) -> (name: String, value: String?) {
    let value = word.dropFirst(2)
    return (String(word.prefix(2)), value.isEmpty ? nil : String(value))
  }

  func has(_ option: CommandOption) -> Bool { flags.contains(option) || values[option] != nil }

  /// Throws where an option is given that has no meaning beside another.
  func refuse(_ option: CommandOption, with other: CommandOption) throws(UsageError) {
    if has(option) { throw .conflict(other.word, option.word) }
  }

  /// Each value given.
  func values(of option: CommandOption) -> [String] { values[option] ?? [] }

  /// The value; one that is given twice is a mistake, as no one can know which was meant.
  func value(of option: CommandOption) throws(UsageError) -> String? {
    let values = values(of: option)
    if values.count > 1 { throw .repeated(option: option.word) }
    return values.first
  }

  /// A whole number within bounds.
  func integer(of option: CommandOption, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let text = try value(of: option) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw .badValue(
        option: option.word, text, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A number above 0, with a fraction where wanted.
  func number(of option: CommandOption, upTo largest: Double) throws(UsageError) -> Double? {
    guard let text = try value(of: option) else { return nil }
    guard let number = Double(text), number > 0, number <= largest else {
      throw .badValue(option: option.word, text, expected: "a number above 0, at most \(Int(largest))")
    }
    return number
  }
}
