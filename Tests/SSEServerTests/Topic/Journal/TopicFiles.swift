import Foundation
import SSEServer

/// Files of topics, in a folder of their own.
struct TopicFiles {
  let folder: URL

  /// The file that topics are given here.
  var file: URL { folder.appending(path: "news.log") }
  var older: URL { folder.appending(path: "news.log.old") }
  var new: URL { folder.appending(path: "news.log.new") }

  func bytes(of url: URL) throws -> [UInt8] { Array(try Data(contentsOf: url)) }
  func write(_ bytes: some Collection<UInt8>, to url: URL) throws { try Data(bytes).write(to: url) }

  func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path()) }

  func size(of url: URL) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: url.resolvingSymlinksInPath().path())
    return attributes?[.size] as? Int ?? 0
  }

  var totalSize: Int { [file, older, new].reduce(0) { $0 + size(of: $1) } }
}

func withTopicFiles<R>(
  isolation: isolated (any Actor)? = #isolation, _ body: (TopicFiles) async throws -> R
) async throws -> R {
  let folder = FileManager.default.temporaryDirectory.appending(path: "sse-topic-\(UUID())")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try await body(TopicFiles(folder: folder))
}

extension Topic {
  /// What a reader gets that saw this last: each event's data; a gap's reason, after "gap ".
  func read(after lastEventID: String, count: Int) async throws -> [String] {
    var read: [String] = []
    guard count > 0 else { return read }
    for try await event in subscribe(after: lastEventID) {
      read.append(event.type == "gap" ? "gap \(event.data)" : event.data)
      if read.count == count { break }
    }
    return read
  }
}
