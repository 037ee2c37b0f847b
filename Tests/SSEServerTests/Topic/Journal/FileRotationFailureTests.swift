import Foundation
import SSETestSupport
import Testing

@testable import SSEServer

/// What goes wrong around a topic's file and the one before it: kills, broken disks, other hands, the machine's
/// failure.
extension FileRotationTests {
  @Test("wherever a process is killed, at whichever call, what was held is there again")
  func killedAtEachWrite() async throws {
    try await withTopicFiles { files in
      let copies = Recorder<TopicFiles>()
      var calls = TopicFile.Calls.system
      calls.write = { descriptor, first, second in
        // As if the process ended here; where the file is or is about to be full. Heads are written in two parts, and
        // so are large events.
        let isNearlyFull = files.size(of: files.file) > 1_000_000 || files.exists(files.new)
        if copies.count < 4 || isNearlyFull, let copy = try? copy(files, to: "\(copies.count)") { copies.note(copy) }
        guard first.isEmpty else { return write(descriptor, first.baseAddress, min(first.count, 16)) }
        return write(descriptor, second.baseAddress, second.count > 1_000 ? second.count - 50 : second.count)
      }
      let topic = try Topic(
        journal: FileJournal(path: files.file.path(), calls: calls), budget: TopicLog.Budget(events: 4),
        onLag: .newestOfEachKey)
      var looked = 0
      var withNew = 0
      for number in 1...19 {
        let before = Holding(topic)
        // Each eighth fills the file, which is left for a new one once the others of rare keys stand in it again.
        let data = String(repeating: "x", count: number % 8 == 0 ? 1_050_000 : 30)
        try await topic.publish(data, key: number < 5 ? "rare \(number)" : "\(number % 2)")
        for copy in copies.values[looked...] {
          // Nothing here suspends by itself: the servers of other tests would wait for seconds.
          await Task.yield()
          if copy.exists(copy.new) { withNew += 1 }
          let again = try Topic(log: .file(copy.file), history: 4, onLag: .newestOfEachKey)
          #expect(Holding(again) == before, "\(number), \(copy.folder.lastPathComponent)")
          try FileManager.default.removeItem(at: copy.folder)
        }
        looked = copies.count
      }
      // The second of a header's two parts, in each of the new files.
      #expect(withNew >= 4)
    }
  }

  @Test("what is left of a record that could not be written is gone before the file becomes the one before")
  func restBeforeRotation() async throws {
    try await withTopicFiles { files in
      let isBroken = Recorder<Bool>()
      var calls = TopicFile.Calls.system
      calls.write = { descriptor, first, second in
        guard isBroken.values.last == true else { return TopicFile.Calls.system.write(descriptor, first, second) }
        if first.count == TopicRecord.headSize { return write(descriptor, first.baseAddress, 5) }
        errno = EIO
        return -1
      }
      calls.truncate = { descriptor, size in
        guard isBroken.values.last == true else { return TopicFile.Calls.system.truncate(descriptor, size) }
        errno = EIO
        return -1
      }
      func record(_ sequence: UInt64, bytes: Int) -> TopicRecord {
        TopicRecord(sequence: sequence, time: 1, key: nil, event: [UInt8](repeating: 0x41, count: bytes)[...])
      }
      do {
        let journal = try FileJournal(path: files.file.path(), calls: calls)
        try journal.append(record(1, bytes: FileJournal.leastFile))
        isBroken.note(true)
        #expect(throws: TopicError.self) { try journal.append(record(2, bytes: 10)) }
        isBroken.note(false)
        try journal.forget(before: 2) { _ in nil }
        try journal.append(record(2, bytes: 20))
      }
      #expect(files.exists(files.older))
      var sizes: [Int] = []
      try FileJournal(path: files.file.path()).recover {
        sizes.append($0.event.count)
        return true
      }
      #expect(sizes == [FileJournal.leastFile, 20])
    }
  }

  @Test("a file that another topic has made in its place is left alone")
  func replacedInUse() async throws {
    try await withTopicFiles { files in
      let (topic, _) = try await fullFile(files)
      try FileManager.default.removeItem(at: files.file)
      let other = try Topic(log: .file(files.file))
      try await other.publish("of the other")
      let bytes = try files.bytes(of: files.file)
      await #expect(throws: TopicError.file(path: files.file.path(), .system(operation: "link", errno: ENOENT))) {
        try await topic.publish("lost")
      }
      #expect(try files.bytes(of: files.file) == bytes)
      #expect(!files.exists(files.older))
      try await other.publish("more")
    }
  }

  @Test("a file that is not needed any more and has another name is left as it is", arguments: [false, true])
  func droppedWithOtherName(bySymbolicLink: Bool) async throws {
    try await withTopicFiles { files in
      let (topic, _) = try await fullFile(files)
      try await topic.publish("small")
      let copy = files.folder.appending(path: "copy")
      try FileManager.default.linkItem(at: files.older, to: copy)
      if bySymbolicLink {
        try FileManager.default.removeItem(at: files.older)
        try FileManager.default.createSymbolicLink(at: files.older, withDestinationURL: copy)
      }
      let bytes = try files.bytes(of: copy)
      let data = String(repeating: "x", count: 50_000)
      for _ in 1...22 { try await topic.publish(data) }
      for _ in 1...5 { try await topic.publish("small") }
      #expect(try files.bytes(of: files.older) != bytes)
      #expect(try files.bytes(of: copy) == bytes)
    }
  }

  @Test("a file before whose end a failure of the machine has taken is done without: its readers are told")
  func tornOlder() async throws {
    try await withTopicFiles { files in
      let epoch: String
      do {
        let (topic, _) = try await fullFile(files)
        try await topic.publish("small")
        epoch = topic.epoch
      }
      let bytes = try files.bytes(of: files.older)
      let header = TopicFileHeader.size
      let ends = [bytes.count - 1, bytes.count / 2, header, 0]
      for (end, isZeroed) in ends.flatMap({ [($0, false), ($0, true)] }) {
        let torn = bytes[..<end] + (isZeroed ? [UInt8](repeating: 0, count: bytes.count - end) : [])
        try files.write(torn, to: files.older)
        await Task.yield()
        do {
          let topic = try Topic(log: .file(files.file), history: 5)
          #expect(Holding(topic).oldest == 22)
          let read = try await topic.read(after: "\(epoch)-19", count: 2)
          #expect(read[0].contains(#""reason":"expired"}"#))
          #expect(read[1] == "small")
        }
        #expect(try files.bytes(of: files.older) == Array(torn))
      }
    }
  }
}
