/// Reads requests as a careful server does (RFC 9112): what is ambiguous is refused, so that nobody in between can have
/// read it otherwise. Input may be split anywhere.
///
///     parser.append(bytes)
///     while let part = try parser.next() { … }
package struct RequestParser: Sendable {
  private enum State {
    case requestLine
    case fields(RequestLine)
    case body(BodyDecoder, byteCount: Int)
    /// With the head, where it was read to its end. Indirect: a server holds many parsers.
    indirect case failed(HTTP1Error, RequestHead?)
  }

  private let limits: HTTP1Limits
  private(set) var input = InputBuffer()
  private var state = State.requestLine
  private var hasSkippedEmptyLine = false
  // Of the head under way; not in the state, where adding a field would copy the others.
  private var headers = HeaderFields()
  private var headerByteCount = 0

  package init(limits: HTTP1Limits) { self.limits = limits }

  /// Adds what has come. After an error it is dropped.
  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    if case .failed = state { return }
    input.append(bytes)
  }

  /// Adds what has come. After an error it is dropped.
  package mutating func append(_ bytes: [UInt8]) {
    if case .failed = state { return }
    input.append(bytes)
  }

  /// Nothing of a further request has come.
  package var isIdle: Bool {
    if case .requestLine = state { input.unread.isEmpty } else { false }
  }

  /// After an error, the head that is refused where it was read to its end; only for what the answer says to browsers.
  package var refusedHead: RequestHead? {
    if case .failed(_, let head) = state { head } else { nil }
  }

  /// The next part of the request under way; nil when more bytes are needed. After `.end` the next request begins.
  /// After an error nothing more can be read.
  package mutating func next() throws(HTTP1Error) -> RequestPart? {
    do throws(HTTP1Error) {
      return try nextPart()
    } catch {
      if refusedHead == nil { state = .failed(error, nil) }
      input = InputBuffer()
      throw error
    }
  }

  private mutating func nextPart() throws(HTTP1Error) -> RequestPart? {
    while true {
      switch state {
      case .failed(let error, _): throw error
      case .requestLine:
        guard let line = try nextRequestLine() else {
          input.releaseIfEmpty()
          return nil
        }
        headers = HeaderFields()
        headerByteCount = 0
        state = .fields(line)
      case .fields(let line):
        guard let field = try nextFieldLine() else { return nil }
        if field.isEmpty { return .head(try endHead(line)) }
        guard headers.count < limits.headerCount else { throw .tooManyFields(limit: limits.headerCount) }
        let (name, value) = try FieldLine.parse(input.bytes[field])
        headers.append(name, value)
      case .body(var decoder, let byteCount):
        guard let piece = try decoder.next(from: &input, limits: limits) else {
          state = .body(decoder, byteCount: byteCount)
          return nil
        }
        guard case .bytes(let range) = piece else {
          state = .requestLine
          hasSkippedEmptyLine = false
          // The answer may be a stream that stays for days.
          input.releaseIfEmpty()
          return .end
        }
        let total = byteCount + range.count
        if total > limits.requestBody { throw .bodyTooLarge(limit: limits.requestBody) }
        state = .body(decoder, byteCount: total)
        return .body(Array(input.bytes[range]))
      }
    }
  }

  // MARK: - Lines

  private mutating func nextRequestLine() throws(HTTP1Error) -> RequestLine? {
    while true {
      let line = input.nextLine()
      let begun = line ?? input.unread
      try RequestLine.checkBeginning(input.bytes[begun])
      if begun.count > limits.requestLine + 2 { throw .requestLineTooLong(limit: limits.requestLine) }
      guard let line else { return nil }
      let content = try withoutEnd(line)
      // One empty line before a request is skipped (RFC 9112, 2.2).
      if content.isEmpty, !hasSkippedEmptyLine {
        hasSkippedEmptyLine = true
        continue
      }
      return try RequestLine(input.bytes[content])
    }
  }

  private mutating func nextFieldLine() throws(HTTP1Error) -> Range<Int>? {
    let line = input.nextLine()
    let count = headerByteCount + (line ?? input.unread).count
    if count > limits.headerSection { throw .headTooLarge(limit: limits.headerSection) }
    guard let line else { return nil }
    headerByteCount = count
    return try withoutEnd(line)
  }

  private func withoutEnd(_ line: Range<Int>) throws(HTTP1Error) -> Range<Int> {
    guard line.count >= 2, input.bytes[line.upperBound - 2] == 0x0D else {
      throw .malformed("a bare LF in the head")
    }
    return line.lowerBound..<(line.upperBound - 2)
  }

  // MARK: - The head as a whole

  private mutating func endHead(_ line: RequestLine) throws(HTTP1Error) -> RequestHead {
    defer { headers = HeaderFields() }
    do throws(HTTP1Error) {
      return try checkHead(line)
    } catch {
      let head = RequestHead(method: line.method, target: line.target, version: line.version, headers: headers)
      state = .failed(error, head)
      throw error
    }
  }

  private mutating func checkHead(_ line: RequestLine) throws(HTTP1Error) -> RequestHead {
    try checkHost(line.version)
    if let authority = line.authority { headers["Host"] = authority }
    let length = try Framing.contentLength(headers.values(of: "Content-Length").map { $0[...] })
    if headers.contains("Transfer-Encoding") {
      if length != nil { throw .malformed("both Content-Length and Transfer-Encoding") }
      if line.version == .http1_0 { throw .malformed("Transfer-Encoding in HTTP/1.0") }
    }
    let isChunked = try Framing.isChunked(headers)
    if let length, length > limits.requestBody { throw .bodyTooLarge(limit: limits.requestBody) }
    // HTTP/1.0 knows no expectations (RFC 9110, 10.1.1).
    let expectation = line.version == .http1_1 ? headers["Expect"] : nil
    if let expectation, !Token.areEqual(expectation, "100-continue") {
      throw .unknownExpectation(String(expectation.prefix(40)))
    }
    state = .body(
      BodyDecoder(isChunked ? .chunkSize : .length(remaining: length ?? 0), of: .request), byteCount: 0)
    let hasBody = isChunked || (length ?? 0) > 0
    return RequestHead(
      method: line.method, target: line.target, version: line.version, headers: headers,
      keepAlive: Framing.keepsAlive(headers, line.version),
      expectsContinue: expectation != nil && hasBody, hasBody: hasBody)
  }

  /// Exactly one in 1.1, at most one in 1.0, and nothing in it that belongs elsewhere (RFC 9112, 3.2).
  private func checkHost(_ version: HTTPVersion) throws(HTTP1Error) {
    var host: String?
    for field in headers where Token.areEqual(field.name, "Host") {
      if host != nil { throw .malformed("more than one Host") }
      host = field.value
    }
    guard let host else {
      if version == .http1_1 { throw .malformed("no Host") }
      return
    }
    if !RequestLine.isHost(host) { throw .malformed("a Host that is no host") }
  }
}
