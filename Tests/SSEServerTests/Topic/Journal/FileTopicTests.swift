import Foundation
import SSETestSupport
import SSETesting
import Testing

@testable import SSEServer

@Suite("A topic whose log is in a file")
struct FileTopicTests {
  @Test("it goes on where it was: IDs, and what readers that come back get")
  func goesOn() async throws {
    try await withTopicFiles { files in
      var ids: [String] = []
      for run in 0..<4 {
        let topic = try Topic(log: .file(files.file))
        #expect(topic.newest?.data == (run == 0 ? nil : "\(run - 1) 3"))
        for number in 1...3 { ids.append(try await topic.publish("\(run) \(number)", type: "note")) }
        let read = try await topic.read(after: ids[0], count: 3 * run + 2)
        #expect(read == ids.indices.dropFirst().map { "\($0 / 3) \($0 % 3 + 1)" })
      }
      #expect(Set(ids.map { $0.split(separator: "-")[0] }).count == 1)
      #expect(ids.map { $0.split(separator: "-")[1] } == (1...12).map { "\($0)" })
    }
  }

  @Test("a reader that comes back after a restart of the server gets what it missed, without a gap or a double")
  func restart() async throws {
    try await withTopicFiles { files in
      var lastID = ""
      for run in 0..<3 {
        let topic = try Topic(log: .file(files.file))
        try await withEventServer(TopicReading.router(topic)) { baseURL in
          if run == 0 { lastID = try await topic.publish("first") }
          let reader = try await TopicReading.reader(at: baseURL, after: lastID)
          for _ in 0..<10 { lastID = try await topic.publish("x") }
          // Of those of the run before it has not read the last three.
          let begin = 2 + 10 * run - (run == 0 ? 0 : 3)
          let expected = (begin..<(2 + 10 * (run + 1))).map { TopicReading.Item.event($0) }
          #expect(try await reader.items(count: expected.count) == expected)
          reader.close()
          let epoch = try #require(lastID.split(separator: "-").first)
          lastID = "\(epoch)-\(1 + 10 * (run + 1) - 3)"
        }
      }
    }
  }

  @Test("the ID of a file that was removed is told apart: restarted")
  func removed() async throws {
    try await withTopicFiles { files in
      let id = try await Topic(log: .file(files.file)).publish("before")
      try FileManager.default.removeItem(at: files.file)
      let topic = try Topic(log: .file(files.file))
      let oldest = try await topic.publish("after")
      let gap = #"{"after":"\#(id)","oldest":"\#(oldest)","reason":"restarted"}"#
      #expect(try await topic.read(after: id, count: 2) == ["gap \(gap)", "after"])
    }
  }

  @Test("a file that holds nothing yet, or a part of its header, becomes a log", arguments: [0, 1, 8, 31])
  func empty(count: Int) async throws {
    try await withTopicFiles { files in
      try files.write(TopicFileHeader(epoch: 1, first: 1).encoded.prefix(count), to: files.file)
      let id = try await Topic(log: .file(files.file)).publish("x")
      #expect(try Topic(log: .file(files.file)).newest?.id == id)
    }
  }

  @Test("a file of zeros, as a failure of the machine leaves one, holds nothing", arguments: ["", ".new", ".old"])
  func zeros(suffix: String) async throws {
    for count in [5, 32, 5_000, 1_100_000] {
      try await withTopicFiles { files in
        let id = try await Topic(log: .file(files.file)).publish("x")
        try files.write([UInt8](repeating: 0, count: count), to: URL(filePath: files.file.path() + suffix))
        let topic = try Topic(log: .file(files.file))
        #expect(topic.newest?.id == (suffix.isEmpty ? nil : id))
        let next = try await topic.publish("y")
        #expect(next.hasSuffix(suffix.isEmpty ? "-1" : "-2"))
        #expect(!files.exists(files.new))
      }
    }
  }

  @Test("with fewer events allowed than the file has, the newest are held")
  func smallerHistory() async throws {
    try await withTopicFiles { files in
      var last = ""
      do {
        let topic = try Topic(log: .file(files.file))
        for number in 1...20 { last = try await topic.publish("\(number)") }
      }
      let topic = try Topic(log: .file(files.file), history: 3)
      let read = try await topic.read(after: String(last.dropLast(2)) + "1", count: 4)
      #expect(read.dropFirst() == ["18", "19", "20"])
      #expect(read[0].contains(#""reason":"expired"}"#))
    }
  }

  @Test("keys outlive a restart, also of a topic whose rule did not ask for them")
  func keys() async throws {
    for rule in [TopicLagRule.newestOfEachKey, .skipToOldest] {
      try await withTopicFiles { files in
        let keys = ["a", "b", "a", nil, "c", nil]
        do {
          let topic = try Topic(log: .file(files.file), onLag: rule)
          for (index, key) in keys.enumerated() { try await topic.publish("\(index)", type: "note", key: key) }
        }
        let topic = try Topic(log: .file(files.file), onLag: .newestOfEachKey)
        let read = try await topic.read(after: "other-1", count: 5)
        #expect(read.dropFirst() == ["1", "2", "4", "5"])
      }
    }
  }

