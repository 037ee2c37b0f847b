import Foundation
import SSETestSupport

/// An answer to a request, read to its end.
struct Answer: Sendable {
  let head: String
  let body: String

  var status: Int { Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0 }

  /// The body as one JSON object.
  var json: NSDictionary { object(body) }

  /// Type and data of each event of the body, which is taken apart by its letters alone.
  var events: [(type: String, data: String)] {
    body.components(separatedBy: "\n\n").dropLast().map { block in
      let lines = block.components(separatedBy: "\n")
      let value = { (field: String) in lines.first { $0.hasPrefix("\(field): ") }?.dropFirst(field.count + 2) }
      return (String(value("event") ?? "message"), String(value("data") ?? ""))
    }
  }

  /// The data of each event as JSON; where it is none, as under its text.
  var payloads: [NSDictionary] { events.map { object($0.data) } }
}

func object(_ text: String) -> NSDictionary {
  let value = try? JSONSerialization.jsonObject(with: Data(text.utf8))
  return (value as? [String: Any] ?? ["text": text]) as NSDictionary
}

extension NSDictionary {
  /// The text at the end of a path of keys and indices.
  func text(_ path: String) -> String? {
    var value: Any? = self
    for key in path.split(separator: ".") {
      value =
        Int(key).map { index in
          let array = value as? [Any] ?? []
          return array.indices.contains(index) ? array[index] : nil
        } ?? (value as? NSDictionary)?[String(key)] ?? (value as? [String: Any])?[String(key)]
    }
    return value as? String
  }
}

/// Sends a request of HTTP/1.0, so that the body comes without framing, on a connection of its own.
func exchange(
  _ baseURL: URL, _ method: String, _ target: String, _ fields: String = "", body: String = ""
) async throws -> Answer {
  let connection = try await RawConnection.connect(port: baseURL.port ?? 0)
  let length = body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n"
  try await connection.write("\(method) \(target) HTTP/1.0\r\n\(fields)\(length)\r\n\(body)")
  let head = try await connection.read(through: "\r\n\r\n")
  return Answer(head: head, body: try await connection.readToEnd())
}

/// What a client asks, in either provider's form.
func question(_ prompt: String, stream: Bool = true, more: String = "") -> String {
  "{\"model\":\"m\",\"stream\":\(stream),\(more)\"messages\":[{\"role\":\"user\",\"content\":\"\(prompt)\"}]}"
}
