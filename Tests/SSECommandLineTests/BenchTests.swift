import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Synchronization
import Testing

@testable import SSECommandLine

@Suite("sse bench", .timeLimit(.minutes(2)))
struct BenchTests {
  /// What `--json` wrote.
  private struct Summary: Decodable {
    struct Connections: Decodable { let asked, opened, failed, ended, cut: Int }
    struct Published: Decodable { let events, refused, lost, doubled, outOfOrder: Int }
    struct Times: Decodable { let count: Int }

    let connections: Connections
    let reasons: [String: Int]
    let seconds, bytesPerSecond: Double?
    let events: Int
    let published: Published?
    let firstEvent, latency, latencyFromDue, lastReader: Times?
  }

  private func bench(_ words: [String]) async throws -> (summary: Summary?, result: Program.Result) {
    let result = try await Program.run(sse, ["bench", "--json", "--no-proxy"] + words)
    return (try? JSONDecoder().decode(Summary.self, from: Data(result.output.utf8)), result)
  }

  /// A server whose readers get what `publish` makes of the n-th event that is posted to it, from 0.
  private func withServer(
    _ publish: @escaping @Sendable (_ number: Int, _ data: String, _ topic: Topic) async throws -> HTTPStatus,
    _ body: @escaping (_ url: String) async throws -> Void
  ) async throws {
    let topic = Topic(history: 1_000)
    let (posted, readers) = (Posted(), Posted())
    var router = Router()
    router.events("/events", from: topic)
    router.post("/publish") { request in
      Response(status: try await publish(posted.next(), try await request.text(), topic))
    }
    router.events("/ten") { _, events in for number in 0..<10 { try await events.send("\(number)") } }
    router.events("/empty") { _, _ in }
    // The first reader does not get the eighth.
    router.events("/lossy") { _, events in
      let reader = readers.next()
      var number = 0
      for try await event in topic.subscribe() {
        if reader > 0 || number != 7 { try await events.send(event) }
        number += 1
      }
    }
    router.events("/eight") { _, events in
      var number = 0
      for try await event in topic.subscribe() {
        try await events.send(event)
        number += 1
        if number == 8 { return }
      }
    }
    try await withEventServer(router, timeLimit: .seconds(30)) { try await body("http://127.0.0.1:\($0.port ?? 0)") }
  }

  private final class Posted: Sendable {
    private let count = Mutex(0)
    var total: Int { count.withLock { $0 } }
    func next() -> Int {
      count.withLock { count in
        defer { count += 1 }
        return count
      }
    }
  }

