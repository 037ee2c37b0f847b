import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@testable import SSEExampleChat

@Suite(
  "The chat's pages in Chromium", .serialized,
  .enabled(if: runsBrowserTests, "Tests/run runs these, with SSE_TEST_BROWSER=1; they need Debian's chromium-driver"))
struct ChatPageTests {
  @Test("a reply appears word by word, and a second question gets its own", arguments: PageKind.allCases)
  func wordByWord(kind: PageKind) async throws {
    try await withChat(pause: .milliseconds(30)) { browser, baseURL, outcomes in
      try await browser.open(baseURL.absoluteString + kind.path)
      try await browser.ask("Hello")
      try await browser.wait(for: "7 words", in: ".assistant small")
      let reply = "Hello! How can I assist you today?"
      let shown: [String] = try await browser.execute("return window.shown")
      #expect(shown.last == reply)
      // All seven on an idle machine; a page may show two that come together as one.
      #expect(Set(shown).count >= 3)
      for (text, next) in zip(shown, shown.dropFirst()) { #expect(next.hasPrefix(text)) }
      #expect(try await browser.text(of: ".user p") == "Hello")

      try await browser.ask("How does <b>this</b> work?")
      try await browser.wait(for: "finished", of: "article:last-of-type")
      let second = try #require(try await browser.text(of: "article:last-of-type p"))
      #expect(second.hasPrefix("You wrote “How does <b>this</b> work?”. "))
      #expect(try await browser.text(of: ".assistant p") == reply)
      #expect(outcomes.values.map(\.isWhole) == [true, true])
    }
  }

  @Test(
    "the stop button closes the stream, which cancels the generator; then another question can be asked",
    arguments: PageKind.allCases)
  func stopping(kind: PageKind) async throws {
    // The reply would take minutes.
    try await withChat(pause: .milliseconds(1_500)) { browser, baseURL, outcomes in
      try await browser.open(baseURL.absoluteString + kind.path)
      try await browser.ask("Tell me more")
      try await eventually("two words are shown", within: .seconds(20)) {
        try await browser.text(of: ".assistant p") == "You wrote"
      }
      #expect(try await browser.text(of: ".assistant small") == "writing…")
      #expect(outcomes.values.isEmpty)
      try await browser.click("#stop")
      let outcome = try await outcomes.first { _ in true }
      #expect(outcome.writtenWords < outcome.words)
      #expect((2...4).contains(outcome.writtenWords))
      try await browser.wait(for: "stopped", of: ".assistant")
      #expect(try await browser.text(of: ".assistant small")?.hasPrefix("stopped after ") == true)
      #expect(try await browser.execute("return document.getElementById('stop').hidden"))

      try await browser.ask("Hello")
      try await eventually("the next reply begins", within: .seconds(20)) {
        try await browser.text(of: "article:last-of-type p") == "Hello!"
      }
    }
  }

  @Test("leaving the page cancels the generator", arguments: PageKind.allCases)
  func leaving(kind: PageKind) async throws {
    try await withChat(pause: .milliseconds(1_500)) { browser, baseURL, outcomes in
      try await browser.open(baseURL.absoluteString + kind.path)
      try await browser.ask("Tell me more")
      try await eventually("a word is shown", within: .seconds(20)) {
        try await browser.text(of: ".assistant p") == "You"
      }
      try await browser.open("about:blank")
      let outcome = try await outcomes.first { _ in true }
      #expect(outcome.writtenWords < outcome.words)
    }
  }

  @Test("a refusal's words are shown in place of a reply")
  func refused() async throws {
    let listener = try RawListener()
    let url = try #require(URL(string: listener.url))
    let upstream = Upstream(baseURL: url, key: nil, model: "a\"b")
    try await withBrowser(at: chatRouter(.upstream(upstream))) { browser, baseURL in
      try await browser.open(baseURL)
      try await browser.ask("Hello")
      let connection = try await listener.accept()
      let request = try await connection.read(through: "}]}")
      #expect(request.contains(#""model":"a\"b""#))
      let body = #"{"error":{"message":"no such model"}}"#
      try await connection.write("HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n\r\n\(body)")
      connection.close()
      try await browser.wait(for: "no such model", in: ".assistant[data-state=failed] small")
    }
  }

  // MARK: - A chat and a browser, for the time of a test

  private func withChat(
    pause: Duration,
    _ body: (_ browser: Browser, _ baseURL: URL, _ outcomes: Recorder<WordGenerator.Outcome>) async throws -> Void
  ) async throws {
    let outcomes = Recorder<WordGenerator.Outcome>()
    var generator = WordGenerator(pause: pause, seed: 1)
    generator.onEnd = { outcomes.note($0) }
    try await withBrowser(at: chatRouter(.generator(generator))) { browser, baseURL in
      try await body(browser, baseURL, outcomes)
    }
  }

  private func withBrowser(
    at router: Router, _ body: (_ browser: Browser, _ baseURL: URL) async throws -> Void
  ) async throws {
    try await withEventServer(router, timeLimit: .seconds(60)) { baseURL in
      try await SSETestSupport.withBrowser { browser in
        try await browser.runBeforeEachPage(replyObserver)
        try await body(browser, baseURL)
      }
    }
  }
}

/// Notes each text that the first reply shows.
private let replyObserver = """
  window.shown = [];
  new MutationObserver(() => {
    const text = document.querySelector(".assistant p")?.textContent;
    if (text && text !== window.shown.at(-1)) window.shown.push(text);
  }).observe(document, { childList: true, subtree: true, characterData: true });
  """

extension Browser {
  /// Types a question and presses the button.
  fileprivate func ask(_ question: String) async throws {
    let quoted = String(decoding: try JSONEncoder().encode(question), as: UTF8.self)
    let _: Bool = try await execute("document.getElementById('prompt').value = \(quoted); return true")
    try await click("#send")
  }

  /// Waits until the message that a selector finds is in this state.
  fileprivate func wait(for state: String, of selector: String) async throws {
    try await eventually("\(selector) is \(state)", within: .seconds(20)) {
      try await execute("return document.querySelector(\"\(selector)\")?.dataset.state ?? ''") == state
    }
  }
}
