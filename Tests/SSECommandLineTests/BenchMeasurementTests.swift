import Testing

@testable import SSECommandLine

@Suite("What sse bench measures, to the number")
struct BenchMeasurementTests {
  // MARK: - Histogram

  @Test("a step is as wide as a 32nd of its power of two, and begins where the one before ends")
  func steps() {
    #expect(Histogram.step(of: 0) == 0)
    #expect(Histogram.step(of: 31) == 31)
    #expect(Histogram.step(of: 32) == 32)
    #expect(Histogram.step(of: 63) == 63)
    #expect(Histogram.step(of: 64) == 64)
    #expect(Histogram.step(of: 65) == 64)
    #expect(Histogram.step(of: 66) == 65)
    #expect(Histogram.step(of: .max) == 1_919)
    for step in 0...1_919 {
      let beginning = Histogram.beginning(of: step)
      #expect(Histogram.step(of: beginning) == step)
      if step > 0 { #expect(Histogram.step(of: beginning - 1) == step - 1) }
    }
  }

  @Test("quantiles are the beginning of their step; the longest is exact")
  func quantiles() {
    var histogram = Histogram()
    #expect(histogram.quantile(0.5) == 0)
    for time in UInt64(1)...1_000 { histogram.record(time * 1_000) }
    #expect(histogram.count == 1_000)
    #expect(histogram.longest == 1_000_000)
    // 501,000 falls into the step from 499,712 to 507,904.
    #expect(histogram.quantile(0.5) == 491_520 + 8_192)
    #expect(histogram.quantile(0.99) == 983_040)
    #expect(histogram.quantile(0.999) == 999_424)
    #expect(histogram.quantile(1) == 1_000_000)
    #expect(histogram.quantile(0) == 1_000 - 1_000 % 16)
  }

  // MARK: - One reader

  @Test("an event is counted together with the bytes that have brought it")
  func reading() {
    let record = BenchRecord()
    let reading = BenchReading(record, connected: 0)
    record.withLock { $0.beganConnecting() }
    reading.streamReceived(byteCount: 200)
    reading.streamOpened()
    reading.streamReadEnded()
    record.withLock { measurement in
      measurement.begin(at: 1)
      measurement.publishing()
    }
    let own = BenchEvent(run: record.run, number: 0, sent: 1, late: 0).data(size: 100)
    reading.streamReceived(byteCount: 140)
    #expect(record.withLock { [$0.fanOut.incomplete, $0.events, $0.bytes] } == [1, 0, 0])
    reading.streamReceived(data: String(decoding: own, as: UTF8.self))
    #expect(record.withLock { [$0.fanOut.incomplete, $0.events, $0.bytes] } == [0, 1, 140])
    reading.streamReceived(data: "of another")
    reading.streamReadEnded()
    #expect(record.withLock { [$0.latencies.count, $0.doubled, $0.events, $0.bytes] } == [1, 0, 2, 140])
    // A comment.
    reading.streamReceived(byteCount: 10)
    reading.streamReadEnded()
    #expect(record.withLock { [$0.latencies.count, $0.doubled, $0.events, $0.bytes] } == [1, 0, 2, 150])
  }

  @Test("bytes of an answer that is no stream do not count, nor what comes when the run is over")
  func uncounted() {
    let record = BenchRecord()
    let refused = BenchReading(record, connected: 0)
    refused.streamReceived(byteCount: 200)
    refused.streamReadEnded()
    #expect(record.withLock { $0.bytes } == 0)
    let reading = BenchReading(record, connected: 0)
    reading.streamReceived(byteCount: 100)
    reading.streamOpened()
    reading.streamReadEnded()
    record.withLock { $0.finish(at: 1) }
    reading.streamReceived(byteCount: 50)
    reading.streamReceived(data: "late")
    reading.streamReadEnded()
    #expect(record.withLock { [$0.events, $0.bytes] } == [0, 0])
  }

  @Test(
    "a reader's events, from number 0",
    arguments: [
      ([0, 1, 2], [.inOrder, .inOrder, .inOrder], 3, 0),
      ([0, 2, 1], [.inOrder, .inOrder, .late], 3, 0),
      ([0, 1, 1], [.inOrder, .inOrder, .doubled], 2, 0),
      ([0, 5], [.inOrder, .inOrder], 6, 4),
      ([5, 2, 2, 6, 0, 1], [.inOrder, .late, .doubled, .inOrder, .late, .late], 7, 2),
      ([], [], 0, 0),
    ] as [([Int], [EventSequence.Arrival], Int, Int)])
  func sequence(numbers: [Int], arrivals: [EventSequence.Arrival], next: Int, missing: Int) {
    var sequence = EventSequence(from: 0)
    let seen = numbers.map { sequence.received($0) }
    #expect(seen == arrivals)
    #expect(sequence.next == next)
    #expect(sequence.missingCount == missing)
  }

  @Test("what was published before a reader came is not its own")
  func early() {
    var sequence = EventSequence(from: 10)
    let arrivals = [9, 9, 12].map { sequence.received($0) }
    #expect(arrivals == [.early, .early, .inOrder])
    #expect(sequence.missingCount == 2)
  }

  @Test("of gaps beyond the most that are remembered only their number is")
  func gaps() {
    var sequence = EventSequence(from: 0)
    let gaps = EventSequence.mostGaps + 3
    for number in 0..<gaps { _ = sequence.received(number * 2 + 1) }
    #expect(sequence.missingCount == gaps)
    let arrivals = [0, 6].map { sequence.received($0) }
    #expect(arrivals == [.doubled, .late])
    #expect(sequence.missingCount == gaps - 1)
  }

  // MARK: - All readers

  @Test("an event is complete when each reader that was there has it or has left")
  func fanOut() {
    var fanOut = FanOut()
    let first = [fanOut.join(), fanOut.join()]
    fanOut.publish()
    let last = fanOut.join()
    #expect(first == [0, 0])
    #expect(last == 1)
    fanOut.publish()
    #expect(fanOut.incomplete == 2)
    let ofTwo = (0..<3).map { _ in fanOut.delivered(0) }
    #expect(ofTwo == [false, true, false])
    #expect(fanOut.incomplete == 1)
    let ofThree = (0..<2).map { _ in fanOut.delivered(1) }
    #expect(ofThree == [false, false])
    fanOut.leave(before: 1)
    #expect(fanOut.incomplete == 0)
    #expect(fanOut.readers == 2)
  }

  @Test("an event that the server refused is none")
  func withdrawn() {
    var fanOut = FanOut()
    _ = fanOut.join()
    fanOut.publish()
    fanOut.withdraw()
    #expect(fanOut.published == 0)
    #expect(fanOut.incomplete == 0)
    fanOut.publish()
    let isComplete = fanOut.delivered(0)
    #expect(isComplete)
  }

  @Test("what is given up is waited for no more, later events are")
  func abandoned() {
    var fanOut = FanOut()
    for _ in 0..<2 { _ = fanOut.join() }
    for _ in 0..<2 { fanOut.publish() }
    _ = fanOut.delivered(0)
    fanOut.abandon()
    #expect(fanOut.incomplete == 0)
    let isComplete = fanOut.delivered(0)
    #expect(!isComplete)
    fanOut.publish()
    #expect(fanOut.incomplete == 1)
    let ofTwo = (0..<2).map { _ in fanOut.delivered(2) }
    #expect(ofTwo == [false, true])
    #expect(fanOut.incomplete == 0)
  }

  @Test("so many events may be under way; an older one never becomes complete")
  func underWay() {
    var fanOut = FanOut()
    _ = fanOut.join()
    for _ in 0...FanOut.mostUnderWay { fanOut.publish() }
    #expect(fanOut.incomplete == FanOut.mostUnderWay)
    let areComplete = [fanOut.delivered(0), fanOut.delivered(1)]
    #expect(areComplete == [false, true])
    fanOut.leave(before: 2)
    #expect(fanOut.incomplete == 0)
  }

  // MARK: - The data

  @Test("the data of an event is as long as asked for, and says what it was made with", arguments: [80, 100, 5_000])
  func data(size: Int) {
    let event = BenchEvent(run: .max, number: 999_999_999, sent: 999_999_999_999_999_999, late: 123_456_789_012)
    let data = event.data(size: size)
    #expect(data.count == size)
    let text = String(decoding: data, as: UTF8.self)
    #expect(BenchEvent(text, of: .max) == event)
    #expect(BenchEvent(text, of: 1) == nil)
  }

  @Test(
    "anything else is no event of the run's own",
    arguments: ["", "1", "1 2 3 4", "1 2 3 x ", "1  2 3 4 ", "-1 2 3 4 ", "1 2 3 1234567890123456789 ", "{\"time\":1}"])
  func foreign(text: String) {
    #expect(BenchEvent(text, of: 1) == nil)
  }
}
