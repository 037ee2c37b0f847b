/// Parses an event stream as HTML Standard 9.2.6 says, over any split of its bytes, without input or output of its own.
///
///     parser.append(bytes)
///     while let element = try parser.next() { … }
///
/// Take all elements before you append more. Between events the parser holds the last event ID and what the last event
/// had beside its data, no bytes; within one, at most a line and the data before it, each to its limit, and the bytes
/// appended last. A connection needs a parser of its own.
public struct EventParser: Sendable {
  private let limits: EventStreamLimits
  private let delivered: Delivered
  private var failure: EventStreamError?
  private var lines = LineBuffer()
  private var block = EventBlock()
  /// Of the event before.
  private var attributes: EventAttributes?

  /// The last event ID string of the stream, as of the last block that ended: what a reconnect sends.
  public private(set) var lastEventID: String

  /// A parser at the start of a stream.
  ///
  /// - Parameters:
  ///   - limits: Beyond them `next` throws.
  ///   - lastEventID: What an earlier connection of the same source ended with.
  ///   - deliversComments: Whether `next` gives comments too.
  public init(limits: EventStreamLimits = .init(), lastEventID: String = "", deliversComments: Bool = true) {
    self.init(limits: limits, lastEventID: lastEventID, delivering: deliversComments ? .all : .events)
  }

  package init(limits: EventStreamLimits, lastEventID: String, delivering delivered: Delivered) {
    self.limits = limits
    self.lastEventID = lastEventID
    self.delivered = delivered
  }

  /// What of a stream `next` gives.
  package enum Delivered: Sendable {
    case all
    /// No comments.
    case events
    /// Events with their data alone, for one who reads thousands of streams and nothing else of them. That there are
    /// other fields is noticed, not what they say: `lastEventID` stays.
    case data
  }

  /// Whether no part of an unfinished line or block is pending, so that nothing would be lost if the stream ended.
  public var isAtBlockBoundary: Bool { lines.isEmpty && !block.hasFields }

  /// Whether no part of an unfinished line is pending.
  package var isAtLineBoundary: Bool { lines.isEmpty }

  /// Adds the stream's next bytes. After an error they are dropped.
  public mutating func append(_ bytes: some Sequence<UInt8>) {
    let isDone: Void? = bytes.withContiguousStorageIfAvailable { append(UnsafeRawBufferPointer($0)) }
    if isDone == nil { append(Array(bytes)) }
  }

  /// Adds the stream's next bytes. After an error they are dropped. They are read in their array, without a copy: it is
  /// let go when `next` returns nil.
  public mutating func append(_ bytes: ArraySlice<UInt8>) {
    guard failure == nil, !bytes.isEmpty else { return }
    lines.append(bytes, keeping: &block.data)
  }

  /// Adds the stream's next bytes. After an error they are dropped.
  public mutating func append(_ bytes: [UInt8]) { append(bytes[...]) }

  /// Adds the stream's next bytes. After an error they are dropped.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard failure == nil, !bytes.isEmpty else { return }
    lines.append(bytes, keeping: &block.data)
  }

  /// The next element, or nil when more bytes are needed. No element waits for bytes behind it: CR ends a line at once.
  ///
  /// - Throws: `EventStreamError.lineTooLong` or `.eventTooLarge` as soon as the limit is passed, also within an
  ///   unfinished line; and again with each further call.
  public mutating func next() throws(EventStreamError) -> EventStreamElement? {
    if let failure { throw failure }
    repeat {
      while let line = lines.next() {
        try checkLimits(of: line.range, isWhole: true)
        if let element = process(line) { return element }
      }
      try checkLimits(of: lines.unread, isWhole: false)
    } while lines.readWaiting(keeping: &block.data)
    lines.releaseMemory(keeping: &block.data)
    return nil
  }

  /// The stream has ended: an unfinished block is dropped, as the standard says.
  ///
  /// - Parameter deliveringIncompleteEvent: Delivers it instead, its unfinished last line included, for servers that
  ///   forget the last empty line.
  public mutating func finish(deliveringIncompleteEvent: Bool = false) -> EventStreamElement? {
    defer {
      block = EventBlock()
      lines.discardUnread()
    }
    guard deliveringIncompleteEvent, failure == nil else { return nil }
    if !lines.unread.isEmpty { _ = process(LineBuffer.Piece(range: lines.unread, isASCII: false)) }
    return endBlock()
  }
}

