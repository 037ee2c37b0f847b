import Foundation
import SSEClient
import SSEHTTP1

/// A server did not take an event.
struct EventRefused: Error, CustomStringConvertible {
  let status: HTTPStatus
  /// Where else the server says to ask; redirects are not followed with an event.
  let location: String?
  /// What the server says of it.
  let reason: String

  init(_ answer: KeptConnection.Answer) {
    status = answer.status
    location = answer.location
    reason = PublishAnswer.reason(answer.body)
  }

  var description: String {
    if let location, (300...399).contains(status.code) { return "the server answered \(status); it names \(location)" }
    return "the server answered \(status)\(reason.isEmpty ? "" : ": \(reason)")"
  }
}

/// Posts events, one after the other, so that they keep their order.
struct Publisher {
  private let options: PublishOptions
  private let output: Output
  private let connection: KeptConnection
  private var progress = ProgressLine()
  /// Nobody reads the IDs any more.
  private var hasReaderLeft = false

  init(_ options: PublishOptions, output: Output) throws {
    self.options = options
    self.output = output
    connection = try KeptConnection(
      to: options.url, headers: options.headers, configuration: options.configuration)
  }

  /// Publishes the one event, or each line of the input; whether all of them were taken.
  ///
  /// - Throws: Why an event was not, where that is to be the end.
  mutating func run(_ input: Input) async throws -> Bool {
    if let data = options.data {
      try await publish(Array(data.utf8))
      return true
    }
    var lines = LineReader(input)
    defer { progress.end() }
    while let line = try lines.next() {
      do {
        try await publish(line)
        progress.published()
      } catch let error where !(error is OutputError) && !Task.isCancelled {
        progress.failed("line \(lines.count): \((error as? EventClientError)?.advice ?? "\(error)")")
        guard options.keepsGoing else { return false }
      }
    }
    return progress.failures == 0
  }

  private mutating func publish(_ data: [UInt8]) async throws {
    let answer = try await connection.post(.bytes(data, contentType: "text/plain; charset=utf-8"))
    guard (200...299).contains(answer.status.code) else {
      throw EventRefused(answer)
    }
    if options.printsIDs, !hasReaderLeft { try printID(PublishAnswer.id(answer.body) ?? "") }
  }

  private mutating func printID(_ id: String) throws(OutputError) {
    do throws(OutputError) {
      try output.write("\(id)\n")
    } catch {
      // Who looked for one ID has it; the events are not meant for that reader alone.
      guard case .readerLeft = error else { throw error }
      hasReaderLeft = true
    }
  }
}

/// What a hub's answer says, in JSON.
private enum PublishAnswer {
  private struct Taken: Decodable { let id: String }
  private struct Refused: Decodable { let error: String }

  static func id(_ body: [UInt8]) -> String? {
    // Other servers answer in other words.
    (try? JSONDecoder().decode(Taken.self, from: Data(body)))?.id
  }

  /// Its message; of what is no hub's answer, the beginning.
  static func reason(_ body: [UInt8]) -> String {
    // As below, where it is in other words.
    if let refused = try? JSONDecoder().decode(Refused.self, from: Data(body)) { return refused.error }
    let words = String(decoding: body.prefix(300), as: UTF8.self).split(whereSeparator: \.isWhitespace)
    return words.joined(separator: " ")
  }
}
