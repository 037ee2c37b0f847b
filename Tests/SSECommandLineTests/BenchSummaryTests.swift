import Foundation
import Testing

@testable import SSECommandLine

@Suite("The summary of sse bench")
struct BenchSummaryTests {
  private static let millisecond: UInt64 = 1_000_000
  private static let second: UInt64 = 1_000_000_000

  private func options(_ words: [String] = []) throws -> BenchOptions {
    try BenchOptions(["http://h/events", "-c", "2"] + words, environment: [:])
  }

  /// Two readers of three events, one of them to warm up; the second reader lacks the last, and has one twice.
  private func published() -> BenchMeasurement {
    var measurement = BenchMeasurement()
    var readers: [EventSequence] = []
    for time in [1, 2] {
      measurement.beganConnecting()
      measurement.connected(after: UInt64(time) * Self.millisecond)
      readers.append(measurement.answered(after: 3 * Self.millisecond))
    }
    measurement.beganConnecting()
    measurement.failedToOpen("refused")
    func event(_ number: Int, at sent: UInt64, late: UInt64 = 0) -> BenchEvent {
      BenchEvent(run: 1, number: number, sent: sent, late: late)
    }
    func deliver(_ event: BenchEvent, to reader: Int, at time: UInt64) -> Bool {
      measurement.received(events: 1, bytes: 100, at: time)
      return measurement.delivered(event, to: &readers[reader], at: time)
    }
    measurement.publishing()
    for reader in [0, 1] { _ = deliver(event(0, at: 0), to: reader, at: 500 * Self.millisecond) }
    measurement.begin(at: Self.second)
    measurement.publishing()
    let second = event(1, at: Self.second, late: Self.millisecond)
    let completing = [
      deliver(second, to: 0, at: Self.second + 2 * Self.millisecond),
      deliver(second, to: 1, at: Self.second + 6 * Self.millisecond),
      deliver(second, to: 1, at: Self.second + 6 * Self.millisecond),
    ]
    #expect(completing == [false, true, false])
    measurement.publishing()
    _ = deliver(event(2, at: 2 * Self.second), to: 0, at: 3 * Self.second)
    measurement.publishing()
    measurement.publishingWasRefused()
    measurement.finish(at: 9 * Self.second)
    for reader in readers { measurement.left(reader) }
    return measurement
  }