// MARK: - Lines (HTML Standard, 9.2.6). Inlined where each line or event passes: so an element stays in registers.

extension EventParser {
  @inline(__always)
  private mutating func process(_ line: LineBuffer.Piece) -> EventStreamElement? {
    if line.range.isEmpty { return endBlock() }
    if lines[line.range.lowerBound] == ASCII.colon {
      let text = LineBuffer.Piece(range: line.range.dropFirst(), isASCII: line.isASCII)
      return delivered == .all ? .comment(lines.text(text)) : nil
    }
    guard let field = lines.field(in: line.range) else { return nil }
    let value = LineBuffer.Piece(range: field.value, isASCII: line.isASCII)
    switch field.name {
    case .data: lines.join(value, to: &block.data)
    case _ where delivered == .data: break
    case .event:
      block.type = isTypeOfEventBefore(value) ? .asBefore : .other(lines.text(value))
    case .id:
      if lines[field.value].contains(ASCII.nul) { return nil }
      block.id = lines.text(value)
    case .retry:
      guard let delay = reconnectionTime(field.value) else { return nil }
      block.retry = delay
      block.hasFields = true
      return .retry(delay)
    }
    block.hasFields = true
    return nil
  }

  private func isTypeOfEventBefore(_ value: LineBuffer.Piece) -> Bool {
    guard let attributes else { return false }
    return lines.holds(attributes.type, at: value.range)
  }

  /// Digits only; more than fit count as the longest time.
  private func reconnectionTime(_ value: Range<Int>) -> Duration? {
    let digits = lines[value]
    guard !digits.isEmpty, digits.allSatisfy(ASCII.digits.contains) else { return nil }
    let longest = longestRetry.components.seconds * 1_000
    var milliseconds: Int64 = 0
    for digit in digits { milliseconds = min(milliseconds * 10 + Int64(digit - ASCII.zero), longest) }
    return .milliseconds(milliseconds)
  }

  /// An empty line dispatches the block.
  @inline(__always)
  private mutating func endBlock() -> EventStreamElement? {
    guard let data = block.data else {
      defer { block = EventBlock() }
      guard let id = block.id else { return nil }
      lastEventID = id
      attributes = nil
      return .lastEventID(id)
    }
    let text = lines.text(data)
    // Most events have no other field.
    if block.hasAttributes || !lastEventID.isEmpty || attributes != nil {
      attributes = takeAttributes()
    } else {
      block.data = nil
      block.hasFields = false
    }
    return .event(ServerSentEvent(data: text, attributes: attributes))
  }

  /// What stands beside the data, and ends the block. Where there is a type alone, the same as in the event before, it
  /// is that event's.
  private mutating func takeAttributes() -> EventAttributes? {
    defer { block = EventBlock() }
    if let id = block.id { lastEventID = id }
    let type: String
    switch block.type {
    case .asBefore:
      if let attributes, attributes.isTypeAlone, block.id == nil, block.retry == nil { return attributes }
      type = attributes?.type ?? "message"
    case .other(let other) where !other.isEmpty: type = other
    case .other, .none: type = "message"
    }
    return .make(type: type, id: block.id, retry: block.retry, lastEventID: lastEventID)
  }
}

// MARK: - Limits

extension EventParser {
  @inline(__always)
  private mutating func checkLimits(of line: Range<Int>, isWhole: Bool) throws(EventStreamError) {
    if line.count > limits.line || block.dataCount + line.count > limits.event {
      try look(whichLimitIsPassedBy: line, isWhole: isWhole)
    }
  }

  /// Whichever limit the line passes first, by its bytes, is the error, however the stream was split.
  private mutating func look(whichLimitIsPassedBy line: Range<Int>, isWhole: Bool) throws(EventStreamError) {
    if let field = lines.field(in: line), field.name == .data, isWhole || field.hasColon {
      let count = min(field.value.count, limits.line - (field.value.lowerBound - line.lowerBound))
      if block.dataCount + count > limits.event { throw fail(.eventTooLarge(limit: limits.event)) }
    }
    if line.count > limits.line { throw fail(.lineTooLong(limit: limits.line)) }
  }

  private mutating func fail(_ error: EventStreamError) -> EventStreamError {
    failure = error
    block = EventBlock()
    lines.discardUnread()
    return error
  }
}
