import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite(
  "Chromium's EventSource and this server", .serialized,
  .enabled(if: runsBrowserTests, "Tests/run runs these, with SSE_TEST_BROWSER=1; they need Debian's chromium-driver"))
struct ReconnectingTests {
  struct Cut: Error {}

  @Test("it comes back with Last-Event-ID after the server dropped it, and no more after a 204")
  func reconnecting() async throws {
    let requests = Recorder<String?>()
    var router = Router()
    router.get("/") { _ in .html("<!doctype html><title>Nothing</title>") }
    router.events("/dropped") { request, events in
      requests.note(request.lastEventID)
      switch requests.count {
      case 1:
        try await events.retry(after: .milliseconds(20))
        try await events.send("first", id: "id-1")
        throw Cut()
      case 2:
        try await events.send("second", id: "id-ü")
      case 3:
        try await events.send("third", type: "other", id: "id-3")
        throw Cut()
      default:
        throw HTTPStatus.noContent
      }
    }
    try await withPage(router) { browser in
      try await browser.listen(to: "/dropped")
      try await eventually("it is closed for good", within: .seconds(20)) { try await browser.isClosed() }
      #expect(try await browser.received() == ["first id-1", "second id-ü", "third id-3"])
      #expect(requests.values == [nil, "id-1", "id-ü", "id-3"])
    }
  }

  @Test("a refusal of the first request ends it", arguments: [HTTPStatus.noContent, .notFound])
  func refused(status: HTTPStatus) async throws {
    let requests = Recorder<String?>()
    var router = Router()
    router.get("/") { _ in .html("<!doctype html><title>Nothing</title>") }
    router.events("/refused") { request, _ in
      requests.note(request.lastEventID)
      throw status
    }
    try await withPage(router) { browser in
      try await browser.listen(to: "/refused")
      try await eventually("it is closed for good", within: .seconds(20)) { try await browser.isClosed() }
      #expect(requests.count == 1)
    }
  }

  @Test("a topic's events come with the topic's ids")
  func topic() async throws {
    let topic = Topic(history: 100)
    var router = Router()
    router.get("/") { _ in .html("<!doctype html><title>Nothing</title>") }
    router.events("/topic", from: topic)
    try await withPage(router) { browser in
      try await browser.listen(to: "/topic")
      try await eventually("it is open") { try await browser.execute("return window.source.readyState") == 1 }
      for number in 1...3 { try await topic.publish(ServerSentEvent(data: "\(number)")) }
      try await eventually("three have come") { try await browser.received().count == 3 }
      let lastEventID: String = try await browser.execute("return window.lastEventID")
      #expect(try await browser.received() == (1...3).map { "\($0) \(lastEventID.dropLast())\($0)" })
    }
  }

  /// A server and a browser that shows an empty page of it.
  private func withPage(_ router: Router, _ body: (Browser) async throws -> Void) async throws {
    var configuration = EventServerConfiguration()
    configuration.log = { _ in }  // The handlers fail on purpose.
    try await withEventServer(router, timeLimit: .seconds(60), configuration: configuration) { baseURL in
      try await withBrowser { browser in
        try await browser.open(baseURL)
        try await body(browser)
      }
    }
  }
}

extension Browser {
  /// Opens an `EventSource` in the page that notes each event's data and id.
  fileprivate func listen(to path: String) async throws {
    let _: Bool = try await execute(
      """
      window.received = [];
      window.source = new EventSource("\(path)");
      const note = (event) => {
        window.lastEventID = event.lastEventId;
        window.received.push(`${event.data} ${event.lastEventId}`);
      };
      window.source.onmessage = note;
      window.source.addEventListener("other", note);
      return true;
      """)
  }

  fileprivate func received() async throws -> [String] { try await execute("return window.received") }

  fileprivate func isClosed() async throws -> Bool { try await execute("return window.source.readyState === 2") }
}
