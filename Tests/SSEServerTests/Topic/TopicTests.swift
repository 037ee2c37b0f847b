import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite("Readers of a topic")
struct TopicTests {
  typealias Reading = TopicReading

  @Test("every reader gets every event, in the order of publishing, from many publishers too (S44)")
  func everyReader() async throws {
    let topic = Topic()
    try await withEventServer(Reading.router(topic), timeLimit: .seconds(30)) { baseURL in
      var readers: [RawConnection] = []
      for index in 0..<10 { readers.append(try await Reading.reader(at: baseURL, version: index == 0 ? "1.0" : "1.1")) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for publisher in 0..<8 {
          group.addTask {
            for number in 0..<20 { try await topic.publish(ServerSentEvent(data: "\(publisher) \(number)")) }
          }
        }
        try await group.waitForAll()
      }
      let last = try await topic.publish(ServerSentEvent(data: "last"))
      var orders: Set<[String]> = []
      for reader in readers {
        let text = try await reader.read(through: "id: \(last)\ndata: last\n\n")
        orders.insert(text.split(separator: "\n").filter { $0.hasPrefix("data: ") }.map(String.init))
      }
      let order = try #require(orders.first)
      #expect(orders.count == 1)
      #expect(order.count == 161)
      for publisher in 0..<8 {
        let numbers = order.filter { $0.hasPrefix("data: \(publisher) ") }
        #expect(numbers == (0..<20).map { "data: \(publisher) \($0)" })
      }
    }
  }

  @Test("a reader that comes back gets what it missed, then what is live (S40)")
  func resumes() async throws {
    let topic = Topic()
    try await withEventServer(Reading.router(topic)) { baseURL in
      let first = try await topic.publish(ServerSentEvent(data: "one"))
      try await topic.publish(ServerSentEvent(data: "two"))
      let reader = try await Reading.reader(at: baseURL, after: first)
      let missed = try await reader.read(through: "data: two\n\n")
      #expect(!missed.contains("data: one"))
      #expect(!missed.contains("gap"))
      try await topic.publish(ServerSentEvent(data: "three"))
      try await reader.read(through: "data: three\n\n")
    }
  }

