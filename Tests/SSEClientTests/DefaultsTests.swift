import Testing

@testable import SSEClient

/// What a client does when nothing is set, and what its errors say.
@Suite struct DefaultsTests {
  @Test("The limits and times of a client that sets none")
  func defaults() {
    let configuration = EventClient().configuration
    #expect(configuration.limits.responseHead == 65_536)
    #expect(configuration.limits.responseLine == 16_384)
    #expect(configuration.limits.errorBody == 16_384)
    #expect(configuration.limits.events == EventStreamLimits(line: 16_777_216, event: 16_777_216))
    #expect(configuration.timeouts.connect == .seconds(10))
    #expect(configuration.timeouts.responseHead == .seconds(60))
    #expect(configuration.timeouts.errorBody == .seconds(2))
    #expect(configuration.timeouts.read == nil)
    #expect(EventRequest("http://h/").reconnect == .standard)
    #expect(ReconnectPolicy.standard.reconnectionTime == .seconds(3))
    #expect(ReconnectPolicy.standard.longestBackoff == .seconds(30))
  }

  struct Message: Sendable {
    var error: EventClientError
    var says: [String]
  }

  static let url = "http://h/x"

  @Test(
    "An error is one line that names the URL and says what to do",
    arguments: [
      Message(error: .unsupportedScheme("ftp", url: url), says: ["'ftp'", "use http or https"]),
      Message(error: .unknownHost("h", url: url), says: ["unknown host 'h'", "check"]),
      Message(error: .timedOut(.connect, after: .seconds(10), url: url), says: ["EventClientTimeouts.connect"]),
      Message(error: .timedOut(.read, after: .seconds(10), url: url), says: ["EventClientTimeouts.read"]),
      Message(
        error: .limitExceeded(.responseHead, bytes: 7, url: url), says: ["7 bytes", "EventClientLimits.responseHead"]),
      Message(error: .limitExceeded(.line, bytes: 7, url: url), says: ["7 bytes", "EventClientLimits.events.line"]),
      Message(error: .alreadyIterating(url: url), says: ["second source"]),
      Message(
        error: .unexpectedContentType(
          RefusedResponse(
            url: url, head: ResponseHead(status: .ok, headers: ["Content-Type": "a\u{1B}[2J"]),
            body: Array("two\nlines \u{1B}[2J".utf8))),
        says: ["content type 'a [2J'", "The body begins: two lines  [2J"]),
      Message(error: .cut(url: url), says: ["broke off"]),
      Message(error: .noResponse(url: url), says: ["without an answer"]),
    ])
  func descriptions(message: Message) {
    let text = message.error.description
    #expect(text.hasPrefix("http://h/x: "))
    #expect(!text.contains("\n"))
    for part in message.says { #expect(text.contains(part), "\(text)") }
  }
}
