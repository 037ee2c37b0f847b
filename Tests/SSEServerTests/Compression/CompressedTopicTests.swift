import Foundation
import SSEClient
import SSETestSupport
import SSETesting
import Synchronization
import Testing

@testable import SSEHTTP1
@testable import SSEServer

@Suite("Compressed topics", .serialized)
struct CompressedTopicTests {
  @Test("S58: each event of a topic can be decoded when it arrives", arguments: ["1.1", "1.0"])
  func eachEvent(version: String) async throws {
    let topic = Topic()
    try await withEventServer(TopicReading.router(topic), timeLimit: .seconds(30), configuration: .compressing) {
      baseURL in
      let reader = try await GzipReader("/news", at: baseURL, version: version)
      for number in 1...30 {
        let id = try await topic.publish("number \(number)", type: "count")
        let text = try await reader.read(through: "\n\n")
        #expect(text == "event: count\nid: \(id)\ndata: number \(number)\n\n")
      }
    }
  }

  /// Events of all sizes: too small to compress, large, larger than a stored block, and with nothing to compress in
  /// them.
  static func data(_ number: Int) -> String {
    var generator = SeededGenerator(seed: UInt64(number))
    return switch number % 500 {
    case 7, 107: (0..<2_000).map { _ in String(UInt64.random(in: 0 ... .max, using: &generator), radix: 36) }.joined()
    case 23: (0..<9_000).map { _ in String(UInt64.random(in: 0 ... .max, using: &generator), radix: 36) }.joined()
    case 31: #"{"row":[\#((0..<3_000).map { "\(number + $0)" }.joined(separator: ","))]}"#
    default: String(repeating: "event \(number) ", count: number % 20)
    }
  }

