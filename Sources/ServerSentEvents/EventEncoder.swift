/// Writes events as HTML Standard 9.2 wants them: `event`, `id`, `retry`, `data`, LF ends, one space after the colon.
/// Nothing that a caller passes can add a line or a field of its own.
///
///     var buffer: [UInt8] = []
///     try EventEncoder.encode(ServerSentEvent(data: "hello", id: "17"), into: &buffer)
///     // "id: 17\ndata: hello\n\n"
public enum EventEncoder {
  /// Appends an event. The type "message" is not written; data is split on LF, CR and CRLF, one `data` line each.
  ///
  /// - Throws: `EventStreamError.invalidType` or `.invalidID`; then nothing has been appended.
  public static func encode(
    _ event: borrowing ServerSentEvent, into buffer: inout [UInt8]
  ) throws(EventStreamError) {
    if let attributes = event.attributes {
      try validate(attributes)
      if attributes.hasType, !attributes.type.isEmpty { append("event: ", attributes.type, to: &buffer) }
      if let id = attributes.id { append("id: ", id, to: &buffer) }
      if let retry = attributes.retry { append("retry: ", String(milliseconds(retry)), to: &buffer) }
    }
    event.data.withBytes { appendLines($0, prefix: "data: ", to: &buffer) }
  }

  /// Throws what `encode` would throw.
  public static func validate(_ event: borrowing ServerSentEvent) throws(EventStreamError) {
    if let attributes = event.attributes { try validate(attributes) }
  }

  private static func validate(_ attributes: EventAttributes) throws(EventStreamError) {
    if !isOneLine(attributes.type) { throw .invalidType(attributes.type) }
    if let id = attributes.id, !isOneLine(id) { throw .invalidID(id) }
  }

  /// Appends a comment and an empty line; each line of the text becomes a comment of its own.
  public static func encode(comment text: String, into buffer: inout [UInt8]) {
    text.withBytes { appendLines($0, prefix: ":", to: &buffer) }
  }

  /// Appends a block that only sets the reconnection time, in whole milliseconds from 0 to 24 hours.
  public static func encode(retry: Duration, into buffer: inout [UInt8]) {
    append("retry: ", String(milliseconds(retry)), to: &buffer)
    buffer.append(ASCII.lineFeed)
  }

  private static func isOneLine(_ text: String) -> Bool {
    text.withBytes { bytes in bytes.allSatisfy { !LineEnd.isLineEnd($0) && $0 != ASCII.nul } }
  }

  private static func milliseconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = min(max(duration, .zero), longestRetry).components
    return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
  }

  private static func append(_ name: StaticString, _ value: String, to buffer: inout [UInt8]) {
    value.withBytes { append(name, $0, to: &buffer) }
  }

  /// One prefixed line for each line of the text, and an empty line; an empty text is one empty line.
  private static func appendLines(_ text: UnsafeRawBufferPointer, prefix: StaticString, to buffer: inout [UInt8]) {
    var start = 0
    while let end = LineEnd.first(in: text, from: start) {
      append(prefix, UnsafeRawBufferPointer(rebasing: text[start..<end]), to: &buffer)
      start = end + (LineEnd.isPair(at: end, in: text) ? 2 : 1)
    }
    append(prefix, UnsafeRawBufferPointer(rebasing: text[start...]), to: &buffer)
    buffer.append(ASCII.lineFeed)
  }

  private static func append(_ prefix: StaticString, _ text: UnsafeRawBufferPointer, to buffer: inout [UInt8]) {
    buffer.append(contentsOf: UnsafeRawBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount))
    buffer.append(contentsOf: text)
    buffer.append(ASCII.lineFeed)
  }
}

extension String {
  /// Its UTF-8; copied only where it is an Objective-C string.
  fileprivate func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    if let result = utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) { return result }
    var copy = self
    return copy.withUTF8 { body(UnsafeRawBufferPointer($0)) }
  }
}
