import Foundation
import SSEServer
import SSETestSupport

/// A route with a topic, its readers, and what they have read.
enum TopicReading {
  static func router(_ topic: Topic) -> Router {
    var router = Router()
    router.events("/news", from: topic)
    return router
  }

  /// A reader that the topic knows: its head has come.
  static func reader(
    at baseURL: URL, after lastEventID: String? = nil, version: String = "1.1", receiveBuffer: Int32? = nil
  ) async throws -> RawConnection {
    let headers = lastEventID.map { "Last-Event-ID: \($0)\r\n" } ?? ""
    let reader = try await RawConnection.get(
      "/news", at: baseURL, version: version, headers: headers, receiveBuffer: receiveBuffer)
    _ = try await reader.readHead()
    return reader
  }

  /// An event or a gap, as a reader got it.
  enum Item: Hashable {
    case event(Int)
    case gap(after: Int, oldest: Int, reason: String)
  }

  /// The sequence numbers of the IDs in what a reader got, and the gaps between them.
  static func items(in text: String) throws -> [Item] {
    try lines(of: text).compactMap { line in
      if line.hasPrefix("id: ") { return .event(try sequence(of: line)) }
      guard line.hasPrefix("data: {\"after\":") else { return nil }
      let gap = try JSONDecoder().decode([String: String].self, from: Data(line.dropFirst(6).utf8))
      return .gap(
        after: try sequence(of: gap["after"] ?? ""), oldest: try sequence(of: gap["oldest"] ?? ""),
        reason: gap["reason"] ?? "")
    }
  }

  /// The lines of the events and of the chunks that they are in.
  static func lines(of text: String) -> [Substring] { text.split(whereSeparator: \.isNewline) }

  struct NotAnID: Error { var text: String }

  static func sequence(of id: some StringProtocol) throws -> Int {
    guard let digits = id.split(separator: "-").last, let number = Int(digits) else { throw NotAnID(text: String(id)) }
    return number
  }
}
