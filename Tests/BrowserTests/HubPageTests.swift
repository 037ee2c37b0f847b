import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite(
  "The hub's page in Chromium", .serialized, .timeLimit(.minutes(2)),
  .enabled(if: runsBrowserTests, "Tests/run runs these, with SSE_TEST_BROWSER=1; they need Debian's chromium-driver"))
struct HubPageTests {
  @Test("the form publishes: the topic's readers get the event, and the page shows it, the topic and the rate")
  func publishing() async throws {
    try await withHubPage { browser, url, port in
      let reader = try await reader(port, "/events?topic=news")
      try await browser.set("topic", "news")
      try await browser.set("type", "headline")
      try await browser.set("data", "It works")
      try await browser.click("#send")
      try await reader.read(through: "event: headline\nid: ")
      try await reader.read(through: "data: It works\n\n")
      try await browser.wait(for: "It works", in: "#events li pre")
      #expect(try await browser.text(of: "#events li b") == "news")
      #expect(try await browser.text(of: "#events li span") == "headline")
      #expect(try await browser.text(of: "#result")?.hasPrefix("Published as ") == true)
      #expect(try await browser.text(of: "#topics tr td button") == "news")
      try await browser.wait(for: "1", in: "#topics tr td:nth-child(2)")
      try await browser.wait(for: "1", in: "#readers")
      #expect(try await browser.text(of: "#state") == "live")
      #expect(try await browser.execute("return document.getElementById('data').value") == "")

      try await browser.set("type", "a\\nb")
      let _: Bool = try await browser.execute("document.getElementById('topic').pattern = '.*'; return true")
      try await browser.set("topic", "no/name")
      try await browser.click("#send")
      try await eventually("the refusal is shown", within: .seconds(20)) {
        try await browser.text(of: "#result.failed")?.contains("cannot be a topic's name") == true
      }
    }
  }

