/// An option of a subcommand, as it is read and as the help shows it.
struct CommandOption: Hashable, Sendable {
  let name: String
  let short: Character?
  /// What stands for the value in the help; nil for a flag.
  let value: String?
  /// What it does; its lines are those of the help.
  let help: String

  init(_ name: String, short: Character? = nil, value: String? = nil, _ help: String) {
    self.name = name
    self.short = short
    self.value = value
    self.help = help
  }

  /// As it is written in full.
  var word: String { "--\(name)" }
}

extension CommandOption {
  /// Options with what they do in a column of its own.
  static func help(for options: [CommandOption]) -> String {
    let column = 30
    return options.map { option in
      let short = option.short.map { "-\($0), " } ?? "    "
      let left = "  \(short)\(option.word)\(option.value.map { " \($0)" } ?? "")"
      let lines = option.help.split(separator: "\n", omittingEmptySubsequences: false)
      let margin = String(repeating: " ", count: column)
      let right = lines.joined(separator: "\n\(margin)")
      guard left.count < column - 1 else { return "\(left)\n\(margin)\(right)" }
      return left + String(repeating: " ", count: column - left.count) + right
    }.joined(separator: "\n")
  }
}
