import SSEHTTP1

/// Puts a request together from what comes, keeping its head to the byte.
struct RequestReading {
  /// A client's request may be as large as this, body included; more fails the test.
  static let longestBody = 16_777_216
  static let longestHead = 65_536

  private let connection: Int
  private var parser: RequestParser
  private var rawHead: [UInt8] = []
  private var head: RequestHead?
  private var body: [UInt8] = []

  init(connection: Int) {
    self.connection = connection
    var limits = HTTP1Limits()
    limits.requestLine = Self.longestHead
    limits.headerSection = Self.longestHead
    limits.requestBody = Self.longestBody
    parser = RequestParser(limits: limits)
  }

  /// Takes what has come; the request when it is complete.
  mutating func received(_ bytes: [UInt8]) throws(ScriptedServerError) -> RecordedRequest? {
    if head == nil { rawHead += bytes }
    do throws(HTTP1Error) {
      parser.append(bytes)
      while let part = try parser.next() {
        switch part {
        case .head(let head):
          self.head = head
          let end = rawHead.firstRange(of: [0x0D, 0x0A, 0x0D, 0x0A])?.upperBound ?? rawHead.endIndex
          rawHead.removeSubrange(end...)
        case .body(let bytes): body += bytes
        case .end: return head.map(recorded)
        }
      }
    } catch {
      throw .unreadableRequest(connection: connection, reason: "\(error)")
    }
    return nil
  }

  private func recorded(_ head: RequestHead) -> RecordedRequest {
    // The parser reduces an absolute target; what stood there is the second word of the first line that has any.
    let line = rawHead.split(separator: 0x0A).first { $0 != [0x0D] } ?? []
    let words = line.split(separator: 0x20)
    let target = words.count > 1 ? String(decoding: words[1], as: UTF8.self) : head.target
    return RecordedRequest(
      connection: connection, method: head.method, target: target, headers: head.headers, body: body, rawHead: rawHead)
  }
}