  @Test("a connection is shown with its address, topic and lag, and its button ends it")
  func connections() async throws {
    try await withHubPage { browser, url, port in
      // It reads nothing, and the kernel holds little for it.
      let slow = try await RawConnection.connect(port: port, receiveBuffer: 4_096)
      try await slow.write("GET /events?topic=big HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
      let row = """
        const row = [...document.querySelectorAll("#connections tr")].find((row) => row.cells[1].textContent === "big");
        """
      try await eventually("the connection is shown", within: .seconds(20)) {
        try await browser.execute("\(row) return row?.cells[0].textContent ?? ''") == "127.0.0.1"
      }
      // More than the kernel's buffers hold.
      let _: Bool = try await browser.execute(
        """
        const publish = () => fetch("publish?topic=big", { method: "POST", body: "x".repeat(1e6) });
        (async () => { for (let number = 0; number < 15; number++) await publish(); })();
        return true
        """)
      try await eventually("it is shown to be behind", within: .seconds(30)) {
        try await browser.execute(
          "\(row) return row?.cells[2].className === 'behind' && Number(row.cells[2].textContent) > 5")
      }
      let _: Bool = try await browser.execute("\(row) row.querySelector('button').id = 'end'; return true")
      try await browser.click("#end")
      try await eventually("its row is gone", within: .seconds(20)) { try await browser.execute("\(row) return !row") }
      _ = try await slow.readToEnd()
    }
  }

  @Test("the plot moves on by itself, and grows with what is published")
  func plot() async throws {
    try await withHubPage { browser, url, port in
      let picture = "return document.getElementById('plot').toDataURL()"
      let empty: String = try await browser.execute(picture)
      try await browser.set("data", "x")
      try await browser.click("#send")
      try await eventually("something is drawn", within: .seconds(20)) { try await browser.execute(picture) != empty }
      // The events a second that have come since, and nothing but time changes the picture.
      try await browser.wait(for: "0", in: "#rate")
      for _ in 1...3 {
        let before: String = try await browser.execute(picture)
        try await eventually("it moves", within: .seconds(20)) { try await browser.execute(picture) != before }
      }
    }
  }

  @Test("what comes over the network is shown as text, whatever it holds")
  func text() async throws {
    try await withHubPage { browser, url, port in
      let markup = "<img src=x onerror=\"window.hacked = 1\"><script>window.hacked = 1</script>"
      try await browser.set("type", markup)
      try await browser.set("data", markup)
      try await browser.click("#send")
      try await browser.wait(for: markup, in: "#events li pre")
      #expect(try await browser.text(of: "#events li span") == markup)
      #expect(try await browser.execute("return document.querySelectorAll('main img, main script').length") == 0)
      #expect(try await browser.execute("return window.hacked ?? 0") == 0)
      // A script that got in all the same would not run.
      let _: Bool = try await browser.execute(
        "document.querySelector('footer').innerHTML = '<img src=x onerror=\"window.hacked = 1\">'; return true")
      #expect(try await browser.execute("return window.hacked ?? 0") == 0)
    }
  }

  @Test("a hub with tokens asks for one, until it is the right one, and keeps it while the tab is open")
  func tokens() async throws {
    try await withHubPage(["--publish-token", "p&1", "--subscribe-token", "s"]) { browser, url, port in
      let isAsked = "return document.getElementById('token-dialog').open"
      try await eventually("it asks", within: .seconds(20)) { try await browser.execute(isAsked) }
      #expect(try await browser.execute("return document.getElementById('token-refused').hidden"))
      let saying = "return [...document.querySelectorAll('.empty')].filter((text) => text.checkVisibility()).length"
      #expect(try await browser.execute(saying) == 0, "of what is empty before the hub has told")
      try await browser.set("token", "wrong")
      try await browser.click("#token-form button")
      try await eventually("it asks again", within: .seconds(20)) {
        try await browser.execute("\(isAsked) && !document.getElementById('token-refused').hidden")
      }
      try await browser.set("token", "p&1")
      try await browser.click("#token-form button")
      try await browser.wait(for: "live", in: "#state")
      try await eventually("it says that nothing was published", within: .seconds(20)) {
        try await browser.execute(saying) as Int >= 1
      }
      try await browser.set("data", "hello")
      try await browser.click("#send")
      try await browser.wait(for: "hello", in: "#events li pre")
      try await browser.open(url)
      try await browser.wait(for: "live", in: "#state")
      #expect(try await browser.execute(isAsked) == false)
    }
  }

  @Test("a page of another origin neither publishes to the hub nor reads from it")
  func stranger() async throws {
    var router = Router()
    router.get("/") { _ in .html("<title>stranger</title>") }
    try await withEventServer(router, timeLimit: .seconds(60)) { stranger in
      try await withHubPage { browser, url, port in
        try await browser.open(stranger)
        let _: Bool = try await browser.execute(
          """
          window.outcomes = [];
          const note = (outcome) => () => outcomes.push(outcome);
          fetch("\(url)publish", { method: "POST", body: "x" }).then(note("read"), note("failed"));
          fetch("\(url)publish", { method: "POST", body: "x", mode: "no-cors" }).then(note("sent"));
          const source = new EventSource("\(url)events");
          source.onopen = note("open");
          source.onerror = note("refused");
          return true
          """)
        try await eventually("all three have ended", within: .seconds(20)) {
          try await browser.execute("return outcomes.toSorted().join()") == "failed,refused,sent"
        }
        let metrics = try await RawConnection.connect(port: port)
        try await metrics.write("GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n")
        #expect(!(try await metrics.readToEnd()).contains("sse_topic_events_published_total{"))
      }
    }
  }

  @Test("it fits on a telephone, and each field and button has a name")
  func telephone() async throws {
    try await withHubPage { browser, url, port in
      let reader = try await reader(port, "/events?topic=\(String(repeating: "long-", count: 12))")
      try await browser.set("data", String(repeating: "x", count: 400))
      try await browser.click("#send")
      try await browser.wait(for: "1", in: "#readers")
      try await browser.resize(width: 390, height: 800)
      #expect(try await browser.execute("return document.documentElement.scrollWidth <= innerWidth"))
      let nameless: [String] = try await browser.execute(
        """
        return [...document.querySelectorAll("input, textarea, button, canvas")].filter((element) =>
          !(element.labels?.length || element.textContent.trim() || element.ariaLabel))
          .map((element) => element.outerHTML)
        """)
      #expect(nameless == [])
      reader.close()
    }
  }

  // MARK: - A hub and a browser, for the time of a test

  private func withHubPage(
    _ options: [String] = [], _ body: (_ browser: Browser, _ url: String, _ port: Int) async throws -> Void
  ) async throws {
    try await withRunningProgram(Product.path("sse"), ["serve", "--port", "0"] + options) { hub in
      let port = try await hub.port()
      let url = "http://127.0.0.1:\(port)/"
      try await withBrowser { browser in
        try await browser.open(url)
        if options.isEmpty { try await browser.wait(for: "live", in: "#state") }
        try await body(browser, url, port)
      }
    }
  }

  private func reader(_ port: Int, _ target: String) async throws -> RawConnection {
    let connection = try await RawConnection.connect(port: port)
    try await connection.write("GET \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
    try await connection.read(through: "\r\n\r\n")
    return connection
  }
}

extension Browser {
  /// Types into a field, in place of what stands there.
  fileprivate func set(_ field: String, _ text: String) async throws {
    let quoted = String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
    let _: Bool = try await execute("document.getElementById('\(field)').value = \(quoted); return true")
  }
}
