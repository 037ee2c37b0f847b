import SSEHTTP1

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The files below a folder, and nothing else: a path is resolved, symbolic links included, and must still be below.
/// The resolved path is then opened without following a link, part by part, so that one that is put in the way
/// meanwhile leads nowhere.
struct FileFolder: Sendable {
  private let folder: String

  init(_ folder: String) { self.folder = folder }

  /// The file at a decoded relative path. Throws `HTTPStatus.notFound` for whatever is not a readable file below.
  func response(for path: String) throws -> Response {
    var segments = path.pathSegments
    // "docs/" is the folder "docs".
    let mustBeFolder = segments.last?.isEmpty ?? false
    if mustBeFolder { segments.removeLast() }
    guard let root = Self.resolved(folder), segments.allSatisfy(Self.isName),
      var found = Self.resolved(root + segments.map { "/\($0)" }.joined(), below: root)
    else { throw HTTPStatus.notFound }
    if FileBody.isFolder(found) {
      guard let index = Self.resolved("\(found)/index.html", below: root) else { throw HTTPStatus.notFound }
      found = index
    } else if mustBeFolder {
      throw HTTPStatus.notFound
    }
    guard let body = FileBody(path: Self.path(of: found, below: root), below: root) else { throw HTTPStatus.notFound }
    return Response(status: .ok, headers: ["Content-Type": Self.contentType(of: found)], body: .file(body))
  }

  /// Whether a part of the path can mean nothing but a name.
  private static func isName(_ part: Substring) -> Bool {
    !part.isEmpty && part != "." && part != ".." && !part.utf8.contains { $0 == UInt8(ascii: "\\") || $0 == 0 }
  }

  /// What follows the root in a path that is below it.
  private static func path(of found: String, below root: String) -> String {
    String(decoding: found.utf8.dropFirst(root == "/" ? 1 : root.utf8.count + 1), as: UTF8.self)
  }

  /// The path without its links; nil for what does not exist, or is neither the root nor below it.
  private static func resolved(_ path: String, below root: String) -> String? {
    guard let found = resolved(path) else { return nil }
    let isBelow = found.utf8.starts(with: (root == "/" ? root : "\(root)/").utf8)
    return found == root || isBelow ? found : nil
  }

  private static func resolved(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func contentType(of path: String) -> String {
    let parts = path.pathSegments.last?.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) ?? []
    return switch parts.count > 1 ? parts.last.map({ Substring($0).lowercased() }) : nil {
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
