/// Parses an event stream as HTML Standard 9.2.6 says, over any split of its bytes, without input or output of its own.
///
///     parser.append(bytes)
///     while let element = try parser.next() { … }
///
/// Fed 16 KiB at a time it copies each byte once and makes one `String` an event.
public struct EventParser: Sendable {
  private enum DataBuffer {
    /// No `data` field yet.
    case none
    /// One `data` line, still in the input buffer.
    case inBuffer(Range<Int>)
    /// More than one line, or one whose place in the buffer is gone; each ends with LF.
    case collected([UInt8])
  }

  private enum Start {
    /// Fewer than three bytes have come: they may be a byte order mark.
    case expectsMark
    case passed
  }

  private let limits: EventStreamLimits
  private let deliversComments: Bool
  private var buffer: [UInt8] = []
  /// Where the first unread line begins.
  private var lineStart = 0
  /// Bytes before it hold no line end.
  private var searched = 0
  private var start = Start.expectsMark
  /// A line ended with CR: LF, should it come next, belongs to that end.
  private var skipsLineFeed = false
  private var failure: EventStreamError?

  // The block under way (HTML Standard: the data, event type and last event ID buffers).
  private var data = DataBuffer.none
  private var dataCount = 0
  private var type: String?
  private var id: String?
  private var retry: Duration?
  private var hasFields = false

  /// The last event ID string of the stream, as of the last block that ended.
  public private(set) var lastEventID: String

  /// A parser at the start of a stream.
  ///
  /// - Parameters:
  ///   - limits: Beyond them `next` throws.
  ///   - lastEventID: What an earlier connection of the same source ended with.
  ///   - deliversComments: Whether `next` gives comments too.
  public init(limits: EventStreamLimits = .init(), lastEventID: String = "", deliversComments: Bool = true) {
    self.limits = limits
    self.lastEventID = lastEventID
    self.deliversComments = deliversComments
  }

  /// Whether no part of an unfinished line or block is pending, so that nothing would be lost if the stream ended.
  public var isAtBlockBoundary: Bool { lineStart == buffer.count && !hasFields }
}

// MARK: - Input

extension EventParser {
  /// Adds the stream's next bytes.
  public mutating func append(_ bytes: some Sequence<UInt8>) {
    let isDone: Void? = bytes.withContiguousStorageIfAvailable { append(UnsafeRawBufferPointer($0)) }
    if isDone == nil { append(Array(bytes)) }
  }

  /// Adds the stream's next bytes.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard !bytes.isEmpty else { return }
    dropReadBytes()
    buffer.append(contentsOf: bytes)
  }

  /// Frees what has been parsed: the whole buffer when all of it has, else moves the rest to the front.
  private mutating func dropReadBytes() {
    guard lineStart > 0 else { return }
    if case .inBuffer(let range) = data {
      data = .collected(Array(buffer[range]) + [ASCII.lineFeed])
    }
    if lineStart == buffer.count {
      buffer.removeAll(keepingCapacity: true)
    } else {
      buffer.removeFirst(lineStart)
    }
    searched -= lineStart
    lineStart = 0
  }

  /// A parser between events keeps no memory.
  private mutating func releaseBuffer() {
    guard lineStart == buffer.count, case .none = data else { return }
    if buffer.capacity > 0 { buffer = [] }
    lineStart = 0
    searched = 0
  }
}

// MARK: - Lines

extension EventParser {
  /// The next element, or nil when more bytes are needed.
  ///
  /// - Throws: `EventStreamError` at a limit; the parser then stays at its end.
  public mutating func next() throws(EventStreamError) -> EventStreamElement? {
    if let failure { throw failure }
    guard passByteOrderMark() else { return nil }
    while let line = nextLine() {
      if line.count > limits.line { throw fail(.lineTooLong(limit: limits.line)) }
      if let element = try process(line) { return element }
    }
    if buffer.count - lineStart > limits.line { throw fail(.lineTooLong(limit: limits.line)) }
    releaseBuffer()
    return nil
  }

  private mutating func fail(_ error: EventStreamError) -> EventStreamError {
    failure = error
    buffer = []
    data = .none
    lineStart = 0
    searched = 0
    return error
  }

  /// One byte order mark at the very start is dropped (HTML Standard, 9.2.5). False while it may still come.
  private mutating func passByteOrderMark() -> Bool {
    guard case .expectsMark = start else { return true }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    guard buffer.starts(with: mark.prefix(buffer.count)) else {
      start = .passed
      return true
    }
    guard buffer.count >= mark.count else { return false }
    start = .passed
    lineStart = mark.count
    searched = mark.count
    return true
  }

  /// The next whole line, without its end: CRLF, LF or CR. After CR it does not wait to see whether LF follows.
  private mutating func nextLine() -> Range<Int>? {
    if skipsLineFeed, lineStart < buffer.count {
      skipsLineFeed = false
      if buffer[lineStart] == ASCII.lineFeed {
        lineStart += 1
        searched = max(searched, lineStart)
      }
    }
    guard let end = buffer.withUnsafeBytes({ LineEnd.first(in: $0, from: searched) }) else {
      searched = buffer.count
      return nil
    }
    let line = lineStart..<end
    lineStart = end + 1
    searched = lineStart
    if buffer[end] == ASCII.carriageReturn { skipsLineFeed = true }
    return line
  }
}