  @Test("what was published counts from the end of the warm-up to the last delivery")
  func figures() throws {
    let options = try options(["--publish", "http://h", "--rate", "5"])
    let summary = BenchSummary(published(), options)
    #expect(summary.connections == .init(asked: 2, opened: 2, failed: 1, ended: 0, cut: 0))
    #expect(summary.reasons == ["refused": 1])
    #expect(summary.seconds == 2)
    #expect(summary.events == 4)
    #expect(summary.eventsPerSecond == 2)
    #expect(summary.bytesPerSecond == 200)
    #expect(
      summary.published
        == .init(
          events: 2, eventsPerSecond: 1, ratePerSecond: 5, size: 100, refused: 1, lost: 1, doubled: 1, outOfOrder: 0))
    #expect(summary.connect?.max == 2_000)
    #expect(summary.answer?.count == 2)
    #expect(summary.firstEvent == nil)
    // Of the doubled one the first.
    #expect(summary.latency?.count == 3)
    #expect(summary.latency?.max == 1_000_000)
    #expect(summary.latencyFromDue?.p50 == 6_946.816)
    #expect(summary.lastReader?.count == 1)
    #expect(summary.lastReader?.max == 6_000)
    #expect(!summary.isClean)
  }

  @Test("a reader that was cut lacks what is published after it, too")
  func cut() {
    var measurement = BenchMeasurement()
    var reader = measurement.answered(after: 0)
    let other = measurement.answered(after: 0)
    measurement.publishing()
    _ = measurement.delivered(BenchEvent(run: 1, number: 0, sent: 0, late: 0), to: &reader, at: 1)
    measurement.wasCut(reader, because: "cut")
    for _ in 0..<3 { measurement.publishing() }
    measurement.left(other)
    #expect(measurement.cut == 1)
    #expect(measurement.lost == 3 + 4)
    #expect(measurement.readers == 0)
    #expect(measurement.fanOut.incomplete == 0)
  }

  @Test("without publishing all is counted until the end, and is clean where a stream could be opened")
  func counting() throws {
    var measurement = BenchMeasurement()
    #expect(!BenchSummary(measurement, try options()).isClean)
    measurement.beganConnecting()
    let reader = measurement.answered(after: 5)
    measurement.receivedFirstEvent(after: 7)
    measurement.received(events: 1_000, bytes: 1_000, at: 1)
    measurement.begin(at: Self.second)
    measurement.received(events: 300, bytes: 6_000, at: 2 * Self.second)
    measurement.ended(reader, opensAgain: true)
    #expect(measurement.pending == 1)
    measurement.finish(at: 4 * Self.second)
    measurement.finish(at: 5 * Self.second)
    let summary = BenchSummary(measurement, try options())
    #expect(summary.seconds == 3)
    #expect(summary.eventsPerSecond == 100)
    #expect(summary.bytesPerSecond == 2_000)
    #expect(summary.firstEvent?.max == 0.007)
    #expect(summary.connections.ended == 1)
    #expect(summary.published == nil)
    #expect(summary.isClean)
  }

  @Test("what comes after the end is no figure, and not lost")
  func afterTheEnd() throws {
    var measurement = BenchMeasurement()
    var reader = measurement.answered(after: 0)
    measurement.begin(at: Self.second)
    measurement.publishing()
    measurement.received(events: 1, bytes: 100, at: 2 * Self.second)
    measurement.finish(at: 3 * Self.second)
    let event = BenchEvent(run: 1, number: 0, sent: Self.second, late: 0)
    let isNews = measurement.delivered(event, to: &reader, at: 4 * Self.second)
    measurement.received(events: 1, bytes: 100, at: 4 * Self.second)
    measurement.left(reader)
    let summary = BenchSummary(measurement, try options(["--publish", "http://h"]))
    #expect(!isNews)
    #expect(summary.seconds == 1)
    #expect(summary.events == 1)
    #expect(summary.latency == nil)
    #expect(summary.published?.lost == 0)
  }

  @Test(
    "a run that ended before counting began has counted nothing, and says so", arguments: [[], ["--publish", "u"]])
  func neverBegun(words: [String]) throws {
    var measurement = BenchMeasurement()
    measurement.beganConnecting()
    var reader = measurement.answered(after: 1)
    measurement.publishing()
    _ = measurement.delivered(BenchEvent(run: 1, number: 0, sent: 1, late: 0), to: &reader, at: 2)
    measurement.received(events: 1, bytes: 100, at: 2)
    measurement.publishing()
    measurement.finish(at: Self.second)
    measurement.left(reader)
    let summary = BenchSummary(measurement, try options(words))
    #expect(summary.seconds == nil)
    #expect(summary.events == 0)
    #expect(summary.eventsPerSecond == nil)
    #expect(summary.bytesPerSecond == nil)
    #expect(summary.latency == nil)
    #expect(summary.published?.events ?? 0 == 0)
    #expect(summary.published?.lost ?? 0 == 0)
    #expect(summary.published?.eventsPerSecond == nil)
    #expect(!summary.isClean)
    let text = summary.text(bold: { $0 })
    #expect(text.contains("  events       ended before counting began\n"))
    #expect(!text.contains("/s"))
  }

  @Test("where nothing came in the time that is counted there are no rates")
  func noTime() throws {
    var measurement = BenchMeasurement()
    let reader = measurement.answered(after: 1)
    measurement.begin(at: Self.second)
    measurement.publishing()
    measurement.finish(at: 2 * Self.second)
    measurement.left(reader)
    let summary = BenchSummary(measurement, try options(["--publish", "http://h"]))
    #expect(summary.published?.events == 1)
    #expect(summary.published?.eventsPerSecond == nil)
    let text = summary.text(bold: { $0 })
    #expect(text.contains("  published    1 of 100 bytes (asked for: 10/s)\n"))
    #expect(text.contains("  events       0 in 0.0 s\n"))
  }

  @Test(
    "a run that published is clean where a reader was there to the end",
    arguments: [(0, 1, true), (1, 1, true), (2, 1, false), (0, 0, false)])
  func clean(ended: Int, published: Int, isClean: Bool) throws {
    var measurement = BenchMeasurement()
    var readers = (0..<2).map { _ in measurement.answered(after: 1) }
    measurement.begin(at: 1)
    for number in 0..<published {
      measurement.publishing()
      for reader in readers.indices {
        _ = measurement.delivered(
          BenchEvent(run: 1, number: number, sent: 1, late: 0), to: &readers[reader], at: 2)
      }
    }
    for _ in 0..<ended { measurement.ended(readers.removeLast(), opensAgain: false) }
    measurement.finish(at: 3)
    for reader in readers { measurement.left(reader) }
    #expect(BenchSummary(measurement, try options(["--publish", "http://h"])).isClean == isClean)
  }

  @Test("reasons beyond the most that are told apart count as one")
  func reasons() {
    var measurement = BenchMeasurement()
    for number in 0..<BenchMeasurement.mostReasons { measurement.failedToOpen("\(number)") }
    for _ in 0..<2 { measurement.failedToOpen("0") }
    for number in 100..<103 { measurement.failedToOpen("\(number)") }
    #expect(measurement.reasons.count == BenchMeasurement.mostReasons + 1)
    #expect(measurement.reasons["0"] == 3)
    #expect(measurement.reasons[BenchMeasurement.otherReasons] == 3)
  }

  @Test("the table")
  func table() throws {
    let options = try options(["--publish", "http://h", "--rate", "5"])
    let text = BenchSummary(published(), options).text(bold: { $0 })
    let expected = """
      sse bench http://h/events
        connections  2 asked for, 2 opened, 1 failed, 0 ended, 0 cut
                     1 × refused
        published    2 of 100 bytes: 1.0/s (asked for: 5.0/s), 1 refused
        faults       1 lost, 1 doubled, 0 out of order
        events       4 in 2.0 s: 2.0/s, 0.20 kB/s

                            p50       p99     p99.9       max
        connect         2.00 ms   2.00 ms   2.00 ms   2.00 ms
        answer          2.95 ms   2.95 ms   2.95 ms   3.00 ms
        delivery        5.90 ms    990 ms    990 ms    1.00 s
        from due        6.95 ms    990 ms    990 ms    1.00 s
        last reader     5.90 ms   5.90 ms   5.90 ms   6.00 ms

      """
    #expect(text == expected)
  }

  @Test(
    "times have the unit in which three digits say most",
    arguments: [
      (0.4, "0 µs"), (999.4, "999 µs"), (999.6, "1.00 ms"), (12_345, "12.3 ms"), (99_960, "100 ms"),
      (123_456, "123 ms"), (1_234_567, "1.23 s"),
    ])
  func times(microseconds: Double, text: String) { #expect(BenchText.time(microseconds) == text) }

  @Test(
    "numbers have commas",
    arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (123_456, "123,456"), (1_234_567, "1,234,567")])
  func counts(number: Int, text: String) { #expect(BenchText.count(number) == text) }

  @Test("JSON has all of it, in microseconds, and nothing that there is not")
  func json() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let options = try options(["--publish", "http://h", "--rate", "max"])
    let text = String(decoding: try encoder.encode(BenchSummary(published(), options)), as: UTF8.self)
    #expect(text.contains(#""connections":{"asked":2,"cut":0,"ended":0,"failed":1,"opened":2}"#))
    #expect(text.contains(#""lastReader":{"count":1,"max":6000,"p50":5898.24,"p99":5898.24,"p999":5898.24}"#))
    #expect(!text.contains("latencyFromDue"))
    #expect(!text.contains("firstEvent"))
    #expect(!text.contains("ratePerSecond"))
  }
}
