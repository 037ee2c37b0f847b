import Foundation
import SSEServer
import SSETestSupport
import Synchronization
import Testing

@testable import SSEExampleClock

@Suite(
  "The clock's pages in Chromium", .serialized,
  .enabled(if: runsBrowserTests, "Tests/run runs these, with SSE_TEST_BROWSER=1; they need Debian's chromium-driver"))
struct ClockPageTests {
  static let pages = ["/", "/react"]

  @Test("a page shows the server's times in order, then Finished, and has closed its connection", arguments: pages)
  func times(page: String) async throws {
    let start = Date(timeIntervalSinceReferenceDate: 800_000_000)
    let ticks = Mutex(0)
    let count = 8
    let now: @Sendable () -> Date = {
      ticks.withLock { ticks in
        defer { ticks += 1 }
        return start + TimeInterval(ticks)
      }
    }
    try await withClock(interval: .milliseconds(50), count: count, now: now) { browser, baseURL, readers in
      try await browser.open(baseURL.absoluteString + page)
      try await browser.wait(for: "Finished", in: ".reading")
      let sent = (0..<count).map { "Server Time: \(clockText(start + TimeInterval($0)))" }
      let seen: [String] = try await browser.execute("return window.readings")
      #expect(seen.first == "…")
      #expect(seen.last == "Finished")
      let times = seen.dropFirst().dropLast()
      #expect(Array(times) == sent.filter(times.contains))
      // All of them on an idle machine; a page may show two that come together as one.
      #expect(times.count >= 3)
      #expect(try await browser.text(of: ".connection") == "closed")
      #expect(try await browser.connectionStates() == [2])
      try await eventually("the server has noted the end") { readers.count == 1 }
      // The page closes as soon as it has read "finished": that may come before the stream's own end.
      #expect([.complete, .readerLeft].contains(readers.values.first?.ending))
      #expect(readers.values.first?.events == count + 1)
    }
  }

  @Test("a page shows the real time, a new one each second", arguments: pages)
  func realTime(page: String) async throws {
    try await withClock(interval: .seconds(1), count: 10) { browser, baseURL, _ in
      try await browser.open(baseURL.absoluteString + page)
      var shown: [Date] = []
      try await eventually("three times are shown", within: .seconds(20)) {
        let date = try await browser.text(of: ".reading").flatMap { try? Self.date(of: $0) }
        if let date, date != shown.last {
          #expect(abs(date.timeIntervalSinceNow) < 3)
          shown.append(date)
        }
        return shown.count == 3
      }
      #expect(shown == shown.sorted())
      #expect(shown[2].timeIntervalSince(shown[0]) <= 4)
      #expect(try await browser.text(of: ".connection") == "open")
      #expect(try await browser.connectionStates() == [1])
    }
  }

  @Test("unmounting the component closes its connection on the server, mounting opens another", arguments: pages)
  func unmounting(page: String) async throws {
    try await withClock(interval: .seconds(3_600), count: 10) { browser, baseURL, readers in
      try await browser.open(baseURL.absoluteString + page)
      try await browser.wait(for: "open", in: ".connection")
      #expect(try await browser.text(of: "#toggle") == "Unmount the clock")
      #expect(readers.values.isEmpty)
      try await browser.click("#toggle")
      // Between two events an hour apart: the server hears of the close itself.
      try await eventually("the server sees the reader leave") { readers.values.map(\.ending) == [.readerLeft] }
      try await browser.wait(for: "closed", in: ".connection")
      try await browser.wait(for: "––:––:––", in: ".reading")
      #expect(try await browser.connectionStates() == [2])
      #expect(try await browser.text(of: "#toggle") == "Mount the clock")
      try await browser.click("#toggle")
      try await browser.wait(for: "open", in: ".connection")
      #expect(try await browser.connectionStates() == [2, 1])
      #expect(readers.count == 1)
    }
  }

  @Test("leaving the page closes its connection on the server", arguments: pages)
  func leaving(page: String) async throws {
    try await withClock(interval: .seconds(3_600), count: 10) { browser, baseURL, readers in
      try await browser.open(baseURL.absoluteString + page)
      try await browser.wait(for: "open", in: ".connection")
      #expect(readers.values.isEmpty)
      try await browser.open("about:blank")
      try await eventually("the server sees the reader leave") { readers.values.map(\.ending) == [.readerLeft] }
    }
  }

  @Test("the way from one page to the other closes the one's connection and opens the other's")
  func changing() async throws {
    try await withClock(interval: .seconds(3_600), count: 10) { browser, baseURL, readers in
      try await browser.open(baseURL)
      try await browser.wait(for: "open", in: ".connection")
      try await browser.click("nav a[href='/react']")
      try await eventually("the server sees the reader leave") { readers.values.map(\.ending) == [.readerLeft] }
      try await browser.wait(for: "open", in: ".connection")
      #expect(try await browser.execute("return location.pathname") == "/react")
    }
  }

  /// The date in "Server Time: 2026-11-23 08:36:21".
  private static func date(of reading: String) throws -> Date {
    let style = Date.ISO8601FormatStyle(timeZone: .current).year().month().day().dateTimeSeparator(.space)
      .time(includingFractionalSeconds: false)
    return try Date(String(reading.trimmingPrefix("Server Time: ")), strategy: style)
  }
}
