import Foundation
import SSETestSupport
import SSETesting
import Testing

@testable import SSEServer

@Suite struct FileRouteTests {
  /// A folder of files with a secret beside it.
  struct Folder {
    let root: URL
    var files: URL { root.appending(path: "files") }

    init() throws {
      root = FileManager.default.temporaryDirectory.appending(path: "sse-files-\(UUID().uuidString)")
      try FileManager.default.createDirectory(
        at: root.appending(path: "files/docs/empty"), withIntermediateDirectories: true)
      try FileManager.default.createDirectory(
        at: root.appending(path: "files-of-others"), withIntermediateDirectories: true)
      for (path, text) in [
        ("secret.txt", "secret"), ("index.html", "secret"), ("files-of-others/secret.txt", "secret"),
        ("files/index.html", "<p>index</p>"), ("files/docs/index.html", "<p>docs</p>"), ("files/a b.txt", "a b"),
        ("files/page.html", "<p>page</p>"), ("files/style.css", "p {}"), ("files/code.js", "go()"),
        ("files/data.json", "{}"), ("files/picture.SVG", "<svg/>"), ("files/html", "no type"),
        ("files/archive.tar.gz", "gz"), ("files/.hidden", "hidden"), ("files/empty.txt", ""),
      ] {
        try Data(text.utf8).write(to: root.appending(path: path))
      }
      let manager = FileManager.default
      func link(_ name: String, to target: String) throws {
        try manager.createSymbolicLink(
          atPath: files.appending(path: name).path(percentEncoded: false), withDestinationPath: target)
      }
      try link("out.txt", to: "../secret.txt")
      try link("absolute.txt", to: root.appending(path: "secret.txt").path(percentEncoded: false))
      try link("out", to: "..")
      try link("others", to: "../files-of-others")
      try link("in.txt", to: "a b.txt")
      try link("loop", to: "loop")
      try link("dangling", to: "nothing")
      mkfifo(files.appending(path: "pipe").path(percentEncoded: false), 0o644)
    }

    func remove() { try? FileManager.default.removeItem(at: root) }  // It is a temporary folder.

    var router: Router {
      var router = Router()
      router.files("/static", from: files.path(percentEncoded: false))
      return router
    }
  }

  static let escapes = [
    "/static/../secret.txt", "/static/%2e%2e/secret.txt", "/static/%2E%2E%2Fsecret.txt", "/static/..%2fsecret.txt",
    "/static/.%2e/secret.txt", "/static/docs/../../secret.txt", "/static/..\\secret.txt", "/static/..%5csecret.txt",
    "/static/%2e%2e%5csecret.txt", "/static/%00", "/static/page.html%00", "/static/page.html%00.txt",
    "/static//etc/passwd", "/static///etc/passwd", "//static/page.html", "/static/%2fetc%2fpasswd",
    "/static/out.txt", "/static/absolute.txt", "/static/out", "/static/out/secret.txt", "/static/others/secret.txt",
    "/static/others", "/static/loop", "/static/dangling", "/static/pipe", "/static/%c0%ae%c0%ae/secret.txt",
    "/static/%252e%252e/secret.txt", "/static/./page.html", "/static/docs/./index.html", "/static/..", "/static/.",
    "/static/../files-of-others/secret.txt", "/static-of-others/secret.txt", "/static/docs/empty", "/static/none",
    "/static/page.html/", "/static/page.html/x", "/static/docs//index.html", "/static/%", "/static/%2",
    // An accent makes one Swift character of the slash before it.
    "/static/..%2f%cc%81/secret.txt", "/static/../%cc%81/secret.txt", "/static/docs%2f%cc%81",
    "/static/\(String(repeating: "a", count: 300))", "/static/\(String(repeating: "a/", count: 3_000))",
  ]