  @Test("S47c: readers with chunks, without them, and compressed ones get the same events, wherever they begin")
  func sameEvents() async throws {
    let topic = Topic(history: 2_000)
    var events: [String] = []
    let server = EventServer(TopicReading.router(topic), port: 0, configuration: .compressing)
    var texts: [(from: Int, text: String, isWhole: Bool)] = []
    try await withEventServer(server, timeLimit: .seconds(60)) { address in
      let baseURL = try #require(URL(string: address.url))
      for number in 1...500 {
        let id = try await topic.publish(Self.data(number))
        events.append("id: \(id)\ndata: \(Self.data(number))\n\n")
      }
      var compressed: [(from: Int, reader: GzipReader)] = []
      var plain: [(from: Int, reader: RawConnection, isChunked: Bool)] = []
      for from in [0, 1, 7, 30, 250, 499, 500] {
        let headers = "Last-Event-ID: \(topic.epoch)-\(from)\r\n"
        for version in ["1.1", "1.0"] {
          compressed.append((from, try await GzipReader("/news", at: baseURL, version: version, headers: headers)))
          let reader = try await RawConnection.get("/news", at: baseURL, version: version, headers: headers)
          _ = try await reader.readHead()
          plain.append((from, reader, version == "1.1"))
        }
      }
      for number in 501...1_000 {
        let id = try await topic.publish(Self.data(number))
        events.append("id: \(id)\ndata: \(Self.data(number))\n\n")
      }
      // The last event is read before the server ends: it waits for nobody.
      let last = events[999]
      var beginnings: [String] = []
      for (_, reader) in compressed { beginnings.append(try await reader.read(through: last)) }
      for (_, reader, _) in plain { beginnings.append(try await reader.read(through: last)) }
      server.drain()
      for (index, (from, reader)) in compressed.enumerated() {
        texts.append((from, beginnings[index] + (try await reader.readToEnd()), reader.isAtEnd))
      }
      for (index, (from, reader, isChunked)) in plain.enumerated() {
        let body = beginnings[compressed.count + index] + (try await reader.readToEnd())
        let text = isChunked ? RawStream(head: "", body: body).chunks?.joined() : body
        texts.append((from, try #require(text), true))
      }
    }
    #expect(texts.count == 28)
    for (from, text, isWhole) in texts {
      let expected = events[from...].joined()
      let hasAll = text.hasPrefix(expected)
      #expect(hasAll, "after \(from)")
      let farewell = text.dropFirst(expected.count)
      #expect(farewell.wholeMatch(of: /retry: \d+\n\n/) != nil, "after \(from)")
      #expect(isWhole)
    }
  }

  @Test("each reader's checksum is its own, also when others come and leave, compressed and not")
  func comingAndLeaving() async throws {
    let topic = Topic()
    var configuration = EventServerConfiguration.compressing
    configuration.loopCount = 1
    let server = EventServer(TopicReading.router(topic), port: 0, configuration: configuration)
    try await withEventServer(server, timeLimit: .seconds(30)) { address in
      let baseURL = try #require(URL(string: address.url))
      var plain: [RawConnection] = []
      var compressed: [GzipReader] = []
      for number in 1...12 {
        plain.append(try await TopicReading.reader(at: baseURL))
        compressed.append(try await GzipReader("/news", at: baseURL))
        let id = try await topic.publish("event \(number)")
        for reader in plain { try await reader.read(through: "id: \(id)\ndata: event \(number)\n\n") }
        for reader in compressed { try await reader.read(through: "id: \(id)\ndata: event \(number)\n\n") }
        guard number.isMultiple(of: 3) else { continue }
        // The last of the table takes the place of each that leaves.
        plain.removeFirst().reset()
        compressed.remove(at: 1).connection.reset()
        let left = plain.count + compressed.count
        try await eventually("two have left") { topic.readers.count == left }
      }
      server.drain()
      for reader in compressed {
        _ = try await reader.readToEnd()
        #expect(reader.isAtEnd)
      }
      #expect(compressed.count == 8)
    }
  }

  private static let deflations = Atomic(0)

  @Test("an event is compressed once for all its readers, on whatever loop they are")
  func once() async throws {
    let topic = Topic()
    var configuration = EventServerConfiguration.compressing
    configuration.loopCount = 3
    configuration.loadZlib = { () throws(ContentCodingError) in
      var zlib = try Zlib.system()
      zlib.deflate = { stream, flush in
        CompressedTopicTests.deflations.add(1, ordering: .relaxed)
        return (try? Zlib.system())?.deflate(stream, flush) ?? -2
      }
      return zlib
    }
    try await withEventServer(TopicReading.router(topic), timeLimit: .seconds(30), configuration: configuration) {
      baseURL in
      var readers: [GzipReader] = []
      for _ in 0..<30 { readers.append(try await GzipReader("/news", at: baseURL)) }
      for number in 1...100 { try await topic.publish("\(number) " + String(repeating: "text ", count: 50)) }
      for reader in readers { try await reader.read(through: "data: 100 " + String(repeating: "text ", count: 50)) }
      let late = try await GzipReader("/news", at: baseURL, headers: "Last-Event-ID: \(topic.epoch)-0\r\n")
      try await late.read(through: "data: 100 ")
    }
    #expect(Self.deflations.load(ordering: .relaxed) == 100)
  }

  @Test("several topics: gaps, the IDs of all, and what is the same for all readers, compressed too")
  func joined() async throws {
    let (news, prices) = (Topic(history: 100), Topic(history: 100))
    var router = Router()
    try router.events("/all", from: ["news": news, "prices": prices])
    let server = EventServer(router, port: 0, configuration: .compressing)
    try await withEventServer(server, timeLimit: .seconds(30)) { address in
      let baseURL = try #require(URL(string: address.url))
      let reader = try await GzipReader("/all", at: baseURL, headers: "Last-Event-ID: news=x-1\r\n")
      let http10 = try await GzipReader("/all", at: baseURL, version: "1.0")
      let gap = try await reader.read(through: "\n\n")
      #expect(gap.contains(#""topic":"news""#) && gap.contains(#""reason":"restarted""#))
      for number in 1...40 {
        let text = String(repeating: "text \(number) ", count: number)
        try await (number.isMultiple(of: 3) ? prices : news).publish(text, type: "type")
        let (newsCount, priceCount) = (number - number / 3, number / 3)
        let event =
          "event: type\nid: news=\(news.epoch)-\(newsCount),prices=\(prices.epoch)-\(priceCount)\ndata: \(text)\n\n"
        let texts = [try await reader.read(through: "\n\n"), try await http10.read(through: "\n\n")]
        #expect(texts == [event, event])
      }
      server.drain()
      for reader in [reader, http10] {
        let farewell = try await reader.readToEnd()
        #expect(farewell.hasPrefix("retry: "))
        #expect(reader.isAtEnd)
      }
      #expect(reader.hasLastChunk)
    }
  }

  @Test("a view's snapshot and results are compressed for their reader alone, in the order of the others")
  func views() async throws {
    let topic = Topic()
    var router = Router()
    router.events("/news", from: topic) { _ in
      TopicView(
        filter: { $0.data != "left out" },
        transform: { $0.data.hasPrefix("loud") ? ServerSentEvent(data: $0.data.uppercased()) : $0 },
        snapshot: { ServerSentEvent(data: String(repeating: "table ", count: 1_000), type: "snapshot") })
    }
    let server = EventServer(router, port: 0, configuration: .compressing)
    try await withEventServer(server, timeLimit: .seconds(30)) { address in
      let baseURL = try #require(URL(string: address.url))
      let reader = try await GzipReader("/news", at: baseURL)
      let snapshot = try await reader.read(through: "\n\n")
      #expect(snapshot.count == 6_000 + "event: snapshot\nid: \(topic.epoch)-0\ndata: \n\n".count)
      #expect(reader.chunkSizes.reduce(0, +) < 500)
      for data in ["quiet", "left out", "loud", "quiet again"] { try await topic.publish(data) }
      let id = topic.epoch
      let text = try await reader.read(through: "again\n\n")
      #expect(text == "id: \(id)-1\ndata: quiet\n\nid: \(id)-3\ndata: LOUD\n\nid: \(id)-4\ndata: quiet again\n\n")
      server.drain()
      _ = try await reader.readToEnd()
      #expect(reader.isAtEnd)
    }
  }

  @Test("a compressed reader that is overtaken is told of the hole, and what it gets stays a whole member")
  func overtaken() async throws {
    let topic = Topic(history: 100, onLag: .skipToOldest)
    var configuration = EventServerConfiguration.compressing
    configuration.keepAlive = nil
    let server = EventServer(TopicReading.router(topic), port: 0, configuration: configuration)
    try await withEventServer(server, timeLimit: .seconds(60)) { address in
      let baseURL = try #require(URL(string: address.url))
      let stuck = try await GzipReader("/news", at: baseURL, receiveBuffer: 4_096)
      let reader = try await GzipReader("/news", at: baseURL)
      let data = Self.data(7).prefix(2_000)
      for number in 1...8_000 {
        let id = try await topic.publish("\(number) \(data)")
        if number % 50 == 0 { try await reader.read(through: "id: \(id)\n") }
      }
      let last = try await topic.publish("last")
      var text = try await stuck.read(through: "id: \(last)\ndata: last\n\n")
      server.drain()
      text += try await stuck.readToEnd()
      #expect(stuck.isAtEnd)
      var next = 1
      var gaps = 0
      for item in try TopicReading.items(in: text) {
        switch item {
        case .event(let number):
          #expect(number == next)
          next += 1
        case .gap(let after, let oldest, _):
          #expect(after == next - 1)
          next = oldest
          gaps += 1
        }
      }
      #expect(gaps > 0)
      #expect(next == 8_002)
    }
  }

  @Test("the client reads a compressed stream, and resumes in the middle of its topic", arguments: [false, true])
  func client(isSecure: Bool) async throws {
    let topic = Topic()
    for number in 1...20 { try await topic.publish("event \(number)") }
    var configuration = EventClientConfiguration()
    configuration.acceptsContentCodings = true
    var serverConfiguration = EventServerConfiguration.compressing
    if isSecure {
      try await TestCertificates.prepare()
      configuration.tls.trust = .certificateAuthorities(file: try TestCertificates.file("authority"))
      serverConfiguration.tls = EventServerTLS(
        chainFile: try TestCertificates.file("chain"), privateKeyFile: try TestCertificates.file("chain", isKey: true))
    }
    let client = EventClient(configuration: configuration)
    try await withEventServer(
      TopicReading.router(topic), timeLimit: .seconds(30), configuration: serverConfiguration
    ) { baseURL in
      var request = EventRequest(baseURL / "news")
      request.lastEventID = "\(topic.epoch)-5"
      var next = 6
      let source = client.source(request)
      loop: for try await message in source.messages {
        switch message {
        case .opened(let head): #expect(head.headers["Content-Encoding"] == "gzip")
        case .event(let event):
          #expect(event.data == "event \(next)")
          next += 1
          if next == 21 { for number in 21...30 { try await topic.publish("event \(number)") } }
          if next == 31 { break loop }
        default: break
        }
      }
      // The one after it was not asked for.
      #expect(source.lastEventID == "\(topic.epoch)-29")
    }
  }
}
