/// Finds the events of a stream in the bytes as they come, by the rules of `EventParser` (HTML Standard, 9.2.5 and
/// 9.2.6), and makes no values of them: whoever looks at each event's data and keeps nothing pays neither for copies
/// nor for text. Between events it holds no memory; within one, the beginning of a line and the data before it.
package struct EventScanner: Sendable {
  private let limits: EventStreamLimits
  /// The beginning of a line whose end has not come.
  private var line: [UInt8] = []
  /// The data so far, an LF behind each line; where all of it stands in the bytes at hand, it is a range of them.
  private var collected: [UInt8] = []
  private var hasData = false
  private var hasFields = false
  private var isAtStart = true
  /// A line ended with CR: LF, should it come next, belongs to that end.
  private var skipsLineFeed = false

  package init(limits: EventStreamLimits = .init()) { self.limits = limits }

  /// Whether no part of an unfinished line or block is pending.
  package var isAtBlockBoundary: Bool { line.isEmpty && !hasFields }

  /// Takes the stream's next bytes, and gives the data of each event that they end, to be looked at during the call
  /// only. What is not UTF-8 in it is left as it is.
  ///
  /// - Throws: `.lineTooLong` or `.eventTooLarge`; nothing is to follow then.
  package mutating func scan(
    _ bytes: UnsafeRawBufferPointer, _ event: (UnsafeRawBufferPointer) -> Void
  ) throws(EventStreamError) {
    /// The event's only line of data so far.
    var data: Range<Int>?
    var start = 0
    if skipsLineFeed, let first = bytes.first {
      skipsLineFeed = false
      if first == ASCII.lineFeed { start = 1 }
    }
    while let end = LineEnd.first(in: bytes, from: start) {
      if line.isEmpty, !isAtStart {
        try take(start..<end, in: bytes, &data, event)
      } else {
        line += bytes[start..<end]
        try takeCollectedLine(bytes, &data, event)
      }
      start = end + 1
      guard bytes[end] == ASCII.carriageReturn else { continue }
      skipsLineFeed = start == bytes.count
      if !skipsLineFeed, bytes[start] == ASCII.lineFeed { start += 1 }
    }
    if let data { collect(bytes[data]) }
    line += bytes[start...]
    if line.count > limits.line { throw .lineTooLong(limit: limits.line) }
  }

  /// A line of which not all stands in the bytes at hand, or the first one, which may begin with a byte order mark.
  private mutating func takeCollectedLine(
    _ bytes: UnsafeRawBufferPointer, _ data: inout Range<Int>?, _ event: (UnsafeRawBufferPointer) -> Void
  ) throws(EventStreamError) {
    if let pending = data { collect(bytes[pending]) }
    data = nil
    var whole: [UInt8] = []
    swap(&whole, &line)
    if isAtStart, whole.starts(with: [0xEF, 0xBB, 0xBF]) { whole.removeFirst(3) }
    isAtStart = false
    let result = whole.withUnsafeBytes { whole -> Result<Void, EventStreamError> in
      Result { () throws(EventStreamError) in
        var own: Range<Int>?
        try take(0..<whole.count, in: whole, &own, event)
        if let own { collect(whole[own]) }
      }
    }
    try result.get()
  }

  private mutating func take(
    _ line: Range<Int>, in bytes: UnsafeRawBufferPointer, _ data: inout Range<Int>?,
    _ event: (UnsafeRawBufferPointer) -> Void
  ) throws(EventStreamError) {
    guard !line.isEmpty else { return dispatch(&data, in: bytes, event) }
    if line.count > limits.line { throw .lineTooLong(limit: limits.line) }
    guard let field = ScannedField(line, in: bytes) else { return }
    hasFields = true
    guard let value = field.data else { return }
    let count = data.map { $0.count + 1 } ?? collected.count
    if count + value.count > limits.event { throw .eventTooLarge(limit: limits.event) }
    if !hasData {
      data = value
    } else {
      if let first = data { collect(bytes[first]) }
      data = nil
      collect(bytes[value])
    }
    hasData = true
  }

  private mutating func dispatch(
    _ data: inout Range<Int>?, in bytes: UnsafeRawBufferPointer, _ event: (UnsafeRawBufferPointer) -> Void
  ) {
    if let data {
      event(UnsafeRawBufferPointer(rebasing: bytes[data]))
    } else if hasData {
      collected.withUnsafeBytes { event(UnsafeRawBufferPointer(rebasing: $0.dropLast())) }
      collected = []
    }
    data = nil
    hasData = false
    hasFields = false
  }

  private mutating func collect(_ value: Slice<UnsafeRawBufferPointer>) {
    collected += value
    collected.append(ASCII.lineFeed)
  }
}

/// A line that sets a field of its block.
private struct ScannedField {
  /// The value of a `data` line.
  let data: Range<Int>?

  /// Nil for a comment, and for a name that has no meaning.
  init?(_ line: Range<Int>, in bytes: UnsafeRawBufferPointer) {
    func isNamed(_ name: StaticString) -> Bool {
      let count = name.utf8CodeUnitCount
      guard line.count == count || line.count > count && bytes[line.lowerBound + count] == ASCII.colon else {
        return false
      }
      for index in 0..<count where bytes[line.lowerBound + index] != name.utf8Start[index] { return false }
      return true
    }
    if isNamed("data") {
      let value = min(line.lowerBound + 5, line.upperBound)
      data = (value < line.upperBound && bytes[value] == ASCII.space ? value + 1 : value)..<line.upperBound
    } else if isNamed("event") || isNamed("id") || isNamed("retry") {
      data = nil
    } else {
      return nil
    }
  }
}
