import Foundation
import SSETestSupport
import Testing

/// What a client has told its harness of.
struct Message: Decodable, Equatable, CustomTestStringConvertible {
  struct Event: Decodable, Equatable {
    var type: String
    var data: String
    var id: String
  }

  var kind: String
  var event: Event?
  var comment: String?

  static func event(_ data: String, type: String = "message", id: String = "") -> Message {
    Message(kind: "event", event: Event(type: type, data: data, id: id))
  }

  static func comment(_ text: String) -> Message { Message(kind: "comment", comment: text) }

  var testDescription: String { "\(kind) \(event?.data.prefix(40) ?? "") \(comment ?? "")" }
}

/// The callback URL of a harness. A callback is answered when the test asks for it, and not before.
struct CallbackListener: Sendable {
  let listener: RawListener

  var url: String { "\(listener.url)/callbacks" }

  struct Callback: Sendable {
    let number: Int
    let message: Message
    let head: String
    let connection: RawConnection

    func answer(_ status: String = "202 Accepted") async throws {
      try await connection.write("HTTP/1.1 \(status)\r\nContent-Length: 0\r\n\r\n")
      connection.close()
    }
  }

  /// The next callback, which waits for its answer.
  func accept() async throws -> Callback {
    let (connection, head, body) = try await listener.acceptRequest()
    let number = try #require(head.firstMatch(of: /^POST \/callbacks\/(\d+) HTTP\/1\.1\r\n/)?.1)
    return Callback(
      number: try #require(Int(number)), message: try JSONDecoder().decode(Message.self, from: Data(body.utf8)),
      head: head, connection: connection)
  }

  /// The next callback's message; it is answered.
  func next() async throws -> Message {
    let callback = try await accept()
    try await callback.answer()
    return callback.message
  }

  func expect(_ messages: [Message], sourceLocation: SourceLocation = #_sourceLocation) async throws {
    for expected in messages {
      let message = try await next()
      #expect(message == expected, sourceLocation: sourceLocation)
    }
  }

  func expect(_ messages: Message..., sourceLocation: SourceLocation = #_sourceLocation) async throws {
    try await expect(messages, sourceLocation: sourceLocation)
  }

  /// That the next callback tells of an error; what it says.
  @discardableResult
  func expectError(sourceLocation: SourceLocation = #_sourceLocation) async throws -> String {
    let message = try await next()
    #expect(message.kind == "error", sourceLocation: sourceLocation)
    return try #require(message.comment, sourceLocation: sourceLocation)
  }
}
