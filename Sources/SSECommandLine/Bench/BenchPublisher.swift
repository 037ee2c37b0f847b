import SSEClient
import SSESockets

/// Publishes the events of a run, one after the other over a connection that is kept.
struct BenchPublisher {
  /// A server that has not answered for so long ends the run.
  static let longestAnswer = Duration.seconds(10)

  private let size: Int
  private let record: BenchRecord
  private let connection: KeptConnection
  private var hasPublished = false

  init(
    _ publishing: BenchOptions.Publishing, _ configuration: EventClientConfiguration, record: BenchRecord
  ) throws(EventClientError) {
    size = publishing.size
    self.record = record
    var configuration = configuration
    configuration.timeouts.responseHead = Self.longestAnswer
    connection = try KeptConnection(to: publishing.url, headers: publishing.headers, configuration: configuration)
  }

  /// Publishes the next event, and waits for the server's answer.
  ///
  /// - Parameter due: When it should be sent; nil: now.
  /// - Throws: `EventRefused` where the first event is refused; that of a later one is counted, and its number is given
  ///   to the next. `EventClientError` where nobody knows whether it was taken.
  mutating func publish(due: UInt64? = nil) async throws {
    let number = record.withLock { measurement in
      measurement.publishing()
      return measurement.fanOut.published - 1
    }
    let answer = try await connection.post {
      let now = EventLoop.now
      let event = BenchEvent(run: record.run, number: number, sent: now, late: now - min(now, due ?? now))
      return .bytes(event.data(size: size), contentType: "text/plain; charset=utf-8")
    }
    guard (200...299).contains(answer.status.code) else {
      guard hasPublished else { throw EventRefused(answer) }
      return record.withLock { $0.publishingWasRefused() }
    }
    hasPublished = true
  }
}
