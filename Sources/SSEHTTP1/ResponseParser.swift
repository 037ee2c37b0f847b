/// A part of a response.
package enum ResponsePart: Sendable, Hashable {
  /// 100 Continue, 103 Early Hints and the like; the response follows.
  case informational(ResponseHead)
  case head(ResponseHead)
  /// Bytes of the body, a slice of the input.
  case body(ArraySlice<UInt8>)
  /// The body has ended by its own framing.
  case end
}

/// What the end of the connection means for the response under way.
package enum BodyEnd: Sendable, Hashable {
  /// It had ended before.
  case complete
  /// The end of the connection is the end of the body.
  case delimitedByClose
  /// The body should have gone on.
  case truncated
  /// No whole head had come.
  case beforeHead
}

/// Reads one response as a user agent must (RFC 9112): a folded field becomes one line, a bare LF ends a line of the
/// head, informational responses come first. Input may be split anywhere.
package struct ResponseParser: Sendable {
  private enum State {
    case statusLine
    case fields(HTTPVersion, HTTPStatus)
    case body(BodyDecoder)
    case ended
    case failed(HTTP1Error)
  }

  private let limits: HTTP1Limits
  private let requestMethod: HTTPMethod
  private var input = InputBuffer()
  private var state = State.statusLine
  /// Of the head under way; not in the state, where adding a field would copy the others.
  private var fields: [HeaderFields.Field] = []
  /// Of all heads, informational ones included, so that they cannot go on for ever.
  private var headByteCount = 0
  /// Of the newest head; nil before the first.
  package private(set) var version: HTTPVersion?

  package init(limits: HTTP1Limits = HTTP1Limits(), requestMethod: HTTPMethod) {
    self.limits = limits
    self.requestMethod = requestMethod
  }

  /// Adds what has come. After an error it is dropped.
  package mutating func append(_ bytes: [UInt8]) {
    if case .failed = state { return }
    input.append(bytes)
  }

  /// The next part; nil when more bytes are needed, or after the end.
  package mutating func next() throws(HTTP1Error) -> ResponsePart? {
    do throws(HTTP1Error) {
      return try nextPart()
    } catch {
      state = .failed(error)
      input = InputBuffer()
      throw error
    }
  }

  private mutating func nextPart() throws(HTTP1Error) -> ResponsePart? {
    while true {
      switch state {
      case .failed(let error): throw error
      case .ended: return nil
      case .statusLine:
        guard let line = try nextHeadLine() else { return nil }
        let (version, status) = try statusLine(line)
        state = .fields(version, status)
      case .fields(let version, let status):
        guard let line = try nextHeadLine() else { return nil }
        if line.isEmpty {
          defer { fields = [] }
          return try endHead(version, ResponseHead(status: status, headers: HeaderFields(fields)))
        }
        try addField(line)
      case .body(var decoder):
        let piece = try decoder.next(from: &input, limits: limits)
        state = .body(decoder)
        switch piece {
        case nil:
          input.releaseIfEmpty()
          return nil
        case .bytes(let range): return .body(input.bytes[range])
        case .end:
          state = .ended
          return .end
        }
      }
    }
  }

  // MARK: - The head

  /// The next line of the head, without its end, CRLF or LF.
  private mutating func nextHeadLine() throws(HTTP1Error) -> ArraySlice<UInt8>? {
    let line = input.nextLine()
    // Whichever limit its bytes pass first, however they were split.
    let rest = limits.responseHead - headByteCount
    if (line ?? input.unread).count > min(limits.responseLine, rest) {
      if rest < limits.responseLine { throw .headTooLarge(limit: limits.responseHead) }
      throw .lineTooLong(limit: limits.responseLine)
    }
    guard let line else { return nil }
    headByteCount += line.count
    var content = input.bytes[line].dropLast()
    if content.last == 0x0D { content = content.dropLast() }
    if content.contains(where: { $0 == 0x0D || $0 == 0 }) {
      throw .malformed("a bare CR or NUL in the response's head")
    }
    return content
  }

  /// HTTP-version SP status-code SP [ reason-phrase ]; the phrase and the space before it may be missing.
  private func statusLine(_ line: ArraySlice<UInt8>) throws(HTTP1Error) -> (HTTPVersion, HTTPStatus) {
    let parts = line.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
    let version = try HTTPVersion(parts[0])
    guard parts.count > 1, parts[1].count == 3, let code = Int(String(decoding: parts[1], as: UTF8.self)),
      (100...999).contains(code)
    else { throw .malformed("a status line without a status of three digits") }
    return (version, HTTPStatus(code: code))
  }

  /// obs-fold becomes one space (RFC 9112, 5.2).
  private mutating func addField(_ line: ArraySlice<UInt8>) throws(HTTP1Error) {
    if let first = line.first, first == 0x20 || first == 0x09 {
      guard let last = fields.indices.last else { throw .malformed("a folded line before the first header field") }
      let more = String(decoding: FieldLine.trimmed(line), as: UTF8.self)
      fields[last].value += fields[last].value.isEmpty || more.isEmpty ? more : " \(more)"
      return
    }
    let (name, value) = try FieldLine.parse(line)
    fields.append(HeaderFields.Field(name: name, value: value))
  }

  /// The values of `Content-Length`, also where they stand in one list (RFC 9110, 8.6).
  private func contentLengths(of head: ResponseHead) -> [Substring] {
    head.headers.values(of: "Content-Length").flatMap { value in
      value.split(separator: ",", omittingEmptySubsequences: false).map { Token.trimmed($0) }
    }
  }

  /// Decides how the body is delimited (RFC 9112, 6.3).
  private mutating func endHead(_ version: HTTPVersion, _ head: ResponseHead) throws(HTTP1Error) -> ResponsePart {
    self.version = version
    if (100..<200).contains(head.status.code), head.status.code != 101 {
      state = .statusLine
      return .informational(head)
    }
    let length = try Framing.contentLength(contentLengths(of: head))
    let isEncoded = head.headers.contains("Transfer-Encoding")
    if isEncoded, length != nil { throw .malformed("both Content-Length and Transfer-Encoding") }
    let isChunked = try Framing.isChunked(head.headers)
    if isEncoded, version == .http1_0 { throw .malformed("Transfer-Encoding in HTTP/1.0") }
    let hasNoBody = requestMethod == .head || head.status == .noContent || head.status == .notModified
    let isTunnel = requestMethod == .connect && (200..<300).contains(head.status.code)
    if hasNoBody || isTunnel {
      state = .body(BodyDecoder(.ended, of: .response))
    } else if isChunked {
      state = .body(BodyDecoder(.chunkSize, of: .response))
    } else if let length {
      state = .body(BodyDecoder(.length(remaining: length), of: .response))
    } else {
      state = .body(BodyDecoder(.untilClose, of: .response))
    }
    return .head(head)
  }

  // MARK: - The end

  /// The connection has ended: what that means, once `next` has given all parts. Throws the error that `next` threw.
  package mutating func receivedEndOfStream() throws(HTTP1Error) -> BodyEnd {
    defer { state = .ended }
    switch state {
    case .failed(let error): throw error
    case .ended: return .complete
    case .statusLine, .fields: return .beforeHead
    case .body(let decoder):
      switch decoder.state {
      case .ended: return .complete
      case .untilClose: return .delimitedByClose
      default: return .truncated
      }
    }
  }
}