  @Test("S30: no path leads out of the folder", arguments: escapes)
  func escape(_ path: String) async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try await withEventServer(folder.router) { baseURL in
      let response = try await exchange(baseURL, request("GET", path))
      #expect(response.status == 404)
      #expect(!response.body.contains("secret"))
      #expect(try await exchange(baseURL, request("HEAD", path)).status == 404)
    }
  }

  /// Files and what they are served as.
  static let served: [(path: String, type: String, body: String)] = [
    ("/static/page.html", "text/html; charset=utf-8", "<p>page</p>"),
    ("/static/style.css", "text/css; charset=utf-8", "p {}"),
    ("/static/code.js", "text/javascript; charset=utf-8", "go()"),
    ("/static/data.json", "application/json", "{}"),
    ("/static/picture.SVG", "image/svg+xml", "<svg/>"),
    ("/static/a%20b.txt", "text/plain; charset=utf-8", "a b"),
    ("/static/in.txt", "text/plain; charset=utf-8", "a b"),
    ("/static/html", "application/octet-stream", "no type"),
    ("/static/archive.tar.gz", "application/octet-stream", "gz"),
    ("/static/empty.txt", "text/plain; charset=utf-8", ""),
    ("/static", "text/html; charset=utf-8", "<p>index</p>"),
    ("/static/", "text/html; charset=utf-8", "<p>index</p>"),
    ("/static/docs", "text/html; charset=utf-8", "<p>docs</p>"),
    ("/static/docs/", "text/html; charset=utf-8", "<p>docs</p>"),
    ("/static/docs/index.html?x=/../..", "text/html; charset=utf-8", "<p>docs</p>"),
  ]

  @Test("files are served with type and length; a folder is its index.html; HEAD has no body")
  func files() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try await withEventServer(folder.router) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      for (path, type, body) in Self.served {
        for method in ["GET", "HEAD"] {
          try await connection.write(request(method, path))
          let response = try await connection.nextResponse(to: method)
          #expect(response.status == 200, "\(path)")
          #expect(response["Content-Type"] == type, "\(path)")
          #expect(response["Content-Length"] == "\(body.utf8.count)", "\(path)")
          #expect(response.body == (method == "GET" ? body : ""), "\(path)")
        }
      }
      let post = try await exchange(baseURL, request("POST", "/static/page.html"))
      #expect(post.status == 405)
      #expect(post["Allow"] == "GET, HEAD, OPTIONS")
    }
  }

  @Test("S30: the folder may be the server's root, a link, or missing")
  func otherFolders() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let link = folder.root.appending(path: "link")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: folder.files)
    var router = Router()
    router.files("/linked", from: link.path(percentEncoded: false) + "/")
    router.files("/missing", from: folder.root.appending(path: "nothing").path(percentEncoded: false))
    router.files("/", from: folder.files.path(percentEncoded: false))
    let rows = [
      ("/", 200), ("/page.html", 200), ("/docs/", 200), ("//etc/passwd", 404), ("//page.html", 404), ("/out.txt", 404),
      ("/../secret.txt", 404), ("/linked", 200), ("/linked/page.html", 200), ("/linked/out.txt", 404),
      ("/missing", 404), ("/missing/page.html", 404),
    ]
    try await withEventServer(router) { baseURL in
      for (path, status) in rows {
        let response = try await exchange(baseURL, request("GET", path))
        #expect(response.status == status, "\(path)")
      }
    }
  }

  @Test("S30: a file that is replaced by a link out of the folder is not served any more")
  func replacedByLink() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let file = folder.files.appending(path: "page.html")
    try await withEventServer(folder.router) { baseURL in
      #expect(try await exchange(baseURL, request("GET", "/static/page.html")).status == 200)
      try FileManager.default.removeItem(at: file)
      try FileManager.default.createSymbolicLink(
        atPath: file.path(percentEncoded: false), withDestinationPath: "../secret.txt")
      #expect(try await exchange(baseURL, request("GET", "/static/page.html")).status == 404)
    }
  }

  @Test("S30: a folder that became a link since its path was resolved is not entered")
  func folderReplacedByLink() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let root = folder.files.path(percentEncoded: false)
    #expect(FileBody(path: "docs/index.html", below: root) != nil)
    #expect(FileBody(path: "page.html", below: root) != nil)
    for path in ["out/secret.txt", "others/secret.txt", "in.txt", "docs", "docs/none.html", "none/index.html", ""] {
      #expect(FileBody(path: path, below: root) == nil, "\(path)")
    }
  }

  @Test("a large file reaches a slow reader whole, and other connections go on meanwhile")
  func largeFile() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let size = 20_000_000
    let line = "0123456789abcdef\n"
    let text = String(String(repeating: line, count: size / line.utf8.count + 1).prefix(size))
    try Data(text.utf8).write(to: folder.files.appending(path: "large.txt"))
    var configuration = EventServerConfiguration()
    configuration.loopCount = 1
    let records = Recorder<EventServerAccessRecord>()
    configuration.accessLog = { records.note($0) }
    try await withEventServer(folder.router, timeLimit: .seconds(60), configuration: configuration) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL, receiveBuffer: 8_192)
      try await connection.write(request("GET", "/static/large.txt", "Connection: close\r\n"))
      let head = try await connection.read(through: "\r\n\r\n")
      #expect(head.contains("Content-Length: \(size)\r\n"))
      #expect(try await exchange(baseURL, request("GET", "/static/page.html")).status == 200)
      #expect(records.values.count == 1)
      #expect(try await connection.readToEnd() == text)
    }
    #expect(records.values.map(\.ending) == [.complete, .complete])
  }

  @Test("a file that shrinks while it is sent ends the connection before its length; nothing is made up")
  func shrinkingFile() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let file = folder.files.appending(path: "large.txt")
    try Data(repeating: UInt8(ascii: "a"), count: 20_000_000).write(to: file)
    let log = Recorder<EventServerLogEntry>()
    var configuration = EventServerConfiguration()
    configuration.log = { log.note($0) }
    try await withEventServer(folder.router, timeLimit: .seconds(60), configuration: configuration) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL, receiveBuffer: 8_192)
      try await connection.write(request("GET", "/static/large.txt"))
      try await connection.read(through: "\r\n\r\n")
      let handle = try FileHandle(forWritingTo: file)
      try handle.truncate(atOffset: 1_000)
      try handle.close()
      let body = try await connection.readToEnd()
      #expect(body.utf8.count < 20_000_000)
      #expect(body.utf8.allSatisfy { $0 == UInt8(ascii: "a") })
    }
    #expect(log.faults.count == 1)
  }
}
