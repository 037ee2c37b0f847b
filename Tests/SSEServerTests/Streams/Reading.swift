import Foundation
import SSEServer
import SSETestSupport

/// An event stream as it came over the wire, its framing included.
struct RawStream {
  var head: String
  var body: String

  /// The body's chunks; nil where the chunked coding is broken. A last chunk of "" tells a proper end.
  var chunks: [String]? {
    var rest = Array(body.utf8)[...]
    var chunks: [String] = []
    while !rest.isEmpty {
      guard let end = rest.prefix(20).firstRange(of: Array("\r\n".utf8)),
        let size = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16)
      else { return nil }
      rest = rest[end.upperBound...]
      guard rest.count >= size + 2, rest.dropFirst(size).prefix(2).elementsEqual("\r\n".utf8) else { return nil }
      chunks.append(String(decoding: rest.prefix(size), as: UTF8.self))
      rest = rest.dropFirst(size + 2)
    }
    return chunks
  }

  /// A header field of the head.
  func field(_ name: String) -> String? {
    head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("\(name.lowercased()):") }
      .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
  }
}

extension RawConnection {
  /// Opens a connection to a test's server and asks for a path.
  static func get(
    _ path: String, at baseURL: URL, version: String = "1.1", headers: String = "", receiveBuffer: Int32? = nil
  ) async throws -> RawConnection {
    let connection = try await connect(port: baseURL.port ?? 0, receiveBuffer: receiveBuffer)
    try await connection.write("GET \(path) HTTP/\(version)\r\nHost: test\r\n\(headers)\r\n")
    return connection
  }

  func readHead() async throws -> String { try await read(through: "\r\n\r\n") }

  /// Everything until the server closes.
  func readUntilClose() async throws -> RawStream {
    RawStream(head: try await readHead(), body: try await readToEnd())
  }

  /// A response of this connection up to its last chunk.
  func readThroughLastChunk() async throws -> RawStream {
    let head = try await readHead()
    let body = try await read(through: "0\r\n\r\n")
    return RawStream(head: head, body: body)
  }
}

/// Waits until nothing has been noted for a tenth of a second, and something before: whoever notes stands still.
func standstill(of notes: Recorder<Int>) async throws {
  try await eventually("a standstill") {
    let before = notes.count
    try await Task.sleep(for: .milliseconds(100))  // How long it stood still.
    return before > 0 && notes.count == before
  }
}
