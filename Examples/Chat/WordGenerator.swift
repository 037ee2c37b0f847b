import SSEServer

/// A small built-in source of text, so that the example needs no account anywhere: it answers in whole sentences, word
/// by word, as a language model gives its tokens.
struct WordGenerator: Sendable {
  /// How long it thinks about a word.
  var pause = Duration.milliseconds(60)
  /// Decides, with the prompt, what is written: the same seed and prompt give the same reply.
  var seed = UInt64.random(in: .min ... .max)
  /// Told of the end of each reply, on the thread that wrote it.
  var onEnd: @Sendable (Outcome) -> Void = { _ in }

  /// How far a reply has come when its generator ended.
  struct Outcome: Sendable, Equatable {
    var writtenWords: Int
    var words: Int

    var isWhole: Bool { writtenWords == words }
  }

  /// "Hello" is answered as in the article, anything else in a few sentences about what is going on here.
  func reply(to prompt: String) -> Reply {
    let plain = prompt.prefix(60).lowercased().filter(\.isLetter)
    if plain == "hello" { return Reply(text: "Hello! How can I assist you today?", generator: self) }
    var generator = SplitMix64(state: prompt.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 })
    let quoted = prompt.count > 60 ? "\(prompt.prefix(60))…" : prompt
    let sentences = Self.sentences.shuffled(using: &generator).prefix(5)
    return Reply(text: "You wrote “\(quoted)”. " + sentences.joined(separator: " "), generator: self)
  }

  private static let sentences = [
    "I am no language model, only a few sentences in a random order, but I arrive the way a model's words do.",
    "Each word that you see is one event: a line that begins with “data:”, and an empty line.",
    "The server writes me in an async loop, and waits a moment before each word so that you can watch.",
    "When you press the stop button the browser closes the connection, and the loop is cancelled while it waits.",
    "Nothing polls, and nothing is buffered until the end: plain HTTP carries a word as soon as it exists.",
    "A reader that is slow slows me down too, since sending waits for it.",
    "The official clients of both providers read me without noticing that I am naïve.",
    "If this connection broke off now, you would keep the words that you have, and know that some are missing.",
    "Behind this page a real model can stand in my place; the page would not have to change.",
  ]
}

/// One reply, before its words have been written.
struct Reply: Sendable {
  let text: String
  /// Each word with the space before it, so that they join to the text.
  let words: [String]
  private let generator: WordGenerator

  init(text: String, generator: WordGenerator) {
    self.text = text
    self.generator = generator
    words = text.split(separator: " ").enumerated().map { $0 == 0 ? String($1) : " \($1)" }
  }

  /// Gives `body` each word after its pause. Cancelling the task ends it, also in the middle of a pause.
  func write(_ body: (_ word: String) async throws -> Void) async throws {
    var written = 0
    defer { generator.onEnd(WordGenerator.Outcome(writtenWords: written, words: words.count)) }
    for word in words {
      try await Task.sleep(for: generator.pause, clock: .eventLoop)
      try await body(word)
      written += 1
    }
  }
}

/// Random numbers that a seed determines.
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
