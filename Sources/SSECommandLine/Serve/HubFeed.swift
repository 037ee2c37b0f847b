import Foundation
import SSEServer
import Synchronization

/// Tells the hub's pages how it stands, once a second, and only while one is open. It is a topic like others: so pages
/// cost a reader each, and end with the server without holding it up.
final class HubFeed: Sendable {
  private static let interval = Duration.seconds(1)

  private let topics: HubTopics
  private let recent: RecentEvents
  /// A page that is slow has no use for what was.
  private let reports = Topic(history: 2, onLag: .skipToOldest, gapNotice: .none)
  private let number = UInt32.random(in: 0...UInt32.max)
  private let latest: Mutex<HubReport?> = Mutex(nil)

  init(_ topics: HubTopics, _ recent: RecentEvents) {
    self.topics = topics
    self.recent = recent
  }

  /// Reports until the task is cancelled.
  func run(_ server: EventServer) async {
    for await count in reports.readers where count > 0 {
      var seen = 0
      while reports.readers.count > 0, !Task.isCancelled {
        let events = recent.events(after: seen)
        seen = events.last?.number ?? seen
        let report = await HubReport(topics.byName, page: reports, run: number, server: server, events: events)
        latest.withLock { $0 = report }
        // Only a task that waits for readers is cancelled in it, and a report always encodes.
        _ = try? await reports.publish(json: report)
        // Cancelled at the end: the loop sees it.
        try? await Task.sleep(for: Self.interval, clock: .eventLoop)
      }
      latest.withLock { $0 = nil }
    }
  }

  /// The stream of a page. One that comes while others are open gets the newest report at once, with all last events.
  func response(after lastEventID: String?) -> Response {
    .events(from: reports, after: lastEventID, view: TopicView(snapshot: { [self] in try snapshot() }))
  }

  private func snapshot() throws -> ServerSentEvent? {
    guard var report = latest.withLock({ $0 }) else { return nil }
    report.events = recent.events(after: 0)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
    return ServerSentEvent(data: String(decoding: try encoder.encode(report), as: UTF8.self))
  }
}
