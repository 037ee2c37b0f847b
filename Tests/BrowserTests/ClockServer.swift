import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@testable import SSEExampleClock

/// Whether these tests run. They need minutes of a machine and programs that not every machine has.
let runsBrowserTests = ProcessInfo.processInfo.environment["SSE_TEST_BROWSER"] == "1"

/// The clock's server and a browser, for the time of a test.
func withClock(
  interval: Duration, count: Int, now: @escaping @Sendable () -> Date = { .now },
  _ body: (_ browser: Browser, _ baseURL: URL, _ readers: Recorder<EventServerAccessRecord>) async throws -> Void
) async throws {
  let react = try #require(ReactLibrary(in: ReactLibrary.defaultFolder), "install node-react and node-react-dom")
  let router = clockRouter(ServeOptions(interval: interval, count: count), react: react, now: now)
  let readers = Recorder<EventServerAccessRecord>()
  var configuration = EventServerConfiguration()
  configuration.accessLog = { record in
    if record.path == "/events/stream" { readers.note(record) }
  }
  try await withEventServer(router, timeLimit: .seconds(60), configuration: configuration) { baseURL in
    try await withBrowser { browser in
      try await browser.runBeforeEachPage(pageObserver)
      try await body(browser, baseURL, readers)
    }
  }
}

/// Notes what a page does from its beginning: the connections that it opens, and each text that the clock shows.
private let pageObserver = """
  window.connections = [];
  window.EventSource = class extends EventSource {
    constructor(...all) { super(...all); window.connections.push(this); }
  };
  window.readings = [];
  new MutationObserver(() => {
    const text = document.querySelector(".reading")?.textContent;
    if (text && text !== window.readings.at(-1)) window.readings.push(text);
  }).observe(document, { childList: true, subtree: true, characterData: true });
  """

extension Browser {
  /// Waits until an element has this text.
  func wait(for text: String, in selector: String) async throws {
    try await eventually("\(selector) shows \(text)", within: .seconds(20)) {
      try await self.text(of: selector) == text
    }
  }

  /// `readyState` of each connection that the page has opened: 0 connecting, 1 open, 2 closed.
  func connectionStates() async throws -> [Int] {
    try await execute("return window.connections.map((connection) => connection.readyState)")
  }
}
