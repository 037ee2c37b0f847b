import Foundation
import SSETestSupport
import Testing

@testable import SSEServer

@Suite("A topic's journal in a file")
struct FileJournalTests {
  private func record(_ sequence: UInt64, _ data: String) -> TopicRecord {
    TopicRecord(sequence: sequence, time: 1, key: nil, event: Array("id: e-\(sequence)\ndata: \(data)\n\n".utf8)[...])
  }

  /// The records of a file, which is opened and closed for it.
  private func records(_ file: URL) throws(TopicError) -> [TopicRecord] {
    var records: [TopicRecord] = []
    try FileJournal(path: file.path()).recover {
      records.append($0)
      return true
    }
    return records
  }

  /// Makes the file with these records; where each begins, and the last ends.
  private func make(_ file: URL, of records: [TopicRecord]) throws -> [Int] {
    let journal = try FileJournal(path: file.path())
    try journal.recover { _ in true }
    for record in records { try journal.append(record) }
    return records.reduce(into: [TopicFileHeader.size]) { $0.append($0[$0.count - 1] + $1.encoded.count) }
  }

  @Test("what was appended is there again, and the file is its user's alone")
  func appending() async throws {
    try await withTopicFiles { files in
      let expected = [record(1, "a"), record(2, "b"), record(3, "c")]
      let offsets = try make(files.file, of: expected)
      #expect(try files.bytes(of: files.file).count == offsets.last)
      #expect(try records(files.file) == expected)
      let attributes = try FileManager.default.attributesOfItem(atPath: files.file.path())
      #expect(attributes[.posixPermissions] as? Int == 0o600)
    }
  }

  @Test("a last record that is torn, at whichever byte, is cut off, and the next one takes its place")
  func torn() async throws {
    try await withTopicFiles { files in
      let offsets = try make(files.file, of: [record(1, "a"), record(2, "b"), record(3, "c")])
      let bytes = try files.bytes(of: files.file)
      for end in offsets[2]..<offsets[3] {
        try files.write(bytes[..<end], to: files.file)
        #expect(try records(files.file) == [record(1, "a"), record(2, "b")], "torn at \(end)")
        #expect(try files.bytes(of: files.file).count == offsets[2])
        let journal = try FileJournal(path: files.file.path())
        try journal.recover { _ in true }
        try journal.append(record(3, "new"))
      }
      #expect(try records(files.file) == [record(1, "a"), record(2, "b"), record(3, "new")])
    }
  }

  @Test("a last record that was changed, and what was never written, as a failure of the machine leaves it, is cut off")
  func changedAtTheEnd() async throws {
    try await withTopicFiles { files in
      let offsets = try make(files.file, of: [record(1, "a"), record(2, "b")])
      let bytes = try files.bytes(of: files.file)
      for index in offsets[1]..<offsets[2] {
        var changed = bytes
        changed[index] ^= 0x10
        try files.write(changed, to: files.file)
        #expect(try records(files.file) == [record(1, "a")])
      }
      for count in [1, 32, 5_000, 1_100_000] {
        try files.write(bytes + [UInt8](repeating: 0, count: count), to: files.file)
        #expect(try records(files.file) == [record(1, "a"), record(2, "b")])
        #expect(try files.bytes(of: files.file) == bytes)
      }
    }
  }

