import Foundation
import SSETestSupport
import Synchronization
import Testing

@testable import SSEServer

// One after the other: they compute without a pause, and all at once would leave other tests no thread.
@Suite("A topic's file and the one before it", .serialized)
struct FileRotationTests {
  /// What a topic holds.
  struct Holding: Equatable {
    var oldest: UInt64
    var end: UInt64
    var chunks: [[UInt8]]
    /// The newest of their keys that the ring has dropped.
    var kept: [UInt64: [UInt8]]

    init(_ topic: Topic) {
      self = topic.state.withLock { state in
        var kept: [UInt64: [UInt8]] = [:]
        var next: UInt64 = 0
        while let found = state.log.firstKept(from: next) {
          kept[found.sequence] = found.entry.chunk
          next = found.sequence + 1
        }
        let chunks = (state.log.oldest..<state.log.end).map { sequence -> [UInt8] in
          if case .entry(let entry) = state.log.lookUp(sequence) { entry.chunk } else { [] }
        }
        return Holding(oldest: state.log.oldest, end: state.log.end, chunks: chunks, kept: kept)
      }
    }

    init(oldest: UInt64, end: UInt64, chunks: [[UInt8]], kept: [UInt64: [UInt8]]) {
      self.oldest = oldest
      self.end = end
      self.chunks = chunks
      self.kept = kept
    }
  }

  /// The state that a process which is killed now would leave.
  func copy(_ files: TopicFiles, to name: String) throws -> TopicFiles {
    let copy = TopicFiles(folder: files.folder.appending(path: name))
    try FileManager.default.createDirectory(at: copy.folder, withIntermediateDirectories: true)
    for (from, to) in [(files.file, copy.file), (files.older, copy.older), (files.new, copy.new)]
    where files.exists(from) {
      try FileManager.default.copyItem(at: from, to: to)
    }
    return copy
  }

  @Test(
    "whatever was published, what is held is what is there again, and the files have a bound",
    arguments: [TopicLagRule.endConnection, .newestOfEachKey], [(1, 400_000), (40, 400_000), (1_000, 2_500_000)])
  func holding(rule: TopicLagRule, limits: (history: Int, bytes: Int)) async throws {
    let (history, bytes) = limits
    var generator = SeededGenerator(seed: UInt64(history))
    try await withTopicFiles { files in
      func topic(_ files: TopicFiles) throws -> Topic {
        try Topic(log: .file(files.file), history: history, historyBytes: bytes, onLag: rule)
      }
      var current = try topic(files)
      var rotations = 0
      var last = 0
      for number in 1...1_500 {
        let size = Int.random(in: 0...16_000, using: &generator)
        // Some keys are hardly ever published to.
        let key = number < 30 ? "rare \(number)" : "\(Int.random(in: 0...5, using: &generator))"
        try await current.publish(String(repeating: "x", count: size), key: key)
        // Nothing here suspends by itself: the servers of other tests would wait for seconds.
        await Task.yield()
        // Twice what is held and kept beside it, with a record above that, and what records are longer than chunks.
        let kept = rule == .newestOfEachKey ? bytes : 0
        #expect(files.totalSize < 2 * (max(bytes, FileJournal.leastFile) + kept + 20_000 + 50 * history))
        let fileSize = files.size(of: files.file)
        if fileSize < last { rotations += 1 }
        last = fileSize
        guard number % 151 == 0 else { continue }
        let copy = try copy(files, to: "\(number)")
        #expect(Holding(try topic(copy)) == Holding(current), "after \(number)")
        try FileManager.default.removeItem(at: copy.folder)
        if number % 2 == 0 {
          let before = Holding(current)
          current = try Self.reopened(&current) { try topic(files) }
          #expect(Holding(current) == before)
        }
      }
      #expect(rotations > 2)
      #expect(files.exists(files.older))
    }
  }

  /// Lets a topic go, so that its file can be opened again.
  private static func reopened(_ topic: inout Topic, _ open: () throws -> Topic) throws -> Topic {
    topic = Topic()
    return try open()
  }

  /// A file that is about to be left for a new one.
  func fullFile(_ files: TopicFiles) async throws -> (Topic, lastID: String) {
    let topic = try Topic(log: .file(files.file), history: 5)
    var last = ""
    for _ in 1...21 { last = try await topic.publish(String(repeating: "x", count: 50_000)) }
    try #require(files.size(of: files.file) >= FileJournal.leastFile)
    return (topic, last)
  }

