extension ConnectionScript {
  /// Throws for a script that cannot have been meant: its mistake would else look like one of the client's.
  func check(connection: Int) throws(ScriptedServerError) {
    func invalid(_ reason: String) -> ScriptedServerError { .invalidScript(connection: connection, reason: reason) }
    var framing: Framing?
    var hasResponse = false
    // What is written by hand may be anything, a head too.
    var hasRawBytes = false
    for (index, step) in steps.enumerated() {
      let isLast = index == steps.count - 1
      switch step.action {
      // Comes before the response (RFC 9110, 15.2).
      case .response(let head, _) where head.status.isInformational: break
      case .cut, .reset, .holdOpen:
        if !isLast { throw invalid("nothing can come after `\(step)`, but `\(steps[index + 1])` does") }
      case .response, .eventStream:
        if hasResponse { throw invalid("`\(step)` comes after a response; give each connection its own script") }
        hasResponse = true
        if case .eventStream(_, let streamFraming) = step.action { framing = streamFraming }
      case .body:
        if framing == nil, !hasRawBytes {
          throw invalid("`\(step)` needs `.eventStream()` before it; a plain response has its body in `.response`")
        }
      case .lastChunk:
        guard framing?.longestChunk != nil else { throw invalid("`lastChunk` ends a chunked event stream only") }
        framing = .untilClose
      case .bytes: hasRawBytes = true
      case .readRequest, .sendInPieces, .wait, .delay: break
      }
    }
  }
}

extension ConnectionScript.Framing {
  /// Nil where the body is not chunked.
  var longestChunk: Int? {
    switch self {
    case .chunked: .max
    case .chunks(let most): max(1, most)
    case .untilClose, .length: nil
    }
  }

  /// A part of the body as it goes over the wire.
  func framed(_ bytes: [UInt8]) -> [UInt8] {
    guard let longestChunk else { return bytes }
    var buffer: [UInt8] = []
    for chunk in bytes.pieces(ofAtMost: longestChunk) {
      ChunkedCoding.appendChunk(to: &buffer) { $0.append(contentsOf: chunk) }
    }
    return buffer
  }
}

extension [UInt8] {
  /// Cut into pieces of at most so many bytes.
  func pieces(ofAtMost most: Int) -> [ArraySlice<UInt8>] {
    if count <= most { return isEmpty ? [] : [self[...]] }
    return stride(from: 0, to: count, by: most).map { self[$0..<Swift.min($0 + most, count)] }
  }
}

extension HTTPStatus {
  var isInformational: Bool { code < 200 }
}

extension ResponseHead {
  /// A head as a script means it: with the fields that it does not give itself.
  func completed(_ fields: HeaderFields) -> ResponseHead {
    var head = self
    for field in fields where !head.headers.contains(field.name) { head.headers.append(field.name, field.value) }
    return head
  }
}
