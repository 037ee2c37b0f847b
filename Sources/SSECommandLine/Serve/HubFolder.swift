import Foundation
import SSEServer

/// Why a hub's folder of topics cannot be used.
enum HubFolderError: Error, Equatable, CustomStringConvertible {
  case unusable(String, reason: String)
  case tooManyFiles(Int, limit: Int)

  var description: String {
    switch self {
    case .unusable(let path, let reason): "cannot use the folder \(path): \(reason)"
    case .tooManyFiles(let count, let limit):
      "the folder has \(count) topics, more than the \(limit) that there may be; let --max-topics be larger"
    }
  }
}

/// The folder in which a hub keeps its topics, each in a file of its name with ".log" behind it. A name holds no slash,
/// and with what stands behind it is neither "." nor ".."; names that differ in case alone need a file system that
/// tells them apart.
struct HubFolder: Sendable {
  private static let suffix = ".log"

  let url: URL

  /// Makes the folder where there is none.
  init(_ path: String) throws(HubFolderError) {
    url = URL(fileURLWithPath: path, isDirectory: true)
    do {
      // For this user alone, as the files are.
      try FileManager.default.createDirectory(
        at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw .unusable(path, reason: Self.reason(error))
    }
    // Else the hub would listen, and refuse every topic.
    guard access(url.path, R_OK | W_OK | X_OK) == 0 else {
      throw .unusable(path, reason: String(cString: strerror(errno)))
    }
  }

  /// What the system says, which Foundation often hides behind a number.
  private static func reason(_ error: any Error) -> String {
    guard let cause = (error as? CocoaError)?.underlying as? POSIXError else { return error.localizedDescription }
    return String(cString: strerror(cause.code.rawValue))
  }

  func file(of name: String) -> URL { url.appendingPathComponent(name + Self.suffix, isDirectory: false) }

  /// The topics that have a file.
  func names() throws(HubFolderError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: url.path).filter { $0.hasSuffix(Self.suffix) }
        .map { String($0.dropLast(Self.suffix.count)) }.filter(TopicStream.isName)
    } catch {
      throw .unusable(url.path, reason: Self.reason(error))
    }
  }

  /// Removes the file of a topic to which nothing was ever published.
  func removeFile(of name: String) {
    // What stays is a topic without events, at the next start.
    try? FileManager.default.removeItem(at: file(of: name))
  }
}