// MARK: - Fields

extension EventParser {
  private mutating func process(_ line: Range<Int>) throws(EventStreamError) -> EventStreamElement? {
    if line.isEmpty { return endBlock() }
    let colon = colonIndex(in: line)
    if colon == line.lowerBound {
      return deliversComments ? .comment(text(line.lowerBound + 1..<line.upperBound)) : nil
    }
    let name = line.lowerBound..<colon
    // A colon, and one space after it, are not part of the value.
    var valueStart = min(colon + 1, line.upperBound)
    if valueStart < line.upperBound, buffer[valueStart] == ASCII.space { valueStart += 1 }
    let value = valueStart..<line.upperBound
    switch fieldName(name) {
    case .data: try appendData(value)
    case .event: type = text(value)
    case .id: if !buffer[value].contains(ASCII.nul) { id = text(value) }
    case .retry: return retry(value)
    case .unknown: return nil
    }
    hasFields = true
    return nil
  }

  private enum FieldName { case data, event, id, retry, unknown }

  /// Field names are compared byte by byte; all others are ignored.
  private func fieldName(_ name: Range<Int>) -> FieldName {
    buffer.withUnsafeBufferPointer { bytes in
      let name = bytes[name]
      switch name.count {
      case 2: return name.elementsEqual("id".utf8) ? .id : .unknown
      case 4: return name.elementsEqual("data".utf8) ? .data : .unknown
      case 5:
        if name.elementsEqual("event".utf8) { return .event }
        return name.elementsEqual("retry".utf8) ? .retry : .unknown
      default: return .unknown
      }
    }
  }

  /// The first colon, or the line's end.
  private func colonIndex(in line: Range<Int>) -> Int {
    buffer.withUnsafeBufferPointer { bytes in
      var index = line.lowerBound
      while index < line.upperBound, bytes[index] != ASCII.colon { index += 1 }
      return index
    }
  }

  private mutating func appendData(_ value: Range<Int>) throws(EventStreamError) {
    dataCount += value.count + 1
    // The LF after the last line is not part of the data.
    if dataCount - 1 > limits.event { throw fail(.eventTooLarge(limit: limits.event)) }
    switch data {
    case .none: data = .inBuffer(value)
    case .inBuffer(let first):
      var collected: [UInt8] = []
      collected.reserveCapacity(dataCount)
      collected += buffer[first]
      collected.append(ASCII.lineFeed)
      collected += buffer[value]
      collected.append(ASCII.lineFeed)
      data = .collected(collected)
    case .collected(var collected):
      data = .none  // Its only owner may grow it in place.
      collected += buffer[value]
      collected.append(ASCII.lineFeed)
      data = .collected(collected)
    }
  }

  /// Digits only; more than fit count as the longest time.
  private mutating func retry(_ value: Range<Int>) -> EventStreamElement? {
    guard !value.isEmpty, buffer[value].allSatisfy({ ASCII.digits.contains($0) }) else { return nil }
    let longest = longestRetry.components.seconds * 1_000
    var milliseconds: Int64 = 0
    for digit in buffer[value] { milliseconds = min(milliseconds * 10 + Int64(digit - ASCII.zero), longest) }
    let delay = Duration.milliseconds(milliseconds)
    hasFields = true
    retry = delay
    return .retry(delay)
  }

  /// An empty line dispatches the block (HTML Standard, 9.2.6).
  private mutating func endBlock() -> EventStreamElement? {
    defer { clearBlock() }
    if let id { lastEventID = id }
    let text: String
    switch data {
    case .none: return id.map { .lastEventID($0) }
    case .inBuffer(let range): text = self.text(range)
    case .collected(let bytes): text = String(decoding: bytes.dropLast(), as: UTF8.self)
    }
    var type = type ?? ""
    if type.isEmpty { type = "message" }
    return .event(ServerSentEvent(data: text, type: type, id: id, retry: retry, lastEventID: lastEventID))
  }

  private mutating func clearBlock() {
    data = .none
    dataCount = 0
    type = nil
    id = nil
    retry = nil
    hasFields = false
  }

  /// The bytes as text; what is not UTF-8 becomes U+FFFD, as the Encoding Standard's decoder does it.
  private func text(_ range: Range<Int>) -> String {
    buffer.withUnsafeBufferPointer { String(decoding: UnsafeBufferPointer(rebasing: $0[range]), as: UTF8.self) }
  }
}

// MARK: - The end

extension EventParser {
  /// The stream has ended: an unfinished block is dropped, as the standard says. `deliveringIncompleteEvent` delivers
  /// it instead, its unfinished last line included, for servers that forget the last empty line.
  public mutating func finish(
    deliveringIncompleteEvent: Bool = false
  ) throws(EventStreamError) -> EventStreamElement? {
    defer {
      clearBlock()
      lineStart = buffer.count
      releaseBuffer()
    }
    guard deliveringIncompleteEvent, failure == nil else { return nil }
    if lineStart < buffer.count {
      let rest = lineStart..<buffer.count
      lineStart = buffer.count
      _ = try process(rest)
    }
    return endBlock()
  }
}
