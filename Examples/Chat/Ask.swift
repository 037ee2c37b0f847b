import Foundation
import SSEClient

/// `sse-chat ask`: prints a reply as it comes. Ctrl-C closes the connection, which ends the reply at its writer too.
func ask(_ question: Question) async throws {
  let key = try APIKey(variable: question.keyVariable)
  guard let url = URL(string: question.url) else { throw UsageError.notAURL(option: "--url", value: question.url) }
  let wasInterrupted = try await cancelOnInterrupt {
    try await answer(question, at: url, key: key?.text)
  }
  if wasInterrupted { exit(128 + SIGINT) }
}

private func answer(_ question: Question, at url: URL, key: String?) async throws {
  let client = EventClient()
  var printed = PrintedReply()
  // What has come stays on a line of its own, however it ends.
  defer { printed.end() }
  switch question.format {
  case .openai:
    let messages = [OpenAI.Message(role: .user, content: question.prompt)]
    for try await text in client.chatCompletion(of: messages, model: question.model, at: url, key: key) {
      printed.append(text)
    }
  case .anthropic:
    let messages = [Anthropic.Message(role: .user, content: question.prompt)]
    for try await text in client.message(to: messages, model: question.model, at: url, key: key) {
      printed.append(text)
    }
  case .conversation:
    for try await text in client.conversation(about: question.prompt, at: url) { printed.grow(to: text) }
  }
}

/// What of a reply stands in the terminal.
private struct PrintedReply {
  private var text = ""

  mutating func append(_ piece: String) {
    Terminal.write(received: piece)
    text += piece
  }

  /// Prints what the whole text so far has more than before; one that was changed instead is printed anew.
  mutating func grow(to whole: String) {
    if whole.hasPrefix(text) { return append(String(whole.dropFirst(text.count))) }
    end()
    append(whole)
  }

  mutating func end() {
    if !text.isEmpty { Terminal.write("\n") }
    text = ""
  }
}
