import SSEHTTP1

/// A proxy's answer to CONNECT (RFC 9110, 9.3.6), without I/O: bytes go in, what they mean comes out.
struct TunnelAnswer: Sendable {
  enum Step {
    /// More bytes are needed: of the head, or of the body of a refusal.
    case needsHead
    case needsBody
    /// The tunnel is open. A server beyond it has said nothing yet: in TLS the client speaks first.
    case opened
    case refused(ResponseHead, body: [UInt8])
    /// The connection ended before a head had come.
    case missing
  }

  private let bodyLimit: Int
  private var parser: ResponseParser
  private var refusal: ResponseHead?
  private var body: [UInt8] = []
  private var hasEnded = false

  init(_ limits: EventClientLimits) {
    bodyLimit = limits.errorBody
    parser = ResponseParser(limits: limits.http1, requestMethod: .connect)
  }

  mutating func received(_ bytes: [UInt8]) { parser.append(bytes) }

  /// The connection has ended, or nothing more is waited for.
  mutating func receivedEnd() { hasEnded = true }

  mutating func next() throws(HTTP1Error) -> Step {
    while let part = try parser.next() {
      switch part {
      case .informational: break
      case .head(let head):
        if (200..<300).contains(head.status.code) { return .opened }
        refusal = head
      case .body(let bytes):
        body += bytes.prefix(max(0, bodyLimit - body.count))
        if body.count >= bodyLimit { hasEnded = true }
      case .end: hasEnded = true
      }
    }
    guard let refusal else { return hasEnded ? .missing : .needsHead }
    return hasEnded ? .refused(refusal, body: body) : .needsBody
  }
}