  @Test("a second topic on the file is refused, in the same process too, until the first is let go")
  func inUse() async throws {
    try await withTopicFiles { files in
      let path = files.file.path()
      do {
        let topic = try Topic(log: .file(files.file))
        let error = try #require(throws: TopicError.self) { try Topic(log: .file(files.file)) }
        #expect(error == .file(path: path, .inUse))
        #expect("\(error)".contains("the topic's file \(path): another topic has it open"))
        withExtendedLifetime(topic) {}
      }
      _ = try Topic(log: .file(files.file))
      _ = try Topic(log: .file(files.file))
    }
  }

  @Test("a URL that is not one of a file is refused")
  func otherURL() throws {
    let url = try #require(URL(string: "http://localhost/news.log"))
    #expect(throws: TopicError.file(path: "http://localhost/news.log", .notAFile)) { try Topic(log: .file(url)) }
    #expect(try Topic(log: .memory).newest == nil)
  }

  @Test("an event that cannot be written is not published: no reader gets it, and its ID goes to the next")
  func fullDisk() async throws {
    try await withTopicFiles { files in
      let isFull = Recorder<Bool>()
      var calls = TopicFile.Calls.system
      calls.write = { descriptor, first, second in
        guard isFull.values.last != true else {
          errno = ENOSPC
          return write(descriptor, first.baseAddress, 5) == 5 && isFull.count % 2 == 0 ? 5 : -1
        }
        return TopicFile.Calls.system.write(descriptor, first, second)
      }
      let journal = try FileJournal(path: files.file.path(), calls: calls)
      let topic = try Topic(journal: journal, budget: TopicLog.Budget(events: 10))
      let subscription = topic.subscribe()
      let first = try await topic.publish("1")
      isFull.note(true)
      let error = TopicError.file(path: files.file.path(), .system(operation: "write to", errno: ENOSPC))
      for _ in 1...3 { await #expect(throws: error) { try await topic.publish("lost") } }
      #expect(topic.newest?.id == first)
      isFull.note(false)
      let second = try await topic.publish("2")
      #expect(second == first.dropLast() + "2")
      var read: [String] = []
      for try await event in subscription {
        read.append(event.data)
        if read.count == 2 { break }
      }
      #expect(read == ["1", "2"])
    }
  }

  @Test("publishers of many tasks on a disk that fails now and then: what each was told is held, in order, and no more")
  func failingDisk() async throws {
    try await withTopicFiles { files in
      let writes = Recorder<Void>()
      var calls = TopicFile.Calls.system
      calls.write = { descriptor, first, second in
        writes.note(())
        switch writes.count % 7 {
        case 3: return write(descriptor, first.baseAddress, min(first.count, 7))
        case 4:
          errno = EIO
          return -1
        default: return TopicFile.Calls.system.write(descriptor, first, second)
        }
      }
      let published = Recorder<String>()
      do {
        let journal = try FileJournal(path: files.file.path(), calls: calls)
        let topic = try Topic(journal: journal, budget: TopicLog.Budget(events: 1_000))
        await withDiscardingTaskGroup { group in
          for publisher in 0..<8 {
            group.addTask {
              for number in 0..<50 {
                let data = "\(publisher) \(number)"
                if let id = try? await topic.publish(data) { published.note("\(id) \(data)") }
              }
            }
          }
        }
      }
      let topic = try Topic(log: .file(files.file))
      let held = (1..<topic.glance.end).map { sequence -> String in
        guard case .entry(let entry) = topic.lookUp(sequence), let event = entry.decoded else { return "missing" }
        return "\(event.id ?? "") \(event.data)"
      }
      #expect((200..<400).contains(held.count))
      #expect(Set(held) == Set(published.values))
      #expect(held.count == published.count)
    }
  }

  @Test("publishers of many tasks: what is read again is what each was told, in the same order")
  func manyPublishers() async throws {
    try await withTopicFiles { files in
      var published: [String: String] = [:]
      do {
        let topic = try Topic(log: .file(files.file), history: 10_000)
        published = try await withThrowingTaskGroup(of: [String: String].self) { group in
          for publisher in 0..<8 {
            group.addTask {
              var published: [String: String] = [:]
              for number in 0..<200 {
                let data = "\(publisher) \(number)"
                published[try await topic.publish(data)] = data
              }
              return published
            }
          }
          return try await group.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
        }
      }
      #expect(published.count == 1_600)
      let topic = try Topic(log: .file(files.file), history: 10_000)
      for sequence in 1...UInt64(1_600) {
        guard case .entry(let entry) = topic.lookUp(sequence), let event = entry.decoded, let id = event.id else {
          Issue.record("\(sequence) is missing")
          continue
        }
        #expect(published[id] == event.data)
      }
    }
  }
}

extension RawConnection {
  /// So many events and gaps of a topic, with those that have come with the head.
  fileprivate func items(count: Int) async throws -> [TopicReading.Item] {
    var text = try await received(within: 0)
    while true {
      let end = text.range(of: "\n\n", options: .backwards)?.upperBound ?? text.startIndex
      let items = try TopicReading.items(in: String(text[..<end]))
      guard items.count < count, let bytes = try await receive() else { return items }
      text += String(decoding: bytes, as: UTF8.self)
    }
  }
}
