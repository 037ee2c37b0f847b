import Foundation
import SSEClient

/// What was handled, a line of JSON each: in an application it would be a table of its database, say. It handles an
/// event once, though it may be given the last one again, and the gap before it.
struct EventFile: ~Copyable {
  private let file: FileHandle
  private var lastLines: [Data]

  /// What may come again, as it was handled after the last position was stored: an event, and the gap before it.
  private static let mostRepeated = 2

  /// Why it cannot be used.
  struct InUse: Error, CustomStringConvertible {
    let path: String
    var description: String { "\(path) is in use by another sse-resume; give each its own --folder" }
  }

  /// Opens the file for this process alone, and finds what was handled last. A line that the end of the process has
  /// left unfinished is removed: its event counts as not handled.
  init(_ url: URL) throws {
    let path = url.path(percentEncoded: false)
    let file = FileHandle(fileDescriptor: try openedFile(path, O_RDWR | O_CREAT), closeOnDealloc: true)
    guard flock(file.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else { throw InUse(path: path) }
    let last = try Self.lastLines(of: file)
    try file.truncate(atOffset: last.end)
    lastLines = last.lines
    self.file = file
  }

  enum Entry {
    case event(ServerSentEvent)
    case gap(Gap)
  }

  /// Appends an entry; returns when it is on the disk. False where it was there already.
  mutating func append(_ entry: Entry) throws -> Bool {
    let line = try entry.line()
    if lastLines.contains(line), entry.canBeToldApart { return false }
    try file.write(contentsOf: line + [UInt8(ascii: "\n")])
    try file.synchronize()
    lastLines = (lastLines + [line]).suffix(Self.mostRepeated)
    return true
  }

  /// The last whole lines, and where they end.
  private static func lastLines(of file: FileHandle) throws -> (lines: [Data], end: UInt64) {
    let newline = UInt8(ascii: "\n")
    let size = try file.seekToEnd()
    var looked: UInt64 = 65_536
    while true {
      let start = size > looked ? size - looked : 0
      try file.seek(toOffset: start)
      let tail = try file.readToEnd() ?? Data()
      if let end = tail.lastIndex(of: newline) {
        let lines = tail[..<end].split(separator: newline, omittingEmptySubsequences: false)
        // Of the first there may be only the end.
        if start == 0 || lines.count > mostRepeated {
          return (lines.suffix(mostRepeated).map { Data($0) }, start + UInt64(end) + 1)
        }
      } else if start == 0 {
        return ([], 0)
      }
      looked *= 2
    }
  }
}

extension EventFile.Entry {
  private struct Line: Encodable {
    var id: String?
    var type: String?
    var data: String?
    var gap: GapLine?
  }

  private struct GapLine: Encodable {
    var after: String
    var reason: String
  }

  /// Two events without an ID may be alike and yet be two.
  var canBeToldApart: Bool {
    if case .event(let event) = self { event.id != nil } else { true }
  }

  func line() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    switch self {
    case .event(let event): return try encoder.encode(Line(id: event.id, type: event.type, data: event.data))
    case .gap(let gap): return try encoder.encode(Line(gap: GapLine(after: gap.after, reason: gap.reason.rawValue)))
    }
  }
}
