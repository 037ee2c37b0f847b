import Foundation
import SSETestSupport
import Testing

@testable import SSEClient
@testable import SSEExampleResume

@Suite("What the resume example keeps")
struct EventFileTests {
  /// A folder for the time of a test.
  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sse-resume-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  private func event(_ data: String, id: String?) -> EventFile.Entry {
    .event(ServerSentEvent(data: data, id: id))
  }

  private func line(_ data: String, id: String) -> String { #"{"data":"\#(data)","id":"\#(id)","type":"message"}"# }

  @Test("killed behind a gap and the event after it, the follower is told of both again, and handles neither again")
  func gapAndEvent() throws {
    try withFolder { folder in
      let url = folder.appending(path: "events")
      let data = #"{"after":"5","oldest":"9","reason":"expired"}"#
      let gap = EventFile.Entry.gap(try #require(Gap(ServerSentEvent(data: data, type: "gap"))))
      do {
        var file = try EventFile(url)
        #expect(try file.append(event("five", id: "5")) == true)
        #expect(try file.append(gap) == true)
        #expect(try file.append(event("nine", id: "9")) == true)
      }
      var file = try EventFile(url)
      #expect(try file.append(gap) == false)
      #expect(try file.append(event("nine", id: "9")) == false)
      #expect(try file.append(event("ten", id: "10")) == true)
    }
  }

  @Test("an event that was handled last is not handled again, not even by another process")
  func idempotence() throws {
    try withFolder { folder in
      let url = folder.appending(path: "events")
      do {
        var file = try EventFile(url)
        #expect(try file.append(event("a", id: "1")) == true)
        #expect(try file.append(event("a", id: "1")) == false)
      }
      var file = try EventFile(url)
      #expect(try file.append(event("a", id: "1")) == false)
      #expect(try file.append(event("a", id: "2")) == true)
      let text = try String(contentsOf: url, encoding: .utf8)
      #expect(text == "\(line("a", id: "1"))\n\(line("a", id: "2"))\n")
    }
  }

  @Test("events without an ID are each handled, alike or not")
  func withoutID() throws {
    try withFolder { folder in
      var file = try EventFile(folder.appending(path: "events"))
      #expect(try file.append(event("a", id: nil)) == true)
      #expect(try file.append(event("a", id: nil)) == true)
    }
  }

  @Test(
    "a line that was cut off is removed, and its event handled again",
    arguments: [0, 1, 20], [10, 65_534, 65_535, 65_536, 70_000, 200_000])
  func cutOff(kept: Int, length: Int) throws {
    try withFolder { folder in
      let url = folder.appending(path: "events")
      let whole = line(String(repeating: "x", count: length), id: "1")
      let cut = line("b", id: "2").prefix(kept)
      try Data("\(line("a", id: "0"))\n\(whole)\n\(cut)".utf8).write(to: url)
      var file = try EventFile(url)
      #expect(try file.append(event(String(repeating: "x", count: length), id: "1")) == false)
      #expect(try file.append(event("b", id: "2")) == true)
      let text = try String(contentsOf: url, encoding: .utf8)
      #expect(text == "\(line("a", id: "0"))\n\(whole)\n\(line("b", id: "2"))\n")
    }
  }

  @Test("a file whose only line was cut off begins anew")
  func onlyLineCutOff() throws {
    try withFolder { folder in
      let url = folder.appending(path: "events")
      try Data(#"{"data":"#.utf8).write(to: url)
      var file = try EventFile(url)
      #expect(try file.append(event("a", id: "1")) == true)
      #expect(try String(contentsOf: url, encoding: .utf8) == "\(line("a", id: "1"))\n")
    }
  }

  @Test("a second follower of the same folder is refused")
  func locked() throws {
    try withFolder { folder in
      let url = folder.appending(path: "events")
      let first = try EventFile(url)
      #expect(throws: EventFile.InUse.self) { _ = try EventFile(url) }
      withExtendedLifetime(first) {}
    }
  }

  @Test("the position is empty at first, then the last that was stored, in any characters")
  func position() throws {
    try withFolder { folder in
      let position = PositionFile(folder.appending(path: "id"))
      #expect(try position.load() == "")
      for id in ["1k-17", "ein längerer Name €豆腐", "1", ""] {
        try position.store(id)
        #expect(try PositionFile(folder.appending(path: "id")).load() == id)
      }
    }
  }

  @Test("a position that could not be renamed leaves the old one")
  func interruptedStore() throws {
    try withFolder { folder in
      let position = PositionFile(folder.appending(path: "id"))
      try position.store("1")
      // As a crash before the rename leaves it.
      try Data().write(to: folder.appending(path: "id.new"))
      #expect(try position.load() == "1")
      try position.store("2")
      #expect(try position.load() == "2")
    }
  }

  @Test("a folder that cannot be written is an error that names it")
  func unwritable() throws {
    let position = PositionFile(URL(filePath: "/nonexistent/id"))
    let error = #expect(throws: FileError.self) { try position.store("1") }
    #expect(error?.description == "/nonexistent/id.new: No such file or directory")
  }
}
