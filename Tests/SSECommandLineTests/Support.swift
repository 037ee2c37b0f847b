import Foundation
import SSETestSupport

let sse = Product.path("sse")

/// What raw peers of these tests write.
enum Peer {
  static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
}

extension RawListener {
  /// Accepts a connection and reads the head of its request.
  func acceptRequest() async throws -> (peer: RawConnection, head: String) {
    let peer = try await accept()
    return (peer, try await peer.read(through: "\r\n\r\n"))
  }

  /// Runs `sse listen` with this peer's URL, which gives one answer and closes.
  func listen(_ arguments: [String], answering text: String) async throws -> Program.Result {
    async let result = Program.run(sse, ["listen", url] + arguments)
    let (peer, _) = try await acceptRequest()
    try await peer.write(text)
    peer.close()
    return try await result
  }
}

/// Runs `body` with a folder that is removed afterwards.
func withFolder<R>(
  isolation: isolated (any Actor)? = #isolation, _ body: (URL) async throws -> R
) async throws -> R {
  let folder = FileManager.default.temporaryDirectory.appending(path: "sse-test-\(UUID())")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try await body(folder)
}
