import Foundation
import SSEClient

/// An event as a recording holds it: one line of JSON.
struct RecordedEvent: Codable, Equatable {
  /// Seconds since the start.
  var time: Double
  var type: String
  var id: String?
  /// Milliseconds.
  var retry: Int64?
  var data: String

  init(_ event: ServerSentEvent, time: Double) {
    self.time = (time * 1_000).rounded() / 1_000
    type = event.type
    id = event.id
    retry = event.retry.map { Int64($0 / .milliseconds(1)) }
    data = event.data
  }

  /// With its line end.
  func line() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// The event that was recorded.
  var event: ServerSentEvent {
    ServerSentEvent(data: data, type: type, id: id, retry: retry.map { .milliseconds($0) })
  }
}

/// What is wrong with a recording.
enum RecordingError: Error, CustomStringConvertible {
  case notARecording(String, line: Int)
  case lineTooLong(String, line: Int, limit: Int)

  var description: String {
    switch self {
    case .notARecording(let path, let line):
      "\(path): line \(line) is no event of a recording; it is not a file that --record or --jsonl wrote, or was cut"
    case .lineTooLong(let path, let line, let limit): "\(path): line \(line) is longer than \(limit) bytes"
    }
  }
}

/// The events of a recording, one after another.
struct RecordingReader: ~Copyable {
  /// Room for the largest event that a stream may have, should each of its bytes be escaped.
  static let longestLine = 134_217_728
  /// A hundred days: what waits longer is a mistake in the file.
  static let latestTime = 8_640_000.0

  private let path: String
  private let file: Input
  private var unread: ArraySlice<UInt8> = []
  private var hasEnded = false
  private var lineNumber = 0

  init(path: String) throws {
    self.path = path
    file = try Input(path: path)
  }

  /// The next event, nil at the end.
  mutating func next() throws -> RecordedEvent? {
    guard let line = try nextLine() else { return nil }
    // The line's number says more than the decoder's words for a file that is no recording.
    guard let event = try? JSONDecoder().decode(RecordedEvent.self, from: Data(line)),
      (0...Self.latestTime).contains(event.time)
    else { throw RecordingError.notARecording(path, line: lineNumber) }
    return event
  }

  private mutating func nextLine() throws -> ArraySlice<UInt8>? {
    var searchedCount = 0
    lineNumber += 1
    while true {
      if let end = unread.dropFirst(searchedCount).firstIndex(of: 0x0A) {
        defer { unread = unread[(end + 1)...] }
        return unread[..<end]
      }
      searchedCount = unread.count
      if searchedCount > Self.longestLine {
        throw RecordingError.lineTooLong(path, line: lineNumber, limit: Self.longestLine)
      }
      if hasEnded {
        defer { unread = [] }
        return unread.isEmpty ? nil : unread
      }
      let more = try file.read(atMost: 65_536)
      if more.isEmpty { hasEnded = true } else { unread += more }
    }
  }
}
