import Foundation

/// Where to go on: the ID of the last event that was handled. The file holds the old ID or the new one, never a part.
struct PositionFile {
  private let path: String
  private let folder: String

  init(_ url: URL) {
    path = url.path(percentEncoded: false)
    folder = url.deletingLastPathComponent().path(percentEncoded: false)
  }

  /// Empty where none was stored yet.
  func load() throws -> String {
    guard FileManager.default.fileExists(atPath: path) else { return "" }
    return try String(contentsOfFile: path, encoding: .utf8)
  }

  /// Returns when the ID is on the disk.
  func store(_ id: String) throws {
    let new = "\(path).new"
    let file = FileHandle(fileDescriptor: try openedFile(new, O_WRONLY | O_CREAT | O_TRUNC), closeOnDealloc: true)
    try file.write(contentsOf: Data(id.utf8))
    // Before the rename: else a crash of the system could leave an empty file under the name.
    try file.synchronize()
    try file.close()
    guard rename(new, path) == 0 else { throw FileError(path: path, errno: errno) }
    // The name itself is the folder's.
    let entries = FileHandle(fileDescriptor: try openedFile(folder, O_RDONLY), closeOnDealloc: true)
    try entries.synchronize()
    try entries.close()
  }
}

/// A file that cannot be used, and the system's reason.
struct FileError: Error, CustomStringConvertible {
  let path: String
  let errno: Int32
  var description: String { "\(path): \(String(cString: strerror(errno)))" }
}

func openedFile(_ path: String, _ flags: Int32) throws(FileError) -> Int32 {
  let descriptor = open(path, flags | O_CLOEXEC, 0o644)
  guard descriptor >= 0 else { throw FileError(path: path, errno: errno) }
  return descriptor
}