  @Test("a changed record that others follow is an error that says where; nothing is changed then")
  func changedInTheMiddle() async throws {
    try await withTopicFiles { files in
      let offsets = try make(files.file, of: [record(1, "a"), record(2, "b"), record(3, "c")])
      let bytes = try files.bytes(of: files.file)
      for index in offsets[1]..<offsets[2] {
        var changed = bytes
        changed[index] ^= 0x10
        try files.write(changed, to: files.file)
        #expect(throws: TopicError.file(path: files.file.path(), .damaged(offset: offsets[1]))) {
          try records(files.file)
        }
        #expect(try files.bytes(of: files.file) == changed)
      }
      // As the error says.
      try files.write(bytes[..<offsets[1]], to: files.file)
      #expect(try records(files.file) == [record(1, "a")])
    }
  }

  @Test("a whole record that cannot stand there is an error too, also at the end", arguments: [3, 5])
  func foreignRecord(sequence: UInt64) async throws {
    try await withTopicFiles { files in
      let offsets = try make(files.file, of: [record(1, "a"), record(2, "b"), record(3, "c")])
      let bytes = try files.bytes(of: files.file)
      try files.write(bytes + record(sequence, "d").encoded, to: files.file)
      #expect(throws: TopicError.file(path: files.file.path(), .damaged(offset: offsets[3]))) {
        try records(files.file)
      }
    }
  }

  @Test("a file of something else is an error, and is not changed", arguments: ["", ".old", ".new"])
  func foreign(suffix: String) async throws {
    try await withTopicFiles { files in
      _ = try make(files.file, of: [record(1, "a")])
      let place = URL(filePath: files.file.path() + suffix)
      for text in ["x", "# Notes\n", String(repeating: "a line\n", count: 1_000)] {
        try files.write(Array(text.utf8), to: place)
        #expect(throws: TopicError.file(path: place.path(), .notALog)) { try records(files.file) }
        #expect(try files.bytes(of: place) == Array(text.utf8))
      }
      var later = TopicFileHeader(epoch: 1, first: 1).encoded
      later[8] = 2
      try files.write(later, to: place)
      #expect(throws: TopicError.file(path: place.path(), .unknownVersion(2))) { try records(files.file) }
      #expect(try files.bytes(of: place) == later)
    }
  }

  @Test("what is no regular file is an error at once; so is a folder that is missing")
  func places() async throws {
    try await withTopicFiles { files in
      let pipe = files.folder.appending(path: "pipe")
      mkfifo(pipe.path(), 0o600)
      for path in [files.folder.path(), pipe.path(), "/dev/null"] {
        #expect(throws: TopicError.file(path: path, .notAFile)) { try FileJournal(path: path) }
      }
      let missing = files.folder.appending(path: "no/news.log").path()
      let error = try #require(throws: TopicError.self) { try FileJournal(path: missing) }
      #expect(error == .file(path: missing, .system(operation: "open", errno: ENOENT)))
      #expect("\(error)".hasSuffix("cannot open it: No such file or directory; make its folder first"))
    }
  }

  @Test("a file that is in use is an error, until its journal is let go")
  func inUse() async throws {
    try await withTopicFiles { files in
      for _ in 1...3 {
        let journal = try FileJournal(path: files.file.path())
        #expect(throws: TopicError.file(path: files.file.path(), .inUse)) { try FileJournal(path: files.file.path()) }
        withExtendedLifetime(journal) {}
      }
    }
  }

  /// A disk that takes so many bytes more.
  private func calls(room: Recorder<Int>, cuts: Bool) -> TopicFile.Calls {
    TopicFile.Calls(
      write: { descriptor, first, second in
        let left = room.values.last ?? 0
        guard left > 0 else {
          errno = ENOSPC
          return -1
        }
        // A little at a time, and interrupted, as the system may.
        let part = first.isEmpty ? second : first
        let written = write(descriptor, part.baseAddress, min(part.count, left, 7))
        room.note(left - written)
        return written
      },
      truncate: { descriptor, size in
        if cuts { return Int(ftruncate(descriptor, off_t(size))) }
        errno = EIO
        return -1
      })
  }

  @Test("a file system that takes nothing is an error, and is not asked for ever", .timeLimit(.minutes(1)))
  func nothingTaken() async throws {
    try await withTopicFiles { files in
      let calls = TopicFile.Calls(write: { _, _, _ in 0 }, truncate: TopicFile.Calls.system.truncate)
      #expect(throws: TopicError.file(path: files.file.path(), .system(operation: "write to", errno: EIO))) {
        try FileJournal(path: files.file.path(), calls: calls)
      }
    }
  }

  @Test("an event that cannot be written whole leaves nothing, wherever the disk is full", arguments: [true, false])
  func fullDisk(cuts: Bool) async throws {
    let (first, second) = (record(1, "a"), record(2, "b"))
    for count in 0..<second.encoded.count {
      try await withTopicFiles { files in
        _ = try make(files.file, of: [first])
        let room = Recorder<Int>()
        room.note(count)
        do {
          let journal = try FileJournal(path: files.file.path(), calls: calls(room: room, cuts: cuts))
          try journal.recover { _ in true }
          let full = TopicError.file(path: files.file.path(), .system(operation: "write to", errno: ENOSPC))
          #expect(throws: full) { try journal.append(second) }
          room.note(1_000)
          if cuts {
            // There is room again.
            try journal.append(record(2, "later"))
          } else {
            // Not before the part is away.
            #expect(throws: TopicError.file(path: files.file.path(), .system(operation: "cut", errno: EIO))) {
              try journal.append(record(2, "later"))
            }
          }
        }
        #expect(try records(files.file) == [first] + (cuts ? [record(2, "later")] : []))
      }
    }
  }
}
