import Foundation
import SSEServer
import SSETestSupport
import SSETesting

@testable import SSECommandLine

/// A hub's answer, as it stood on the wire.
struct HubAnswer {
  var status: Int
  var head: String
  var body: String
}

/// Runs a hub's routes in this process while `body` runs; nothing reports to its page.
func withHub(
  _ access: HubAccess = HubAccess(), _ settings: HubTopics.Settings = .init(),
  configuration: EventServerConfiguration = .init(), _ body: @escaping (_ hub: Hub, _ port: Int) async throws -> Void
) async throws {
  let hub = Hub(try HubTopics(settings), access: access)
  try await withEventServer(hub.router, timeLimit: .seconds(30), configuration: configuration) { baseURL in
    try await body(hub, baseURL.port ?? 0)
  }
}

/// Sends one request byte by byte, as `curl` would, and reads the answer.
func ask(
  _ port: Int, _ method: String, _ target: String, _ fields: [String] = [], host: String? = nil, body: String? = nil
) async throws -> HubAnswer {
  let connection = try await RawConnection.connect(port: port)
  defer { connection.close() }
  var lines = ["\(method) \(target) HTTP/1.1", "Host: \(host ?? "127.0.0.1:\(port)")", "Connection: close"] + fields
  if let body { lines.append("Content-Length: \(body.utf8.count)") }
  try await connection.write(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
  let text = try await connection.readToEnd()
  let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
  let status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
  return HubAnswer(status: status, head: String(parts[0]), body: parts.count > 1 ? String(parts[1]) : "")
}

/// A reader of a hub, up to the head of its answer.
func read(_ port: Int, _ target: String, _ fields: [String] = []) async throws -> RawConnection {
  let connection = try await RawConnection.connect(port: port)
  let lines = ["GET \(target) HTTP/1.1", "Host: 127.0.0.1:\(port)"] + fields
  try await connection.write(lines.joined(separator: "\r\n") + "\r\n\r\n")
  let head = try await connection.read(through: "\r\n\r\n")
  guard head.hasPrefix("HTTP/1.1 200 ") else { throw NoStream(head: head) }
  return connection
}

/// The answer was no stream.
struct NoStream: Error { let head: String }
