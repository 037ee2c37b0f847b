import SSETestSupport
import Testing

@testable import SSEExampleChat

@Suite("The word generator")
struct WordGeneratorTests {
  @Test("Hello is answered as in the article", arguments: ["Hello", "hello", " Hello! ", "HELLO."])
  func hello(prompt: String) {
    #expect(WordGenerator().reply(to: prompt).text == "Hello! How can I assist you today?")
  }

  @Test("the same seed and prompt give the same reply, another seed or prompt another")
  func seeds() {
    let reply = WordGenerator(seed: 1).reply(to: "Why?").text
    #expect(WordGenerator(seed: 1).reply(to: "Why?").text == reply)
    #expect(WordGenerator(seed: 2).reply(to: "Why?").text != reply)
    let sentences = { (text: String) in text.split(separator: ". ").dropFirst() }
    #expect(sentences(WordGenerator(seed: 1).reply(to: "How?").text) != sentences(reply))
  }

  @Test("the words join to the text, and a long prompt is quoted in part")
  func words() {
    let reply = WordGenerator(seed: 1).reply(to: String(repeating: "naïve 🙂 ", count: 100))
    #expect(reply.words.joined() == reply.text)
    #expect(reply.words.count > 20)
    #expect(reply.text.count < 900)
  }

  @Test("it tells how far it came: to the end, to a failing reader, to its cancellation in the middle of a pause")
  func outcomes() async throws {
    struct ReaderFailed: Error {}
    let outcomes = Recorder<WordGenerator.Outcome>()
    var generator = WordGenerator(pause: .zero, seed: 1)
    generator.onEnd = { outcomes.note($0) }

    let words = Recorder<String>()
    try await generator.reply(to: "Hello").write { words.note($0) }
    #expect(words.values == ["Hello!", " How", " can", " I", " assist", " you", " today?"])

    await #expect(throws: ReaderFailed.self) {
      try await generator.reply(to: "Hello").write { if $0 == " can" { throw ReaderFailed() } }
    }

    generator.pause = .seconds(3_600)
    let reply = generator.reply(to: "Hello")
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await #expect(throws: CancellationError.self) { try await reply.write { _ in } } }
      group.cancelAll()
    }
    #expect(
      outcomes.values == [
        .init(writtenWords: 7, words: 7), .init(writtenWords: 2, words: 7), .init(writtenWords: 0, words: 7),
      ])
    #expect(outcomes.values.map(\.isWhole) == [true, false, false])
  }
}
