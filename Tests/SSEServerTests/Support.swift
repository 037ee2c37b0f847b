import Foundation
import SSEServer
import SSESockets
import SSETestSupport

/// A response as it stood on the wire.
struct RawResponse: Sendable {
  var status: Int
  var fields: [(name: String, value: String)]
  /// Without its framing. Empty for an answer to HEAD.
  var body: String

  /// The only value of a field; nil where there is none, and where there are several, which is as bad.
  subscript(name: String) -> String? {
    let values = values(of: name)
    return values.count == 1 ? values[0] : nil
  }

  func values(of name: String) -> [String] {
    fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
  }

  /// A head up to its empty line, which is left out.
  init(head: String) throws {
    let lines = head.split(separator: "\r\n")
    let statusLine = lines.first?.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false) ?? []
    guard statusLine.count == 3, statusLine[0] == "HTTP/1.1", let status = Int(statusLine[1]) else {
      throw NotHTTP(text: head)
    }
    self.status = status
    fields = try lines.dropFirst().map { line in
      guard let colon = line.range(of: ": ") else { throw NotHTTP(text: head) }
      return (String(line[..<colon.lowerBound]), String(line[colon.upperBound...]))
    }
    body = ""
  }

  struct NotHTTP: Error { let text: String }
}

extension EventServerConfiguration {
  /// The defaults, with this poller.
  init(poller: PollerKind) {
    self.init()
    self.poller = poller
  }
}

extension Recorder<EventServerLogEntry> {
  /// What was logged, but for a loop that the test's machine held up, being busy.
  var faults: [EventServerLogEntry] {
    values.filter { if case .loopBlocked = $0 { false } else { true } }
  }
}

extension RawConnection {
  static func connect(to baseURL: URL, receiveBuffer: Int32? = nil) async throws -> RawConnection {
    try await connect(port: baseURL.port ?? 0, receiveBuffer: receiveBuffer)
  }

  /// The next response, framed as its head says.
  func nextResponse(to method: String = "GET") async throws -> RawResponse {
    var response = try RawResponse(head: try await read(through: "\r\n\r\n"))
    if method == "HEAD" || response.status == 204 || response.status == 304 || response.status < 200 { return response }
    if response["Transfer-Encoding"] == "chunked" {
      response.body = try await readChunks()
    } else if let length = response["Content-Length"].flatMap({ Int($0) }) {
      response.body = String(decoding: try await read(count: length), as: UTF8.self)
    } else {
      response.body = try await readToEnd()
    }
    return response
  }

  /// A chunked body up to its last chunk.
  private func readChunks() async throws -> String {
    var body = ""
    while true {
      let line = try await read(through: "\r\n")
      guard let size = Int(line.dropLast(1), radix: 16) else { throw RawResponse.NotHTTP(text: line) }
      let chunk = String(decoding: try await read(count: size + 2), as: UTF8.self)
      guard chunk.hasSuffix("\r\n") else { throw RawResponse.NotHTTP(text: chunk) }
      if size == 0 { return body }
      body += String(decoding: chunk.utf8.dropLast(2), as: UTF8.self)
    }
  }
}

/// Sends a request on a connection of its own; the answer.
func exchange(_ baseURL: URL, _ request: String) async throws -> RawResponse {
  let connection = try await RawConnection.connect(to: baseURL)
  try await connection.write(request)
  return try await connection.nextResponse(to: String(request.prefix { $0 != " " }))
}

/// Sends a request on a connection of its own; the answer, and what follows it until the server closes.
func exchangeUntilClosed(_ baseURL: URL, _ request: String) async throws -> (response: RawResponse, rest: String) {
  let connection = try await RawConnection.connect(to: baseURL)
  try await connection.write(request)
  let response = try await connection.nextResponse(to: String(request.prefix { $0 != " " }))
  return (response, try await connection.readToEnd())
}

/// "GET /path HTTP/1.1" with a `Host` and further field lines, each with its CRLF.
func request(_ method: String = "GET", _ target: String, _ fields: String = "", body: String = "") -> String {
  "\(method) \(target) HTTP/1.1\r\nHost: test\r\n\(fields)\r\n\(body)"
}
