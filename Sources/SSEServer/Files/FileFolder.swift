import SSEHTTP1

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The files below a folder, and nothing else: a path is resolved, symbolic links included, and must still be below.
struct FileFolder: Sendable {
  private let folder: String

  init(_ folder: String) { self.folder = folder }

  /// The file at a decoded relative path. Throws `HTTPStatus.notFound` for whatever is not a readable file below.
  func response(for path: String) throws -> Response {
    guard let root = Self.resolved(folder), Self.isPlain(path) else { throw HTTPStatus.notFound }
    var found = path.isEmpty ? root : Self.resolved("\(root)/\(path)")
    if let folder = found, FileBody.isFolder(folder) { found = Self.resolved("\(folder)/index.html") }
    guard let found, found.hasPrefix(root == "/" ? root : "\(root)/"), let body = FileBody(path: found) else {
      throw HTTPStatus.notFound
    }
    return Response(status: .ok, headers: ["Content-Type": Self.contentType(of: found)], body: .file(body))
  }

  /// No part of the path may mean anything but a name.
  private static func isPlain(_ path: String) -> Bool {
    path.isEmpty
      || path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
        !part.isEmpty && part != "." && part != ".." && !part.utf8.contains(UInt8(ascii: "\\"))
          && !part.utf8.contains(0)
      }
  }

  private static func resolved(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func contentType(of path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    return switch name.split(separator: ".").last?.lowercased() {
    case "html", "htm": "text/html; charset=utf-8"
    case "css": "text/css; charset=utf-8"
    case "js", "mjs": "text/javascript; charset=utf-8"
    case "json", "map": "application/json"
    case "txt", "md": "text/plain; charset=utf-8"
    case "svg": "image/svg+xml"
    case "png": "image/png"
    case "jpg", "jpeg": "image/jpeg"
    case "gif": "image/gif"
    case "webp": "image/webp"
    case "ico": "image/x-icon"
    case "woff2": "font/woff2"
    case "wasm": "application/wasm"
    case "pdf": "application/pdf"
    default: "application/octet-stream"
    }
  }
}