  @Test("a process that is killed while a new file is begun leaves a log that goes on, wherever it is killed")
  func killed() async throws {
    try await withTopicFiles { files in
      let (topic, lastID) = try await fullFile(files)
      let holding = Holding(topic)
      let epoch = try #require(UInt64(topic.epoch, radix: 36))
      let header = TopicFileHeader(epoch: epoch, first: holding.end).encoded
      for step in 0...3 {
        let copy = try copy(files, to: "\(step)")
        // The new file is made, its header is in it, the full file has its second name, the new one its own.
        if step == 0 { try copy.write(header.prefix(10), to: copy.new) }
        if step >= 1 { try copy.write(header, to: copy.new) }
        if step >= 2 { try #require(Foundation.link(copy.file.path(), copy.older.path()) == 0) }
        if step >= 3 { try #require(rename(copy.new.path(), copy.file.path()) == 0) }
        let again = try Topic(log: .file(copy.file), history: 5)
        #expect(Holding(again) == holding, "step \(step)")
        #expect(again.newest?.id == lastID)
        #expect(!copy.exists(copy.new))
        for _ in 0..<40 { try await again.publish(String(repeating: "y", count: 50_000)) }
        let after = Holding(again)
        #expect(after.end == holding.end + 40)
        #expect(Holding(try Topic(log: .file(try self.copy(copy, to: "again").file), history: 5)) == after)
      }
    }
  }

  @Test("a file that is not needed any more is given back to the disk")
  func dropped() async throws {
    try await withTopicFiles { files in
      let (topic, _) = try await fullFile(files)
      let data = String(repeating: "x", count: 50_000)
      // With the first of these the full file becomes the one before; another full one is left for a new one.
      for _ in 1...22 { try await topic.publish(data) }
      for _ in 1...5 { try await topic.publish("small") }
      let open = ProcessFacts.openFiles.filter { $0.hasPrefix(files.folder.resolvingSymlinksInPath().path()) }
      #expect(open == [files.file.resolvingSymlinksInPath().path()])
      #expect(files.totalSize < 2_500_000)
    }
  }

  @Test("a new file that cannot be begun keeps the event from being published; the next publish tries again")
  func cannotBegin() async throws {
    try await withTopicFiles { files in
      let (topic, _) = try await fullFile(files)
      let before = Holding(topic)
      // A folder in its way.
      try FileManager.default.createDirectory(at: files.new, withIntermediateDirectories: true)
      let error = try await #require(throws: TopicError.self) { try await topic.publish("lost") }
      guard case .file(files.new.path(), .system(operation: "remove", _)) = error else {
        Issue.record(error)
        return
      }
      #expect(Holding(topic) == before)
      try FileManager.default.removeItem(at: files.new)
      try await topic.publish("next")
      #expect(Holding(topic).end == before.end + 1)
      #expect(files.size(of: files.file) < 1_000)
    }
  }

  @Test("a file that is reached by a link stays where it is, and so do the others beside it")
  func link() async throws {
    try await withTopicFiles { files in
      let folder = files.folder.appending(path: "elsewhere")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let real = folder.appending(path: "real.log")
      try FileManager.default.createSymbolicLink(at: files.file, withDestinationURL: real)
      let (topic, _) = try await fullFile(files)
      try await topic.publish("small")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path())
      #expect(names.sorted() == ["real.log", "real.log.old"])
      #expect(files.size(of: real) < 1_000)
      #expect(try FileManager.default.contentsOfDirectory(atPath: files.folder.path()).count == 2)
    }
  }

  @Test("files that are removed while they are in use: the one before is not missed, the topic's own is")
  func removedInUse() async throws {
    try await withTopicFiles { files in
      let (topic, _) = try await fullFile(files)
      let data = String(repeating: "x", count: 50_000)
      try await topic.publish("small")
      try FileManager.default.removeItem(at: files.older)
      for _ in 1...25 where !files.exists(files.older) { try await topic.publish(data) }
      try FileManager.default.removeItem(at: files.file)
      let error = try await #require(throws: TopicError.self) {
        for _ in 1...30 { try await topic.publish(data) }
      }
      #expect(error == .file(path: files.file.path(), .system(operation: "link", errno: ENOENT)))
      #expect("\(error)".contains("it was removed or renamed while the topic had it open"))
    }
  }

  @Test("without the file before, its events are gone and the others are there; IDs go on")
  func removedOlder() async throws {
    try await withTopicFiles { files in
      let end: UInt64
      do {
        let (topic, _) = try await fullFile(files)
        for _ in 1...2 { try await topic.publish("small") }
        end = Holding(topic).end
      }
      try FileManager.default.removeItem(at: files.older)
      let topic = try Topic(log: .file(files.file), history: 5)
      #expect(Holding(topic).oldest == end - 2)
      #expect(Holding(topic).end == end)
    }
  }

  @Test("a file before that was changed is an error and left as it is")
  func changedOlder() async throws {
    try await withTopicFiles { files in
      do {
        let (topic, _) = try await fullFile(files)
        try await topic.publish("small")
      }
      let bytes = try files.bytes(of: files.older)
      var changed = bytes
      changed[100] ^= 1
      try files.write(changed, to: files.older)
      #expect(throws: TopicError.file(path: files.older.path(), .olderDamaged(offset: TopicFileHeader.size))) {
        try Topic(log: .file(files.file))
      }
      #expect(try files.bytes(of: files.older) == changed)
      // The file before of another log, which had this name once, is of no concern.
      try files.write(TopicFileHeader(epoch: 1, first: 1).encoded, to: files.older)
      #expect(try Topic(log: .file(files.file)).newest?.data == "small")
    }
  }
}