  @Test("a reader that missed more than is held is told so at once, not with the next publish (S41)")
  func gap() async throws {
    let topic = Topic(history: 2)
    try await withEventServer(Reading.router(topic)) { baseURL in
      let first = try await topic.publish(ServerSentEvent(data: "one"))
      for data in ["two", "three"] { try await topic.publish(ServerSentEvent(data: data)) }
      let oldest = try await topic.publish(ServerSentEvent(data: "four"))
        .replacingOccurrences(of: "-4", with: "-3")
      let reader = try await Reading.reader(at: baseURL, after: first)
      let text = try await reader.read(through: "data: four\n\n")
      #expect(text.contains(#"data: {"after":"\#(first)","oldest":"\#(oldest)","reason":"expired"}"#))
      #expect(text.contains("data: three"))
      #expect(!text.contains("data: two"))
      let stranger = try await Reading.reader(at: baseURL, after: "zzz-1")
      try await stranger.read(through: #"data: {"after":"zzz-1","oldest":"\#(oldest)","reason":"restarted"}"#)
      let nonsense = try await Reading.reader(at: baseURL, after: "what?")
      let rest = try await nonsense.read(through: "data: four\n\n")
      #expect(rest.contains(#"data: {"after":"what?","oldest":"\#(oldest)","reason":"unknown"}"#))
      #expect(rest.contains("data: three"))
    }
  }

  @Test("a reader that takes nothing delays nobody, and is disconnected when the history has passed it (S42)")
  func stuckReader() async throws {
    let topic = Topic(history: 10)
    let text = String(repeating: "x", count: 100_000)
    let records = Recorder<EventServerAccessRecord>()
    var configuration = EventServerConfiguration()
    configuration.accessLog = { records.note($0) }
    try await withEventServer(Reading.router(topic), timeLimit: .seconds(30), configuration: configuration) { baseURL in
      let stuck = try await Reading.reader(at: baseURL, receiveBuffer: 4_096)
      let reader = try await Reading.reader(at: baseURL)
      for number in 0..<100 {
        try await topic.publish(ServerSentEvent(data: "\(number) \(text)"))
        try await reader.read(through: "data: \(number) ")
      }
      // Its own bytes, then the end: it was overtaken in the middle of an event.
      let rest = try await stuck.readToEnd()
      #expect(rest.contains("data: 0 "))
      #expect(!rest.contains("data: 99 "))
      #expect(!rest.hasSuffix("0\r\n\r\n"))
      try await records.first { $0.ending == .overtaken }
    }
  }

  @Test("what was published before a drain arrives before the farewell")
  func publishedBeforeDrain() async throws {
    let topic = Topic()
    var configuration = EventServerConfiguration()
    configuration.loopCount = 1
    try await withRunningServer(EventServer(Reading.router(topic), port: 0, configuration: configuration)) { running in
      var readers: [RawConnection] = []
      for _ in 0..<1_000 {
        let reader = try await running.get("/news")
        _ = try await reader.readHead()
        readers.append(reader)
      }
      // A pass over so many takes several slices.
      try await topic.publish(ServerSentEvent(data: "bye"))
      running.server.drain()
      for reader in readers {
        let text = try await reader.readToEnd()
        #expect(text.contains("data: bye\n\n"))
        #expect(text.contains("retry: "))
      }
    }
  }

  @Test("a reader with a long way to go lets others of its loop be served, and is blamed for nothing")
  func longResumption() async throws {
    let topic = Topic(history: 100_000)
    var first = ""
    for number in 0..<50_000 {
      let id = try await topic.publish(ServerSentEvent(data: "\(number)"))
      if number == 0 { first = id }
    }
    let log = Recorder<String>()
    var configuration = EventServerConfiguration()
    configuration.loopCount = 1
    configuration.log = { log.note("\($0)") }
    try await withEventServer(Reading.router(topic), timeLimit: .seconds(60), configuration: configuration) { baseURL in
      let reader = try await Reading.reader(at: baseURL, after: first)
      try await reader.read(through: "data: 49999\n\n")
      #expect(log.values == [])
    }
  }

  @Test("what a reader sends after its request is dropped, and its end is a leave")
  func inputIsDropped() async throws {
    let topic = Topic()
    let server = EventServer(Reading.router(topic), port: 0)
    try await withEventServer(server) { address in
      let baseURL = try #require(URL(string: address.url))
      let reader = try await Reading.reader(at: baseURL)
      try await reader.write([UInt8](repeating: UInt8(ascii: "x"), count: 200_000))
      try await topic.publish(ServerSentEvent(data: "one"))
      try await reader.read(through: "data: one\n\n")
      reader.shutDownWriting()
      try await eventually("it has left") { await server.connections().isEmpty }
    }
  }

  @Test("one topic on several servers and several topics on one")
  func severalServers() async throws {
    let topic = Topic()
    let other = Topic()
    var router = Reading.router(topic)
    router.events("/other", from: other)
    try await withEventServer(router) { first in
      try await withEventServer(router) { second in
        let readers = [
          try await Reading.reader(at: first), try await Reading.reader(at: second),
          try await RawConnection.get("/other", at: first),
        ]
        _ = try await readers[2].readHead()
        try await topic.publish(ServerSentEvent(data: "one"))
        try await other.publish(ServerSentEvent(data: "else"))
        for reader in readers.prefix(2) { try await reader.read(through: "data: one\n\n") }
        let text = try await readers[2].read(through: "data: else\n\n")
        #expect(!text.contains("one"))
      }
    }
    // The topic outlives its readers' servers.
    try await topic.publish(ServerSentEvent(data: "nobody"))
  }

  @Test("1,000 readers that join and leave during publishing each see a run of IDs without a hole (S43)")
  func comings() async throws {
    let topic = Topic(history: 100_000)
    try await withEventServer(Reading.router(topic), timeLimit: .seconds(60)) { baseURL in
      try await withThrowingTaskGroup(of: Void.self) { group in
        let publishing = Recorder<Bool>()
        group.addTask {
          var number = 0
          while publishing.count == 0 {
            try await topic.publish(ServerSentEvent(data: "\(number)"))
            number += 1
            try await Task.sleep(for: .milliseconds(1))  // Lets readers come and go between two events.
          }
        }
        try await withThrowingTaskGroup(of: Void.self) { readers in
          for _ in 0..<20 {
            readers.addTask {
              for _ in 0..<50 {
                let reader = try await Reading.reader(at: baseURL)
                var previous: Int?
                for _ in 0..<3 {
                  try await reader.read(through: "data: ")
                  let number = Int(try await reader.read(through: "\n").dropLast())
                  if let previous { #expect(number == previous + 1) }
                  previous = number
                }
                reader.close()
              }
            }
          }
          try await readers.waitForAll()
        }
        publishing.note(true)
        try await group.waitForAll()
      }
    }
  }

  @Test("an event that cannot be published takes no ID, and the error says why")
  func refused() async throws {
    let topic = Topic()
    await #expect(throws: TopicError.eventHasID("7")) { try await topic.publish(ServerSentEvent(data: "x", id: "7")) }
    await #expect(throws: TopicError.invalidType("a\nb")) { try await topic.publish("x", type: "a\nb") }
    let large = String(repeating: "x", count: 16_777_217)
    await #expect(throws: TopicError.eventTooLarge(bytes: 16_777_217, limit: 16_777_216)) {
      try await topic.publish(large)
    }
    let id = try await topic.publish("x")
    #expect(id.hasSuffix("-1"))
  }

  @Test("an event can be published as text and as JSON, with a type")
  func forms() async throws {
    let topic = Topic()
    try await withEventServer(Reading.router(topic)) { baseURL in
      let reader = try await Reading.reader(at: baseURL)
      try await topic.publish("a", type: "note")
      let id = try await topic.publish(json: ["b": 1, "a": 2], type: "numbers")
      let text = try await reader.read(through: "id: \(id)\ndata: {\"a\":2,\"b\":1}\n\n")
      #expect(text.contains("event: note\n"))
      #expect(text.contains("event: numbers\n"))
    }
  }

  @Test("a gap has the type that the topic gives it, or is not sent")
  func gapNotice() async throws {
    let named = Topic(gapNotice: .event(type: "hole"))
    let silent = Topic(gapNotice: .none)
    var router = Reading.router(named)
    router.events("/silent", from: silent)
    try await named.publish("one")
    try await silent.publish("one")
    try await withEventServer(router) { baseURL in
      let reader = try await Reading.reader(at: baseURL, after: "zzz-1")
      let text = try await reader.read(through: "data: one\n\n")
      #expect(text.contains("event: hole\ndata: {\"after\":\"zzz-1\""))
      let other = try await RawConnection.get("/silent", at: baseURL, headers: "Last-Event-ID: zzz-1\r\n")
      _ = try await other.readHead()
      let rest = try await other.read(through: "data: one\n\n")
      #expect(!rest.contains("zzz"))
    }
  }
}