  @Test("each event comes to each reader, at a rate and as fast as they are read", arguments: ["50", "max"])
  func clean(rate: String) async throws {
    try await withServer { _, data, topic in
      try await topic.publish(ServerSentEvent(data: data))
      return .accepted
    } _: { url in
      let (summary, result) = try await bench(
        ["\(url)/events", "-c", "20", "-t", "0.4", "--publish", url, "--rate", rate])
      #expect(result.status == 0)
      #expect(result.errors.isEmpty)
      let published = try #require(summary?.published)
      if rate == "50" { #expect((1...20).contains(published.events)) } else { #expect(published.events > 1) }
      #expect(published.lost + published.doubled + published.outOfOrder + published.refused == 0)
      #expect(summary?.events == published.events * 20)
      // Data of 100 bytes, with the ID, the names of the fields and the framing.
      let bytes = try #require(summary?.bytesPerSecond) * (try #require(summary?.seconds))
      #expect((100..<200).contains(bytes / Double(published.events * 20)))
      #expect(summary?.latency?.count == published.events * 20)
      #expect(summary?.lastReader?.count == published.events)
      #expect(summary?.latencyFromDue?.count == (rate == "50" ? published.events * 20 : nil))
      #expect(summary?.connections.opened == 20)
    }
  }

  @Test("an event that the server loses is missed by each reader, one that it doubles is noticed, and so is the order")
  func faults() async throws {
    let held = Mutex<String?>(nil)
    try await withServer { number, data, topic in
      // The first five warm up.
      switch number {
      case 7: return .accepted
      case 9: try await topic.publish(ServerSentEvent(data: data))
      case 11:
        held.withLock { $0 = data }
        return .accepted
      default: break
      }
      try await topic.publish(ServerSentEvent(data: data))
      let late = held.withLock { $0.take() }
      if let late { try await topic.publish(ServerSentEvent(data: late)) }
      return .accepted
    } _: { url in
      let (summary, result) = try await bench(
        ["\(url)/events", "-c", "3", "-t", "1", "--publish", url, "--rate", "20"])
      #expect(result.status == 1)
      #expect(summary?.published?.lost == 3)
      #expect(summary?.published?.doubled == 3)
      #expect(summary?.published?.outOfOrder == 3)
      #expect(summary?.connections.opened == 3)
    }
  }

  @Test("as fast as they are read: an event that one reader lacks is waited for once")
  func lostToOne() async throws {
    try await withServer { _, data, topic in
      try await topic.publish(ServerSentEvent(data: data))
      return .accepted
    } _: { url in
      let (summary, result) = try await bench(
        ["\(url)/lossy", "-c", "2", "-t", "3", "--publish", url, "--rate", "max"])
      #expect(result.status == 1)
      let published = try #require(summary?.published)
      #expect(published.lost == 1)
      // One each two seconds, where each waited for those before.
      #expect(published.events > 10)
    }
  }

  @Test("readers that are all gone before the end are no success, even where nothing is lost")
  func allGone() async throws {
    try await withServer { _, data, topic in
      try await topic.publish(ServerSentEvent(data: data))
      return .accepted
    } _: { url in
      let (summary, result) = try await bench(
        ["\(url)/eight", "-c", "2", "-t", "60", "--publish", url, "--rate", "4"])
      #expect(summary?.connections.ended == 2)
      #expect(summary?.published?.events == 3)
      #expect(summary?.published?.lost == 0)
      #expect(result.status == 1)
    }
  }

  @Test("a rate whose second event is never due publishes one")
  func slowest() async throws {
    try await withServer { _, data, topic in
      try await topic.publish(ServerSentEvent(data: data))
      return .accepted
    } _: { url in
      let (summary, result) = try await bench(["\(url)/events", "-c", "1", "--publish", url, "--rate", "1e-300"])
      #expect(result.status == 0)
      #expect(summary?.published?.events == 1)
    }
  }

  @Test("what the server refuses to publish is counted, and lost to nobody")
  func refusals() async throws {
    try await withServer { number, data, topic in
      if number % 3 == 2, number > 5 { return .serviceUnavailable }
      try await topic.publish(ServerSentEvent(data: data))
      return .accepted
    } _: { url in
      let (summary, result) = try await bench(
        ["\(url)/events", "-c", "2", "-t", "0.45", "--publish", url, "--rate", "20"])
      #expect(result.status == 1)
      let refused = try #require(summary?.published?.refused)
      #expect((1...2).contains(refused))
      #expect(summary?.published?.lost == 0)
      #expect(summary?.published?.doubled == 0)
    }
  }

  @Test("where nothing may be published it ends at once, and says why")
  func unauthorized() async throws {
    try await withServer { _, _, _ in
      .unauthorized
    } _: { url in
      let (summary, result) = try await bench(["\(url)/events", "-c", "2", "-t", "60", "--publish", url])
      #expect(result.status == 1)
      #expect(result.errors == "sse: the server answered 401 Unauthorized\n")
      #expect(summary?.connections.opened == 2)
    }
  }

  @Test("a server that refuses each stream: it says why, how often, and does not wait")
  func refused() async throws {
    try await withServer { _, _, _ in
      .accepted
    } _: { url in
      let (summary, result) = try await bench(["\(url)/nowhere", "-c", "5", "-t", "60", "--publish", url])
      #expect(result.status == 1)
      #expect(result.errors == "sse: no stream could be opened\n")
      #expect(summary?.connections.failed == 5)
      #expect(summary?.reasons.values.reduce(0, +) == 5)
      #expect(summary?.reasons.keys.first?.contains("404 Not Found") == true)
    }
  }

  @Test("a stream that ends is opened again, unless it was empty")
  func endless() async throws {
    try await withServer { _, _, _ in
      .accepted
    } _: { url in
      let (summary, result) = try await bench(["\(url)/ten", "-c", "1", "-t", "0.5"])
      #expect(result.status == 0)
      let connections = try #require(summary?.connections)
      #expect(connections.ended > 2)
      #expect(connections.opened - connections.ended <= 1)
      #expect((summary?.firstEvent?.count ?? 0) > 2)
      let (empty, _) = try await bench(["\(url)/empty", "-c", "2", "-t", "60"])
      #expect(empty?.connections.ended == 2)
      #expect(empty?.events == 0)
    }
  }

  @Test("a stream that is cut is not opened again, and the run ends with the last one")
  func cut() async throws {
    let listener = try RawListener()
    async let benching = bench([listener.url, "-c", "2", "-t", "60"])
    for _ in 0..<2 {
      let (peer, _) = try await listener.acceptRequest()
      try await peer.write(Peer.head + "data: 1\n\ndata")
      peer.close()
    }
    let (summary, result) = try await benching
    #expect(summary?.connections.cut == 2)
    // Whether counting had begun by then is a matter of luck; where it had not, that is no success.
    #expect(result.status == (summary?.seconds == nil ? 1 : 0))
    #expect(result.errors.isEmpty == (summary?.seconds != nil))
  }

  @Test("where one stream is cut and others are read, that is counted, and a success")
  func partlyCut() async throws {
    let listener = try RawListener()
    async let benching = bench([listener.url, "-c", "2", "-t", "0.5"])
    let (first, _) = try await listener.acceptRequest()
    try await first.write(Peer.head + "data: 1\n\n")
    let (second, _) = try await listener.acceptRequest()
    try await second.write(Peer.head + "data: 1\n\ndata")
    second.close()
    let (summary, result) = try await benching
    first.close()
    #expect(summary?.connections.cut == 1)
    #expect(result.status == 0)
  }

  @Test("Ctrl-C while it warms up ends that, and nothing was counted")
  func interruptedEarly() async throws {
    let posted = Posted()
    try await withServer { _, _, _ in
      _ = posted.next()
      return .accepted
    } _: { url in
      let words = ["bench", "\(url)/events", "-c", "1", "-t", "60", "--publish", url, "--no-proxy", "--json"]
      try await withRunningProgram(sse, words) { program in
        try await eventually("it publishes") { posted.total > 0 }
        try await program.sendOnceCaught(SIGINT)
        try await eventually("it ends") { program.exitStatus != nil }
        #expect(program.exitStatus == 130)
        // The others of the warm-up were not published.
        #expect(posted.total < 4)
        #expect(!program.output.contains("eventsPerSecond"))
        #expect(!program.output.contains(#""seconds""#))
      }
    }
  }

  @Test("Ctrl-C ends it with the figures so far")
  func interrupted() async throws {
    try await withServer { _, data, topic in
      try await topic.publish(ServerSentEvent(data: data))
      return .accepted
    } _: { url in
      let words = ["bench", "\(url)/events", "-c", "2", "-t", "60", "--publish", url, "--no-proxy", "--json"]
      try await withRunningProgram(sse, words) { program in
        try await program.sendOnceCaught(SIGINT)
        try await eventually("it ends") { program.exitStatus != nil }
        #expect(program.exitStatus == 130)
        #expect(program.output.contains(#""lost":0"#))
      }
    }
  }

  @Test("to a hub over TLS, compressed, with its token; that nobody is verified is said once")
  func hub() async throws {
    let certificate = try TestCertificates.file("valid")
    let key = try TestCertificates.file("valid", isKey: true)
    let words = ["serve", "--port", "0", "--tls-cert", certificate, "--tls-key", key, "--gzip", "--publish-token", "t"]
    try await withRunningProgram(sse, words) { hub in
      let url = try await hub.output(matching: /(https:\/\/\S+:\d+)\n/)
      let (summary, result) = try await bench(
        ["\(url)/events", "-c", "5", "-t", "0.3", "-k", "--compressed", "--publish", url, "--token", "t"])
      #expect(result.status == 0)
      let events = try #require(summary?.published?.events)
      #expect((1...3).contains(events))
      #expect(summary?.events == events * 5)
      #expect(result.errors.matches(of: /without verification/).count == 2)
    }
  }

  @Test("more connections than the process may have files are refused, with what to do")
  func tooMany() async throws {
    let command = "ulimit -n 200; exec '\(sse)' bench http://127.0.0.1:1/ -c 137"
    let result = try await Program.run("bash", ["-c", command])
    #expect(result.status == 1)
    #expect(result.output.isEmpty)
    #expect(result.errors.hasPrefix("sse: 137 connections are more than the 136 that this process may have"))
  }

  @Test("on a terminal a line tells how far it has come, and gives way to the table")
  func progress() async throws {
    try await withServer { _, data, topic in
      try await topic.publish(ServerSentEvent(data: data))
      return .accepted
    } _: { url in
      let command = "'\(sse)' bench \(url)/events -c 2 -t 0.7 --publish \(url) --rate 20 --no-proxy"
      let ended = try await Program.run("script", ["-qec", command, "/dev/null"], environment: ["NO_COLOR": "1"])
      #expect(ended.status == 0)
      let shown = ended.output.components(separatedBy: "\r\u{1B}[K")
      #expect(shown.count >= 3)
      #expect(shown.contains { $0.firstMatch(of: /^\d s: 2 connections, [\d.]+ events\/s, p99 \S+ \S+$/) != nil })
      #expect(shown.last?.hasPrefix("sse bench http://127.0.0.1:") == true)
    }
  }
}
